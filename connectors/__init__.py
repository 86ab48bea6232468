"""The connectors that ship with uproar: one module a platform, all found by entry point."""
