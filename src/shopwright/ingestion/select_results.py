"""What one of a mapping's four SELECTs gave: checked against the input contract, stored as text."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from shopwright.ingestion.contract import contract
from shopwright.ingestion.delivery_folders import DAY
from shopwright.ingestion.foreign_folder import ForeignFolder, quoted
from shopwright.ingestion.mapping_errors import MissingColumn, WrongDeliveryDate, nearest

_DAY_TEXT = f"cast(try_cast(cast({DAY} as varchar) as date) as varchar)"


@dataclass(frozen=True)
class SelectResult:
    """A table of the contract as a SELECT gives it; the rows wait in a table of the folder."""

    table: str
    select: Path
    columns: tuple[str, ...]
    rows: int

    @property
    def has_days(self) -> bool:
        """Whether the SELECT itself says which delivery a row belongs to."""
        return DAY in self.columns

    @property
    def extra_columns(self) -> tuple[str, ...]:
        """The columns that the input contract does not know."""
        known = {*contract()[self.table].columns, DAY}
        return tuple(column for column in self.columns if column not in known)


def run_table(folder: ForeignFolder, select: Path) -> SelectResult:
    """Run the SELECT of one of the four tables and check what it gives.

    Raises BrokenSelect, MissingColumn or WrongDeliveryDate.
    """
    columns = tuple(folder.run(select))
    count = folder.rows(f"select count(*) from {quoted(select.stem)}")[0][0]
    result = SelectResult(table=select.stem, select=select, columns=columns, rows=count)
    _check_columns(result)
    _check_days(folder, result)
    return result


def day_for_undated(folder: ForeignFolder, results: list[SelectResult]) -> date:
    """The delivery of rows without a day: the others' first, else the newest sale's, else today."""
    dated = [result.table for result in results if result.has_days and result.rows]
    firsts = [folder.rows(f"select min({_DAY_TEXT}) from {quoted(table)}")[0][0] for table in dated]
    if firsts:
        return date.fromisoformat(min(firsts))
    for result in results:
        for column in ("transaction_at", "transaction_date"):
            if result.table == "transactions" and column in result.columns:
                newest = folder.rows(
                    f"select cast(max(try_cast(cast({column} as varchar) as date)) as varchar)"
                    f" from {quoted(result.table)}"
                )[0][0]
                if newest:
                    return date.fromisoformat(newest)
    return datetime.now().astimezone().date()


def store(folder: ForeignFolder, result: SelectResult, day: date | None, file: Path) -> None:
    """Write a result as a Parquet file of text in its final order; `day` stands in for its days."""
    day_of_row = f"'{day.isoformat()}'" if day else _DAY_TEXT
    texts = ", ".join(
        f"cast({quoted(column)} as varchar) as {quoted(column)}"
        for column in result.columns
        if column != DAY
    )
    # Without an order of its own a SELECT may give its rows in another order each time.
    order = "" if folder.is_ordered(result.select) else " order by all"
    path = str(file).replace("'", "''")
    folder.rows(
        f"copy (select {day_of_row} as {DAY}, {texts} from {quoted(result.table)}{order})"
        f" to '{path}' (format parquet)"
    )


def _check_columns(result: SelectResult) -> None:
    for column in contract()[result.table].missing_columns(list(result.columns)):
        near = nearest(column.name, result.extra_columns)
        instead = f" (or {' and '.join(column.alternatives)})" if column.alternatives else ""
        raise MissingColumn(
            f"{result.select}: the result has no column {column.name}{instead}, which every row "
            f"of {result.table} needs; it has {', '.join(result.columns)}.",
            f"Write `{near or '...'} as {column.name}` in the SELECT.",
        )


def _check_days(folder: ForeignFolder, result: SelectResult) -> None:
    if not result.has_days:
        return
    # The pattern is for 'infinity', which DuckDB takes for a date and no folder can be named after.
    wrong = folder.rows(
        f"select cast({DAY} as varchar), count(*) over () from {quoted(result.table)} where not"
        f" coalesce(regexp_full_match({_DAY_TEXT}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}'), false)"
        " order by 1 limit 1"
    )
    if wrong:
        value, count = wrong[0]
        shown = "empty" if value is None else f"'{value}'"
        raise WrongDeliveryDate(
            f"{result.select}: {DAY} is not a date in {count:,} of {result.rows:,} rows, "
            f"as in this one: {shown}.",
            "Write dates as 2024-05-31, or have yours read: "
            f"cast(strptime(your_column, '%d.%m.%Y') as date) as {DAY}.",
        )
