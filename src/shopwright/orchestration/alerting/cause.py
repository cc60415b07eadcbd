"""A cause: something that is wrong now, and for which somebody should be told once."""

from dataclasses import dataclass

RUN_FAILED = "run failed"
RUN_INTERRUPTED = "run interrupted"
CLAIM_FAILED = "claim failed"
THRESHOLD_PASSED = "threshold passed"
DISK_FULL = "disk full"
DELIVERY_REFUSED = "delivery refused"
DATABASE_UNREACHABLE = "database unreachable"
DELIVERY_MISSING = "delivery missing"
FIGURES_UNUSUAL = "figures unusual"
SCHEMA_DRIFT = "schema drift"
DISK_NEARLY_FULL = "disk nearly full"
BACKLOG_GROWS = "backlog grows"

OF_A_RUN = frozenset({RUN_FAILED, RUN_INTERRUPTED, CLAIM_FAILED, THRESHOLD_PASSED, DISK_FULL})
"""What is over once a run has ended well, and not before."""


@dataclass(frozen=True)
class Cause:
    """What is wrong. `key` tells it from others of its kind; for each key one alert is open.

    `rows` are those concerned, `delivery` is a delivery's name or day; `show` is the command that
    shows more, `mend` the one that mends it once the message's own advice is followed.
    """

    kind: str
    message: str
    show: str
    mend: str
    detail: str = ""
    run_id: int | None = None
    delivery: str | None = None
    rows: int | None = None

    @property
    def key(self) -> str:
        """Its kind, and which of that kind."""
        return f"{self.kind}: {self.detail}" if self.detail else self.kind
