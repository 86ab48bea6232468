"""A rehearsal of the whole: stand-in platforms on loopback that tell a seeded story to the real daemon."""
