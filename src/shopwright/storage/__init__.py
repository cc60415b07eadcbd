"""The database: the embedded server, the connection, the tables and their migrations."""
