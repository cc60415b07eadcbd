"""The ledger: which deliveries are published, which are pending, and what number each gets."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator

from psycopg import Connection

from shopwright.config import Settings
from shopwright.config.errors import ShopwrightError
from shopwright.ingestion.deliveries import Delivery
from shopwright.ingestion.header import read_header
from shopwright.ingestion.staging import StagedFile

REVISIONS_PER_DAY = 1000
TYPICAL_ROW_BYTES = 100
"""Of a CSV row; packed files hold about four times as many rows a byte. Only to size batches."""
MANY_FILES = 100
"""In a batch: from here on the planner must be told that what is kept of each has grown."""


def pending(connection: Connection, deliveries: Iterable[Delivery]) -> list[Delivery]:
    """The deliveries that are not published: new ones, and those whose content has changed since.

    The content is that of the files, and what delivery.toml says of how to read them.
    Files of the same names, sizes and times as published are taken to be the same, unread.
    """
    hashes: dict[str, str] = {}
    files: dict[str, set[tuple[str, int, int]]] = defaultdict(set)
    declarations: dict[str, str] = {}
    for name, content_hash, declaration, *file in connection.execute(
        """
        select newest.delivery_name, newest.content_hash, newest.declaration, file_name,
            byte_count, modified_ns
        from (
            select distinct on (delivery_name) * from ops.deliveries
            order by delivery_name, delivery_key desc
        ) as newest
        inner join ops.files using (delivery_key)
        """
    ):
        hashes[name] = content_hash
        declarations[name] = declaration
        files[name].add((file[0], file[1], file[2]))
    return [
        one
        for one in deliveries
        if (
            {(file.delivered_name, file.byte_count, file.modified_ns) for file in one.files}
            != files[one.name]
            or one.declaration != declarations[one.name]
        )
        and one.content_hash != hashes.get(one.name)
    ]


def batches(deliveries: list[Delivery], batch_rows: int) -> Iterator[list[Delivery]]:
    """Splits deliveries, in order, into batches of about `batch_rows` rows, at least one each."""
    batch: list[Delivery] = []
    size = 0
    for delivery in deliveries:
        rows = sum(
            1
            + file.byte_count
            * (1 if file.delivered_name.endswith(".csv") else 4)
            // TYPICAL_ROW_BYTES
            for file in delivery.files
        )
        if batch and size + rows > batch_rows:
            yield batch
            batch, size = [], 0
        batch.append(delivery)
        size += rows
    if batch:
        yield batch


def number(
    connection: Connection, deliveries: list[Delivery], settings: Settings
) -> tuple[list[StagedFile], dict[str, ShopwrightError]]:
    """Reads the files' headers, and gives every delivery and file its number.

    The number of a delivery is its date and revision, so that it sorts as deliveries supersede
    each other: a corrected one after what it corrects. Deliveries with a file whose header cannot
    be read are left out; why is the second answer, by name. Call it under the run's lock.
    """
    revisions: dict[object, int] = defaultdict(int)
    for day, revision in connection.execute(
        "select delivery_date, max(revision) from ops.deliveries group by delivery_date"
    ):
        revisions[day] = revision
    newest = connection.execute("select coalesce(max(file_id), 0) from ops.files").fetchone()
    assert newest is not None
    file_ids = itertools.count(newest[0] + 1)
    staged: list[StagedFile] = []
    refused: dict[str, ShopwrightError] = {}
    for delivery in deliveries:
        try:
            headers = [read_header(file, delivery.declared, settings) for file in delivery.files]
        except ShopwrightError as error:
            refused[delivery.name] = error
            continue
        revisions[delivery.delivery_date] += 1
        key = (
            int(f"{delivery.delivery_date:%Y%m%d}") * REVISIONS_PER_DAY
            + revisions[delivery.delivery_date]
        )
        staged += [
            StagedFile(next(file_ids), key, delivery, file, header)
            for file, header in zip(delivery.files, headers, strict=True)
        ]
    return staged, refused


def record(connection: Connection, run_id: int, staged: list[StagedFile]) -> None:
    """Writes the deliveries and files of a batch, within the transaction that publishes them."""
    deliveries = {one.delivery_key: one.delivery for one in staged}
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.deliveries values (%s, %s, %s, %s, %s, %s, %s, now())",
            [
                (
                    key,
                    one.name,
                    one.delivery_date,
                    key % REVISIONS_PER_DAY,
                    one.content_hash,
                    one.declaration,
                    run_id,
                )
                for key, one in deliveries.items()
            ],
        )
        cursor.executemany(
            "insert into ops.files values"
            " (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    one.file_id,
                    one.delivery_key,
                    one.file.table,
                    one.file.delivered_name,
                    one.file.byte_count,
                    one.file.modified_ns,
                    one.file.content_hash,
                    one.row_count + one.malformed_count,
                    one.malformed_count,
                    one.header.columns,
                    one.header.encoding,
                    one.header.delimiter,
                    one.header.dialect.decimal,
                    one.header.dialect.thousands,
                    one.header.dialect.date_format,
                )
                for one in staged
            ],
        )
    if len(staged) >= MANY_FILES:
        connection.execute("analyze ops.deliveries, ops.files")
