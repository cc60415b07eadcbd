"""Where Dagster's pages are served."""

import socket

from shopwright.config.errors import ShopwrightError

HOST = "127.0.0.1"
"""They know no user and no password: they are for this machine alone."""

USUAL_PORT = 3000


class PortTaken(ShopwrightError):
    """Somebody else listens at the port that was asked for."""

    exit_code = 2


def chosen_port(wanted: int | None) -> int:
    """The port that was asked for; else the usual one, or any that is free. Raises PortTaken."""
    try:
        return _free(USUAL_PORT if wanted is None else wanted)
    except OSError as error:
        if wanted is None:
            return _free(0)
        raise PortTaken(
            f"Cannot listen at {HOST}, port {wanted}: {error.strerror or error}.",
            "Name another with --port NUMBER.",
        ) from None


def _free(port: int) -> int:
    with socket.create_server((HOST, port)) as found:
        number: int = found.getsockname()[1]
        return number
