"""The ways to reach somebody: Apprise's URLs, with secrets out of the environment.

A channel is known by a name without secrets: its kind, and a digest that tells two of a kind apart.
Apprise is imported when something is to be sent, and what it logs is kept from the log: addresses
and tokens may stand in it.
"""

import hashlib
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from shopwright.config.errors import ShopwrightError

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_STATUS = re.compile(r"\berror=(\d{3})\b")


class ChannelUnusable(ShopwrightError):
    """A URL of `[alerts] urls` that cannot be used as it is."""


@dataclass(frozen=True)
class Channel:
    """One of `[alerts] urls`, as written there."""

    template: str

    @property
    def name(self) -> str:
        """Such as `mailtos 3f2a91bc`, or `SLACK_URL 07bd12aa` where a variable holds it all."""
        digest = hashlib.sha256(self.template.encode()).hexdigest()[:8]
        whole = _VARIABLE.fullmatch(self.template)
        return f"{whole[1] if whole else self.template.partition('://')[0].lower()} {digest}"

    def url(self, environment: Mapping[str, str]) -> str:
        """With what the environment says for each `${NAME}`. Raises ChannelUnusable."""
        for variable in _VARIABLE.findall(self.template):
            if not environment.get(variable):
                raise ChannelUnusable(
                    f"The environment variable {variable}, which [alerts] urls names, is not set.",
                    "Set it where Shopwright is started: in the shell, the unit or the container.",
                )
        return _VARIABLE.sub(lambda found: environment[found[1]], self.template)


class Sender:
    """Sends over one channel."""

    def __init__(self, channel: Channel, environment: Mapping[str, str]) -> None:
        """Raises ChannelUnusable."""
        with _kept_quiet():
            from apprise import Apprise, AppriseAsset, PersistentStoreMode

            asset = AppriseAsset(
                app_id="Shopwright",
                app_desc="Shopwright",
                app_url="",
                storage_mode=PersistentStoreMode.MEMORY,
            )
            self._apprise = Apprise(asset=asset)
            if not self._apprise.add(channel.url(environment)):
                raise ChannelUnusable(
                    f"Apprise does not understand the URL of the channel {channel.name}.",
                    "Write it as its service wants it; Apprise's documentation lists them all.",
                )

    def send(self, title: str, body: str, *, is_good: bool = False) -> str | None:
        """None where the service took it, else why not, in words without secrets."""
        from apprise import NotifyFormat, NotifyType

        with _kept_quiet() as said:
            try:
                is_taken = self._apprise.notify(
                    title=title,
                    body=body,
                    body_format=NotifyFormat.TEXT,
                    notify_type=NotifyType.SUCCESS if is_good else NotifyType.WARNING,
                )
            except Exception as error:  # whatever a service's plugin does, the run goes on
                return f"the channel broke: {type(error).__name__}"
        return None if is_taken else _reason(said)


def _reason(said: list[str]) -> str:
    """What Apprise says of a failure, as far as it cannot hold a secret."""
    text = "\n".join(said)
    if found := _STATUS.search(text):
        return f"the service answered with {found[1]}"
    if re.search("onnection|socket|SMTP|timed? ?out", text):
        return "the service could not be reached, or broke off"
    return "the service did not take it"


class _Listening(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def _kept_quiet() -> Iterator[list[str]]:
    """What Apprise logs is collected here and goes nowhere else."""
    logger = logging.getLogger("apprise")
    handler, propagated = _Listening(), logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield handler.said
    finally:
        logger.propagate = propagated
        logger.removeHandler(handler)
