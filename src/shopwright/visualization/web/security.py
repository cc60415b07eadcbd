"""Who may look, and what a browser may do with what it is sent."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "shopwright_token"
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
        " font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True)
class Access:
    """Without a token the machine itself alone may look, under one of the local names.

    A page elsewhere on the web could lead its own name to this machine; such names are refused.
    """

    token: str | None = None


def is_local(host: str) -> bool:
    """Whether an address to bind to is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def new_token() -> str:
    """One that nobody guesses."""
    return secrets.token_urlsafe(24)


class SecurityHeaders:
    """Adds to every answer what browsers are to allow."""

    def __init__(self, app: ASGIApp) -> None:
        """Stands before `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


class TokenGate:
    """Lets in who comes under a local name, or brings the token.

    The token comes in the address once, `/?token=...`, and from then on in a cookie; or as
    `Authorization: Bearer ...`.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        """Stands before `app`."""
        self._app = app
        self._token = access.token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or refuses it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if self._token is None:
            return None if _host_name(headers) in _LOCAL_NAMES else _forbidden(
                "This name is not one of this machine's own.", "Open http://localhost."
            )  # fmt: skip
        if scope["path"] == "/healthz" or self._is_right(_brought(headers)):
            return None
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        if scope["path"] == "/" and self._is_right(given):
            answer = RedirectResponse("/", 303)
            answer.set_cookie(COOKIE, self._token, httponly=True, samesite="strict")
            return answer
        return _forbidden(
            "The token is missing or wrong.",
            "Open the address that `shopwright dashboard` printed, with its token.",
        )

    def _is_right(self, given: Iterable[str]) -> bool:
        expected = (self._token or "").encode()
        return any(secrets.compare_digest(one.encode(), expected) for one in given)


def _host_name(headers: Headers) -> str:
    host = headers.get("host", "")
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def _brought(headers: Headers) -> list[str]:
    found = []
    kind, _, credentials = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        found.append(credentials.strip())
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return found
    return found + ([cookies[COOKIE].value] if COOKIE in cookies else [])


def _forbidden(problem: str, mend: str) -> JSONResponse:
    return JSONResponse({"error": problem, "mend": mend}, 403)
