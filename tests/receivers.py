"""Where alerts arrive in the tests: a webhook over real HTTP, and a mailbox over real SMTP."""

import email.policy
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

TOKEN = "the-token-of-the-hook"


@dataclass
class Webhook:
    """What was posted: titles and messages. With a `status` it refuses what comes."""

    port: int = 0
    status: int = 200
    refused: int = 0
    posts: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        """For `[alerts] urls`, its token out of the environment."""
        return f"json://127.0.0.1:{self.port}/alerts?+X-Token=${{HOOK_TOKEN}}"

    @property
    def titles(self) -> list[str]:
        """Without the shop's name."""
        return [str(one["title"]).partition("] ")[2] for one in self.posts]


@contextmanager
def webhook() -> Iterator[Webhook]:
    """One that listens on a free port of this machine."""
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if hook.status == 200:
                hook.posts.append(json.loads(content))
                hook.tokens.append(self.headers["X-Token"])
            else:
                hook.refused += 1
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hook.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield hook
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Mailbox:
    """The mails that arrived."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)

    @property
    def url(self) -> str:
        """For `[alerts] urls`."""
        return f"mailto://127.0.0.1:{self.port}?from=shop@example.com&to=data@example.com"

    @property
    def titles(self) -> list[str]:
        """The subjects, without the shop's name."""
        return [str(one["subject"]).partition("] ")[2] for one in self.mails]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Takes a mail, as aiosmtpd asks for it."""
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(BytesParser(policy=email.policy.default).parsebytes(content))
        return "250 OK"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """One that listens on a free port of this machine."""
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        box.port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
