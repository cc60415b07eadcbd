"""Serving the dashboard from this process until it is stopped."""

import os
import socket
from dataclasses import dataclass

import uvicorn

from shopwright.config.errors import ShopwrightError
from shopwright.visualization.dashboard import Dashboard
from shopwright.visualization.web.security import Access, is_local, new_token
from shopwright.visualization.web.server import application

USUAL_PORT = 8321
TOKEN_VARIABLE = "SHOPWRIGHT_DASHBOARD_TOKEN"
_SHORTEST_TOKEN = 16
_MOST_CONNECTIONS = 500


class AddressRefused(ShopwrightError):
    """The server cannot listen there, or its token protects nothing."""

    exit_code = 2


@dataclass(frozen=True)
class Listening:
    """A socket that listens, who may come, and the address to open."""

    socket: socket.socket
    access: Access
    address: str


def listen(host: str, port: int | None) -> Listening:
    """Binds; without a port the usual one, else any that is free. Raises AddressRefused.

    Elsewhere than on this machine a token is asked for: that of the environment, else a new one.
    """
    access = Access(None if is_local(host) else _token())
    bound = _bound(host, port)
    shown = f"[{host}]" if ":" in host.strip("[]") else host
    address = f"http://{shown}:{bound.getsockname()[1]}/"
    if access.token is not None:
        address += f"?token={access.token}"
    return Listening(bound, access, address)


def _token() -> str:
    given = os.environ.get(TOKEN_VARIABLE)
    if given is None:
        return new_token()
    if len(given) < _SHORTEST_TOKEN or not all(one.isalnum() or one in "-_." for one in given):
        raise AddressRefused(
            f"{TOKEN_VARIABLE} is shorter than {_SHORTEST_TOKEN} characters, or holds others than "
            "letters, digits, -, _ and dots.",
            "Make another, or leave it out to have one made.",
        )
    return given


def _bound(host: str, port: int | None) -> socket.socket:
    try:
        return _bound_to(host, USUAL_PORT if port is None else port)
    except OSError as error:
        if port is None and not isinstance(error, socket.gaierror):
            return _bound_to(host, 0)
        raise AddressRefused(
            f"Cannot listen at {host}, port {port or USUAL_PORT}: {error.strerror or error}.",
            "Name another with --port NUMBER or --host ADDRESS.",
        ) from None


def _bound_to(host: str, port: int) -> socket.socket:
    name = host.strip("[]")
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    return socket.create_server((name, port), family=family, backlog=256)


def serve(dashboard: Dashboard, listening: Listening) -> None:
    """Answers until the process is told to stop."""
    config = uvicorn.Config(
        application(dashboard, listening.access), log_config=None, log_level="warning",
        access_log=False, server_header=False, lifespan="off", limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=3,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listening.socket])
