"""The nouns of uproar: pure values and decisions. No I/O, no clock, no randomness, no logging."""
