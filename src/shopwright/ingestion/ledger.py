"""The ledger: which deliveries are published, which are pending, and what number each gets."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from psycopg import Connection

from shopwright.ingestion.deliveries import Delivery
from shopwright.ingestion.staging import StagedFile, read_header

REVISIONS_PER_DAY = 1000
TYPICAL_ROW_BYTES = 100
"""Of a CSV row; packed files hold about four times as many rows a byte. Only to size batches."""


def pending(connection: Connection, deliveries: Iterable[Delivery]) -> list[Delivery]:
    """The deliveries that are not published: new ones, and those whose content has changed since.

    Files of the same names, sizes and times as published are taken to be the same, unread.
    """
    hashes: dict[str, str] = {}
    files: dict[str, set[tuple[str, int, int]]] = defaultdict(set)
    for name, content_hash, *file in connection.execute(
        """
        select newest.delivery_name, newest.content_hash, file_name, byte_count, modified_ns
        from (
            select distinct on (delivery_name) * from ops.deliveries
            order by delivery_name, delivery_key desc
        ) as newest
        inner join ops.files using (delivery_key)
        """
    ):
        hashes[name] = content_hash
        files[name].add((file[0], file[1], file[2]))
    return [
        one
        for one in deliveries
        if {(file.path.name, file.byte_count, file.modified_ns) for file in one.files}
        != files[one.name]
        and one.content_hash != hashes.get(one.name)
    ]


def batches(deliveries: list[Delivery], batch_rows: int) -> Iterator[list[Delivery]]:
    """Splits deliveries, in order, into batches of about `batch_rows` rows, at least one each."""
    batch: list[Delivery] = []
    size = 0
    for delivery in deliveries:
        rows = sum(
            1 + file.byte_count * (1 if file.path.suffix == ".csv" else 4) // TYPICAL_ROW_BYTES
            for file in delivery.files
        )
        if batch and size + rows > batch_rows:
            yield batch
            batch, size = [], 0
        batch.append(delivery)
        size += rows
    if batch:
        yield batch


def number(connection: Connection, deliveries: list[Delivery]) -> list[StagedFile]:
    """Gives every delivery and file its number and reads the files' headers. Raises FileInvalid.

    The number of a delivery is its date and revision, so that it sorts as deliveries supersede
    each other: a corrected one after what it corrects. Call it under the run's lock.
    """
    revisions: dict[object, int] = defaultdict(int)
    for day, revision in connection.execute(
        "select delivery_date, max(revision) from ops.deliveries group by delivery_date"
    ):
        revisions[day] = revision
    newest = connection.execute("select coalesce(max(file_id), 0) from ops.files").fetchone()
    assert newest is not None
    file_id = newest[0]
    staged = []
    for delivery in deliveries:
        revisions[delivery.delivery_date] += 1
        key = (
            int(f"{delivery.delivery_date:%Y%m%d}") * REVISIONS_PER_DAY
            + revisions[delivery.delivery_date]
        )
        for file in delivery.files:
            file_id += 1
            staged.append(StagedFile(file_id, key, delivery, file, read_header(file)))
    return staged


def record(connection: Connection, run_id: int, staged: list[StagedFile]) -> None:
    """Writes the deliveries and files of a batch, within the transaction that publishes them."""
    deliveries = {one.delivery_key: one.delivery for one in staged}
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.deliveries values (%s, %s, %s, %s, %s, %s, now())",
            [
                (
                    key,
                    one.name,
                    one.delivery_date,
                    key % REVISIONS_PER_DAY,
                    one.content_hash,
                    run_id,
                )
                for key, one in deliveries.items()
            ],
        )
        cursor.executemany(
            "insert into ops.files values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    one.file_id,
                    one.delivery_key,
                    one.file.table,
                    one.file.path.name,
                    one.file.byte_count,
                    one.file.modified_ns,
                    one.file.content_hash,
                    one.row_count,
                )
                for one in staged
            ],
        )
