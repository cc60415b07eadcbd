"""Alerts: one for each cause, told when it begins and when it is over.

`check_alerts` looks and tells, after a run and between runs; `watched` is the database of a run
that ends with a look; `look_at` is a look by itself.
"""

from shopwright.orchestration.alerting.check import Look, check_alerts, look_at, watched

__all__ = ["Look", "check_alerts", "look_at", "watched"]
