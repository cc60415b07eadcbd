"""How much of a batch may be rejected: more speaks of a damaged extract, not of damaged rows."""

from psycopg import Connection, sql

from shopwright.config.errors import ShopwrightError

FEWEST_ROWS = 20
"""Rejected rows of a table up to which nothing stops: small shops have small deliveries, and three
rejected products of eight say nothing of the extract."""
TOP_RULES = 3


class TooManyRejected(ShopwrightError):
    """So many rows of a table break rules that the batch is refused as a whole.

    `rows` are the rejected ones; `delivery` brought the first of them.
    """

    def __init__(self, problem: str, mend: str, rows: int, delivery: str) -> None:
        super().__init__(problem, mend)
        self.rows = rows
        self.delivery = delivery


def nothing_published(batch_number: int) -> str:
    """What became of a batch that is refused, where those before it in the same run stay."""
    return "Nothing was published" if batch_number == 1 else "Nothing more was published"


def hold(connection: Connection, table: str, largest_share: float, batch_number: int = 1) -> None:
    """Counts the rejected among the new rows of a checked table. Raises TooManyRejected."""
    checked = sql.Identifier("checked", table)
    found = connection.execute(
        sql.SQL(
            "select count(*), count(*) filter (where outcome = 'rejected') from {}"
            " where _file in (select file_id from staging.files where is_new)"
        ).format(checked)
    ).fetchone()
    assert found is not None
    rows, rejected = found
    if rejected <= FEWEST_ROWS or rejected <= largest_share * rows:
        return
    top = connection.execute(
        sql.SQL(
            "select rule_name, count(*) from {} cross join unnest(rejected_by) as rule_name"
            " where _file in (select file_id from staging.files where is_new)"
            " group by rule_name order by count(*) desc, rule_name limit {}"
        ).format(checked, sql.Literal(TOP_RULES))
    ).fetchall()
    first = connection.execute(
        sql.SQL(
            "select delivery_name, file_name, _row from {} as checked_row"
            " inner join ops.files on _file = files.file_id"
            " inner join ops.deliveries on files.delivery_key = deliveries.delivery_key"
            " where rejected_by @> array[{}] and _file in"
            "  (select file_id from staging.files where is_new)"
            " order by _file, _row limit 1"
        ).format(checked, sql.Literal(top[0][0]))
    ).fetchone()
    assert first is not None
    rules = ", ".join(f"{name} ({count:,} rows)" for name, count in top)
    raise TooManyRejected(
        f"{nothing_published(batch_number)}: {rejected:,} of {rows:,} rows of {table} "
        f"({rejected / rows:.1%}) break rules that reject, more than the {largest_share:.1%} that "
        f"may (stop_when_rejected). Most often: {rules}; the first in {first[0]}/{first[1]}, line "
        f"{first[2]}.",
        "The warehouse is as the last publication left it. Have the delivery mended and run again; "
        f'where the rows are to be rejected, raise `stop_when_rejected_{table} = "..."` under '
        "[quality] in shopwright.toml.",
        rejected,
        first[0],
    )
