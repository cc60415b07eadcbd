"""Columns that change from one delivery to the next: each is told once, when it changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from psycopg import Connection

from shopwright.ingestion import column_values
from shopwright.ingestion.contract import contract
from shopwright.ingestion.staging import StagedFile

_LIKENESS = 0.7


@dataclass(frozen=True)
class ColumnChange:
    """What is new about a column. `other` is its new name, the contract's column that it may be, or
    what kind of values it has now and had before."""

    delivery: str
    table: str
    change: str
    column: str
    other: str | None = None

    @property
    def sentence(self) -> str:
        """As the run says it."""
        where = f"{self.delivery}/{self.table}"
        name: str
        meant: str | None
        match self.change:
            case "missing":
                return f"{where}: the column {self.column} is missing from here on."
            case "retyped":
                return f"{where}: the values of {self.column} seem to be {self.other}."
            case "reordered":
                return f"{where}: the columns stand in another order, from {self.column} on."
            case "renamed":
                said = f"{where}: the column {self.column} seems to be called {self.other} now"
                name, meant = str(self.other), self.column
            case _:
                said = f"{where}: the column {self.column} is new"
                if self.column in contract()[self.table].columns:
                    return f"{said}."
                said += "; it is kept in staging alone"
                name, meant = self.column, self.other
        if meant is None or meant not in contract()[self.table].columns:
            return f"{said}."
        return f'{said}; if it is {meant}: [columns.{self.table}] "{name}" = "{meant}".'


def changes(
    delivery: str, table: str, before: Sequence[str] | None, after: Sequence[str]
) -> list[ColumnChange]:
    """What differs between a table's columns and those of the delivery before, if there is one.

    In a first delivery, columns that the contract does not know are new.
    """
    known = contract()[table].columns
    missing = [name for name in before or () if name not in after]
    new = [name for name in after if name not in (before if before is not None else known)]
    found = []
    for old in list(missing):
        if name := _nearest(old, [one for one in new if one not in known or old not in known]):
            found.append(ColumnChange(delivery, table, "renamed", old, name))
            missing.remove(old)
            new.remove(name)
    found += [ColumnChange(delivery, table, "missing", name) for name in missing]
    absent = [name for name in known if name not in after]
    found += [
        ColumnChange(
            delivery, table, "new", name, None if name in known else _nearest(name, absent)
        )
        for name in new
    ]
    kept = [name for name in before or () if name in after]
    in_order = [name for name in after if name in kept]
    if kept != in_order:
        moved = next(one for one, other in zip(in_order, kept, strict=True) if one != other)
        found.append(ColumnChange(delivery, table, "reordered", moved))
    return found


def _nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like it, whatever their capitals, blanks and underscores."""
    by_letters = {_letters(one): one for one in candidates}
    matches = get_close_matches(_letters(name), by_letters, n=1, cutoff=_LIKENESS)
    return by_letters[matches[0]] if matches else None


def _letters(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def record(connection: Connection, run_id: int, staged: list[StagedFile]) -> list[ColumnChange]:
    """Keeps and gives the changes that the deliveries of a batch bring. The ledger has them."""
    if not staged:  # rows are judged again, and nothing was delivered
        return []
    names = {one.delivery_key: one.delivery.name for one in staged}
    found = [
        (key, change)
        for table, deliveries in _columns_since(connection, min(names)).items()
        for before, (key, after) in zip(
            [None, *deliveries.values()], deliveries.items(), strict=False
        )
        if key in names
        for change in changes(
            names[key], table, None if before is None else list(before), list(after)
        )
    ]
    found += [
        (
            one.delivery_key,
            ColumnChange(
                names[one.delivery_key],
                one.table,
                "retyped",
                one.column,
                f"{one.after}, no longer {one.before}",
            ),
        )
        for one in column_values.record(connection, staged)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into quality.column_changes values (%s, %s, %s, %s, %s, %s)",
            [(key, one.table, one.change, one.column, one.other, run_id) for key, one in found],
        )
    return [change for _, change in found]


def _columns_since(connection: Connection, oldest: int) -> dict[str, dict[int, dict[str, None]]]:
    """By table and delivery, from the one before the oldest on, the columns of all parts."""
    found: dict[str, dict[int, dict[str, None]]] = {}
    for table, key, columns in connection.execute(
        """
        select table_name, delivery_key, column_names
        from ops.files
        inner join (
            select table_name, coalesce(max(delivery_key), 0) as delivery_key
            from ops.files where delivery_key < %(oldest)s group by table_name
            union all
            select distinct table_name, delivery_key from ops.files
            where delivery_key >= %(oldest)s
        ) as wanted using (table_name, delivery_key)
        order by delivery_key, file_id
        """,
        {"oldest": oldest},
    ):
        found.setdefault(table, {}).setdefault(key, {}).update(dict.fromkeys(columns))
    return {table: dict(sorted(deliveries.items())) for table, deliveries in found.items()}
