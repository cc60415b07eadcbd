"""After a scheduler that could not stop as it should: its runs are closed in Dagster's records.

    python -m shopwright.orchestration.scheduling.aftermath

Called under the scheduler's lock when no process of an earlier one is left. What such a run had
not committed was rolled back by the database; the sensor asks for it anew. The call also makes
Dagster's own tables where they are missing, before several processes would at once.
"""

import dagster as dg

_UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_MESSAGE = (
    "Its process is gone: the scheduler was stopped, or the machine. Nothing unfinished was "
    "published."
)


def close_unfinished_runs(instance: dg.DagsterInstance) -> int:
    """Marks as failed what cannot be running any more; those in the queue stay there. Gives their
    number."""
    runs = instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED))
    for one in runs:
        instance.report_run_failed(one, _MESSAGE)
    return len(runs)


if __name__ == "__main__":
    with dg.DagsterInstance.get() as found:
        close_unfinished_runs(found)
