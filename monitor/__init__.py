"""uproar: hear the complaint before it becomes an uproar."""

__version__ = "0.1.0"
