"""Schema migrations (Alembic). `guard.database` runs them when it opens a database."""
