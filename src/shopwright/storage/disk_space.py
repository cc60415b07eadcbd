"""A full disk, recognised in what the database says, or in how the embedded server died of it."""

import psycopg
import sqlalchemy.exc

from shopwright.config.errors import ShopwrightError
from shopwright.storage.embedded import EmbeddedServer


class DiskFull(ShopwrightError):
    """The disk that the database lies on is full: what was begun was rolled back."""


def disk_full(error: BaseException, server: EmbeddedServer | None) -> DiskFull | None:
    """The error in words if a full disk caused it, else None; `server` is the embedded one.

    A statement for whose rows there is no space says so. A server that cannot write ahead to its
    log ends at once, and all that its clients see is that the connection is lost.
    """
    if isinstance(error, sqlalchemy.exc.DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, psycopg.errors.DiskFull):
        reason = str(error.diag.message_primary or error).strip()
    elif server and _is_lost_connection(error) and server.lacks_space():
        reason = "the server could not go on"
    else:
        return None
    if server is None:
        disk, mend = "The disk of the database", "Free some space on it"
    else:
        disk = f"The disk of {server.data_folder}"
        mend = (
            f"Free some space on it (now {server.free_space()}), or set data_folder under "
            "[database] to a folder on a larger one"
        )
    return DiskFull(
        f"{disk} is full: {reason}.",
        f"{mend}. Then run the command again: nothing is lost, and nothing unfinished was "
        "published.",
    )


def _is_lost_connection(error: BaseException) -> bool:
    """57P: the server is shutting down, has crashed, or starts; without a code, it said nothing."""
    return isinstance(error, psycopg.OperationalError) and (
        (error.sqlstate or "57P").startswith("57P")
    )
