"""How the tables came to be: alembic migrations."""
