"""Amounts and dates as a delivery declares to write them, read as the checked SELECTs expect.

Staging keeps the text as it came. Where files with such a declaration are in the batch, the
checked SELECT reads a view instead of the staging table, in which `1.355,90` is 1355.90 and
`01.05.2024` is 2024-05-01. A text that is not written as declared is not guessed at: it gets a
mark in front, so that the rules take it for no number or no date.
"""

import re

from psycopg import Connection, sql

from shopwright.ingestion.contract import ContractTable, contract
from shopwright.ingestion.staging_tables import LOCATED

_AMOUNTS = ("amount", "percentage")
_DATES = ("date", "timestamp")
_PARTS = ("YYYY", "MM", "DD")


def instead_of_staging(connection: Connection) -> dict[str, str]:
    """Which relations to read in place of staging tables; none where nothing is declared."""
    declared = connection.execute(
        """
        select distinct table_name, decimal_mark, thousands_mark, date_format
        from ops.files
        inner join staging.files as staged using (file_id, table_name)
        where coalesce(decimal_mark, thousands_mark, date_format) is not null
        """
    ).fetchall()
    found = {}
    for table in {row[0] for row in declared}:
        formats = sorted({row[3] for row in declared if row[0] == table and row[3]})
        view = f"declared_{table}"
        connection.execute(_view(connection, contract()[table], view, formats))
        found[f"staging.{LOCATED}{table}"] = f"pg_temp.{view}"
    return found


def _view(
    connection: Connection, table: ContractTable, view: str, formats: list[str]
) -> sql.Composed:
    present = [
        row[0]
        for row in connection.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0"
            " and not attisdropped order by attnum",
            [f"staging.{LOCATED}{table.name}"],
        )
    ]
    return sql.SQL(
        "drop view if exists pg_temp.{view};"
        "create temp view {view} as select {columns} from {staging} as staged"
        " left join ops.files as file on staged._file = file.file_id"
    ).format(
        view=sql.Identifier(view),
        staging=sql.Identifier("staging", f"{LOCATED}{table.name}"),
        columns=sql.SQL(", ").join(_column(table, name, formats) for name in present),
    )


def _column(table: ContractTable, name: str, formats: list[str]) -> sql.Composable:
    column = sql.Identifier("staged", name)
    kind = table.columns[name].kind if name in table.columns else ""
    if kind in _AMOUNTS:
        return sql.SQL(
            "checked.plain_amount({column}, file.decimal_mark, file.thousands_mark) as {name}"
        ).format(column=column, name=sql.Identifier(name))
    if kind in _DATES and formats:
        cases = [
            sql.SQL("when {} then checked.plain_date({}, {}, {})").format(
                sql.Literal(one), column, sql.Literal(_pattern(one)), sql.Literal(_order(one))
            )
            for one in formats
        ]
        return sql.SQL("case file.date_format {} else {} end as {}").format(
            sql.SQL(" ").join(cases), column, sql.Identifier(name)
        )
    return column


def _pattern(date_format: str) -> str:
    """A regular expression that finds the three numbers, and what follows them."""
    digits = r"(\d\d)" if re.search("[YMD]{8}", date_format) else r"(\d{1,2})"
    numbers = {"YYYY": r"(\d{4})", "MM": digits, "DD": digits}
    pieces = re.split("(YYYY|MM|DD)", date_format)
    text = "".join(numbers.get(one) or re.escape(one) for one in pieces)
    return rf"^\s*{text}(?!\d)(.*)$"


def _order(date_format: str) -> list[int]:
    """Which of the numbers is the year, which the month, which the day, from 1."""
    found = re.findall("YYYY|MM|DD", date_format)
    return [found.index(part) + 1 for part in _PARTS]
