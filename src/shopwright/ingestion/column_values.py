"""What the columns of a delivery hold: how many values are empty, and of what kind the others are.

The counts are kept for each delivery, so that what is unusual about one is found by reading a few
rows of counts, however many rows were ever delivered.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import Connection, sql

from shopwright.ingestion.ledger import MANY_FILES
from shopwright.ingestion.staging import StagedFile
from shopwright.ingestion.staging_tables import PLACE

SAMPLE_ROWS = 50
"""Of each file, from its beginning: what the kind of a column is told from."""
FEWEST_VALUES = 20
"""Up to which a kind would be a guess."""
MOST, FEW = 0.95, 0.5
"""Shares of the values from which on a column is of a kind, and up to which it is not."""
_NUMBER = r"^ *[+-]?[0-9]([0-9.,'’ ]*[0-9])? *%?$"
_DAY = r"([0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}|[0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{4})"
_DATE = rf"^ *{_DAY}([T ].*)?$"
_BEGINS_LIKE_ONE = "ascii({0}) between 32 and 57"
"""Blanks, signs and digits: any other text is neither, and no pattern has to be tried."""
_IS_LONG = "octet_length({0}) >= 8"
"""As a date is at the least: 1.5.2024"""


@dataclass
class _Values:
    """What is counted of a column: of the sampled values, which are numbers and which are dates."""

    rows: int = 0
    filled: int = 0
    sampled: int = 0
    numbers: int = 0
    dates: int = 0

    @property
    def kind(self) -> str | None:
        if self.sampled < FEWEST_VALUES:
            return None
        # 01.05.2024 could be either
        shares = {"date": self.dates / self.sampled, "number": self.numbers / self.sampled}
        for kind, share in shares.items():
            if share >= MOST:
                return kind
        return "text" if sum(shares.values()) <= FEW else None


@dataclass(frozen=True)
class Retyped:
    """A column whose values were of one kind in the deliveries before, and are of another now."""

    delivery_key: int
    table: str
    column: str
    before: str
    after: str


def record(connection: Connection, staged: Sequence[StagedFile]) -> list[Retyped]:
    """Counts the staged values and keeps the counts. Gives the columns whose kind has changed.

    The ledger has the deliveries already.
    """
    by_table: dict[str, list[StagedFile]] = defaultdict(list)
    for one in staged:
        by_table[one.file.table].append(one)
    for table, files in by_table.items():
        counted = _count(connection, table, files)
        with connection.cursor().copy("copy quality.column_values from stdin") as copy:
            for (key, column), values in counted.items():
                empty = values.rows - values.filled
                copy.write_row((table, column, key, values.rows, empty, values.kind))
    if len(staged) >= MANY_FILES:
        connection.execute("analyze quality.column_values")
    return _retyped(connection, sorted({one.delivery_key for one in staged}))


def _count(
    connection: Connection, table: str, files: Sequence[StagedFile]
) -> dict[tuple[int, str], _Values]:
    """By delivery and column: what its files hold together."""
    columns = list(dict.fromkeys(name for one in files for name in one.header.columns))
    found: dict[tuple[int, str], _Values] = defaultdict(_Values)
    for number, rows, *filled in connection.execute(_filled(table, columns, files)):
        one = files[number - 1]
        for column, count in zip(columns, filled, strict=True):
            if column in one.header.columns:
                values = found[one.delivery_key, column]
                values.rows += rows
                values.filled += count
    for number, *counts in connection.execute(_sampled(table, columns, files)):
        one = files[number - 1]
        for place, column in enumerate(columns):
            if column in one.header.columns:
                values = found[one.delivery_key, column]
                values.sampled += counts[3 * place]
                values.numbers += counts[3 * place + 1]
                values.dates += counts[3 * place + 2]
    return found


def _filled(table: str, columns: Sequence[str], files: Sequence[StagedFile]) -> sql.Composed:
    """Rows of each file, by its number among them, and those with a value in each column."""
    return sql.SQL("select {number}, count(*), {counts} from {table} group by 1").format(
        number=_number(files),
        table=sql.Identifier("staging", table),
        counts=_each(columns, "count(nullif({0}, ''))"),
    )


def _sampled(table: str, columns: Sequence[str], files: Sequence[StagedFile]) -> sql.Composed:
    """Of the first rows of each file and each column: values, numbers and dates."""
    return sql.SQL(
        "select {number}, {counts} from {table}"
        " where _place < (cast({ends} as bigint[]))[{number}] group by 1"
    ).format(
        number=_number(files),
        table=sql.Identifier("staging", table),
        ends=sql.Literal([one.first_place + SAMPLE_ROWS for one in files]),
        counts=_each(
            columns,
            "count(nullif(trim({0}), '')),"
            f" count(case when {_BEGINS_LIKE_ONE} and {{0}} ~ {{number}} then 1 end),"
            f" count(case when {_BEGINS_LIKE_ONE} and {_IS_LONG} and {{0}} ~ {{date}} then 1 end)",
        ),
    )


def _number(files: Sequence[StagedFile]) -> sql.Composed:
    """The number of a row's file among them, from 1 on."""
    return sql.SQL("width_bucket({place}, cast({first_places} as double precision[]))").format(
        place=sql.SQL(PLACE), first_places=sql.Literal([one.first_place for one in files])
    )


def _each(columns: Sequence[str], expression: str) -> sql.Composed:
    """The expression for every column, side by side."""
    return sql.SQL(", ").join(
        sql.SQL(expression).format(
            sql.Identifier(column), number=sql.Literal(_NUMBER), date=sql.Literal(_DATE)
        )
        for column in columns
    )


def _retyped(connection: Connection, delivery_keys: Sequence[int]) -> list[Retyped]:
    """Columns of these deliveries whose kind is not the last one that was clear before."""
    return [
        Retyped(*row)
        for row in connection.execute(
            """
            select now_there.delivery_key, table_name, column_name, before.kind, now_there.kind
            from quality.column_values as now_there
            cross join lateral (
                select kind from quality.column_values as earlier
                where earlier.table_name = now_there.table_name
                    and earlier.column_name = now_there.column_name
                    and earlier.delivery_key < now_there.delivery_key
                    and earlier.kind is not null
                order by earlier.delivery_key desc limit 1
            ) as before
            where now_there.delivery_key = any(%s) and now_there.kind <> before.kind
            order by now_there.delivery_key, table_name, column_name
            """,
            [list(delivery_keys)],
        )
    ]
