"""The quality report: what came in, what was wrong with it, and what to do about it."""
