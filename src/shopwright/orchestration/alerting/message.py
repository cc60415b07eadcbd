"""What an alert says: a title for the list of messages, and the lines below it."""

from zoneinfo import ZoneInfo

from shopwright.config.workspace import Workspace
from shopwright.orchestration.alerting.book import Alert, Word

_MARKS = {"opened": "", "repeated": "Still: ", "closed": "Over: "}


def title(workspace: Workspace, alert: Alert, word: Word) -> str:
    """Such as `[My shop] Over: delivery missing: 2024-05-03`."""
    key = alert.cause.key
    said = key[0].upper() + key[1:] if word == "opened" else key
    return f"[{workspace.settings.shop.name}] {_MARKS[word]}{said}"


def body(workspace: Workspace, alert: Alert, word: Word) -> str:
    """What happened, since when, to how many rows and which delivery, and the commands."""
    cause = alert.cause
    zone = ZoneInfo(workspace.settings.shop.timezone)
    since = f"{alert.opened_at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
    lines = [cause.message, ""]
    if word == "closed" and alert.closed_at is not None:
        until = f"{alert.closed_at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
        lines = [f"This is over since {until}. It was:", *lines]
    lines.append(f"since: {since}")
    if cause.rows is not None:
        lines.append(f"rows: {cause.rows:,}")
    if cause.delivery is not None:
        lines.append(f"delivery: {cause.delivery}")
    if cause.run_id is not None:
        lines.append(f"run: {cause.run_id}")
    lines.append(f"workspace: {workspace.folder}")
    lines.append(f"shows more: {cause.show}")
    if word != "closed":
        lines.append(f"mends it: {cause.mend}")
    return "\n".join(lines)
