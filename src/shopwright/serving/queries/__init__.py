"""The named analyses, a SELECT a file: its head says what a row is, and its parameters."""
