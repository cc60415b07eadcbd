"""What the next run would publish: one answer for the run, the sensor, `status` and `doctor`."""

from collections.abc import Sequence

from psycopg import Connection

from shopwright.ingestion import ledger
from shopwright.ingestion.archive import ArchivedDelivery, unpublished
from shopwright.ingestion.deliveries import Delivery


def pending(
    connection: Connection, there: Sequence[Delivery], archived: Sequence[ArchivedDelivery]
) -> list[Delivery]:
    """Deliveries that the database does not know as they are now, by date.

    Of the archive, those that it lacks, as where it is new. Before the first run has made its
    tables it lacks all, and each name counts once. Raises DeliveryInvalid.
    """
    found = connection.execute("select to_regclass('ops.deliveries') is null").fetchone()
    if found == (True,):
        by_name = {one.name: one for one in (*(each.delivery for each in archived), *there)}
        waiting = list(by_name.values())
    else:
        waiting = [*unpublished(connection, archived, there), *ledger.pending(connection, there)]
    return sorted(waiting, key=lambda delivery: delivery.delivery_date)
