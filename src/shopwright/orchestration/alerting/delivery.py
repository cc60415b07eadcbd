"""Sending what is due, a channel at a time; what fails is kept and tried again at the next look."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from shopwright.config.workspace import Workspace
from shopwright.orchestration import log_lines
from shopwright.orchestration.alerting import message
from shopwright.orchestration.alerting.book import Notice
from shopwright.orchestration.alerting.channels import Channel, ChannelUnusable, Sender

_log = logging.getLogger(__name__)


def channels_of(workspace: Workspace) -> list[Channel]:
    """Those of `[alerts] urls`."""
    return [Channel(one) for one in workspace.settings.alerts.urls]


def send_due(
    notices: Iterable[Notice],
    workspace: Workspace,
    environment: Mapping[str, str],
    now: datetime,
) -> Iterator[Notice]:
    """Gives each notice that was tried, with how it went.

    After a failure the others of its channel wait for the next look: they stay in order, and a
    service that is down costs its time-out once.
    """
    senders = _Senders(channels_of(workspace), environment)
    failed = set()
    for notice in notices:
        if notice.due_at > now or notice.channel in failed:
            continue
        notice.attempt_count += 1
        notice.alert.told.add(notice.channel)
        notice.problem = senders.send(workspace, notice)
        if notice.problem is None:
            notice.sent_at = now
        else:
            failed.add(notice.channel)
        _log_attempt(notice)
        yield notice


def _log_attempt(notice: Notice) -> None:
    fields = {"channel": notice.channel, "alert": notice.alert.cause.key, "what": notice.word}
    with log_lines.of_run(notice.alert.cause.run_id):
        if notice.problem is None:
            _log.info("notification sent", extra=fields)
        else:
            _log.warning("notification failed", extra={**fields, "problem": notice.problem})


def send_test(workspace: Workspace, environment: Mapping[str, str]) -> dict[str, str | None]:
    """By channel why a message could not be sent, or None where it was."""
    name = workspace.settings.shop.name
    found: dict[str, str | None] = {}
    for channel in channels_of(workspace):
        try:
            found[channel.name] = Sender(channel, environment).send(
                f"[{name}] Test",
                f"This is what `shopwright alerts test` sends. Alerts of {workspace.folder} come "
                "this way.",
                is_good=True,
            )
        except ChannelUnusable as error:
            found[channel.name] = f"{error.problem} {error.mend}"
    return found


class _Senders:
    """A sender for each channel, made when it is needed."""

    def __init__(self, channels: Sequence[Channel], environment: Mapping[str, str]) -> None:
        self._channels = {one.name: one for one in channels}
        self._environment = environment
        self._made: dict[str, Sender] = {}

    def send(self, workspace: Workspace, notice: Notice) -> str | None:
        try:
            if notice.channel not in self._made:
                channel = self._channels[notice.channel]
                self._made[notice.channel] = Sender(channel, self._environment)
        except ChannelUnusable as error:
            return error.problem
        return self._made[notice.channel].send(
            message.title(workspace, notice.alert, notice.word),
            message.body(workspace, notice.alert, notice.word),
            is_good=notice.word == "closed",
        )
