"""What can keep the embedded server from being made, started or stopped."""

from shopwright.config.errors import ShopwrightError


class DataFolderUnusable(ShopwrightError):
    """The folder for the embedded database is someone else's, out of reach, or not a database."""


class EmbeddedServerFailed(ShopwrightError):
    """The embedded PostgreSQL could not be made, started or stopped; holds the end of its log."""
