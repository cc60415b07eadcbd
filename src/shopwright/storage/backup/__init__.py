"""Backups: a database as a file in pg_dump's format, put back whole, and compared row by row."""
