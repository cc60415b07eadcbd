"""The least that loading can cost: the same files by COPY into bare text tables, nothing else."""

from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from psycopg import sql

from shopwright.ingestion.deliveries import Delivery
from shopwright.storage.database import Database

_CHUNK = 1 << 20


def raw_copy(database: Database, deliveries: Iterable[Delivery]) -> None:
    """Makes unlogged tables of the files' own columns and fills them, a connection for each, side
    by side."""
    paths: dict[str, list[Path]] = defaultdict(list)
    for delivery in deliveries:
        for file in delivery.files:
            paths[file.table].append(file.path)
    with ThreadPoolExecutor(max_workers=len(paths)) as pool:
        for done in [pool.submit(_copy, database, name, paths[name]) for name in paths]:
            done.result()


def _copy(database: Database, table: str, paths: list[Path]) -> None:
    with paths[0].open(encoding="utf-8") as first:
        header = first.readline().strip().split(",")
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(c)) for c in header)
    name = sql.Identifier(f"raw_{table}")
    statement = sql.SQL("copy {} from stdin with (format csv, header true)").format(name)
    with database.connect(autocommit=True) as connection:
        connection.execute(sql.SQL("create unlogged table {} ({})").format(name, columns))
        for path in paths:
            with path.open("rb") as stream, connection.cursor().copy(statement) as copy:
                while chunk := stream.read(_CHUNK):
                    copy.write(chunk)
