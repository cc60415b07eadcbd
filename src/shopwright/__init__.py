"""Shopwright: an online shop's CSV extracts become a star-schema warehouse, in one command."""

__version__ = "0.1.0"
