"""A published shop in a notebook: analyses, metrics and SQL as data frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from shopwright.config.workspace import Workspace
from shopwright.serving.analyses import analysis
from shopwright.serving.query import failure, reading
from shopwright.serving.semantic import Filters, answer
from shopwright.storage.database import open_database

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


@dataclass(frozen=True)
class Frame:
    """An answer in memory. Amounts are Decimals, exact to the last digit; days are dates."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.rows)

    def dicts(self) -> list[dict[str, Any]]:
        """Each row as a dictionary."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def to_polars(self) -> "polars.DataFrame":
        """A Polars frame; decimals stay decimals."""
        import polars

        found = {}
        for place, name in enumerate(self.columns):
            values = [row[place] for row in self.rows]
            found[name] = polars.Series(name, values, dtype=_decimal_type(values))
        return polars.DataFrame(found)

    def to_arrow(self) -> "pyarrow.Table":
        """An Arrow table; decimals stay decimals. Needs `pip install shopwright[pandas]`."""
        return self.to_polars().to_arrow()

    def to_pandas(self, *, exact: bool = False) -> "pandas.DataFrame":
        """A pandas frame with floating point numbers, which draw and calculate fast.

        With `exact` decimals stay Python's. Needs `pip install shopwright[pandas]`.
        """
        import pandas

        found = pandas.DataFrame(self.rows, columns=list(self.columns))
        for place, name in enumerate(self.columns):
            if not exact and any(isinstance(row[place], Decimal) for row in self.rows):
                found[name] = found[name].astype("float64")
        return found


def _decimal_type(values: Sequence[Any]) -> Any:
    """Of as many places as the longest needs; None where the values are no decimals."""
    import polars

    scales = [-int(one.as_tuple().exponent) for one in values if isinstance(one, Decimal)]
    return polars.Decimal(38, max(0, *scales, 0)) if scales else None


class Shop:
    """A workspace to ask. `with Shop("myshop") as shop:` or `shop.close()` stops its server.

    Everything is read as the role that sees no personal data.
    """

    def __init__(self, folder: Path | str = ".") -> None:
        """Opens the workspace that the folder is, or lies in. Raises WorkspaceNotFound."""
        self.workspace = Workspace.find(folder)
        self.database = open_database(self.workspace)

    def __enter__(self) -> "Shop":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leaves the database."""
        self.database.close()

    def query(self, name: str, **parameters: object) -> Frame:
        """A named analysis. Raises AnalysisUnknown, ParameterInvalid or QueryFailed."""
        statement, values = analysis(name).bound(parameters)
        return self._asked(statement, values)

    def sql(self, statement: str) -> Frame:
        """The answer to one SELECT. Raises QueryFailed."""
        return self._asked(statement, [])

    def metric(
        self,
        *metrics: str,
        by: Sequence[str] = (),
        where: Filters | None = None,
        order: Sequence[str] = (),
        limit: int | None = None,
        continuous: bool = False,
    ) -> Frame:
        """Metrics by dimensions. Raises MetricUnknown or QuestionRefused."""
        with reading(self.database) as connection:
            found = answer(
                connection, metrics, by, where, order=order, limit=limit, continuous=continuous
            )
        return Frame(found.columns, found.rows)

    def _asked(self, statement: str, values: Sequence[Any]) -> Frame:
        with reading(self.database) as connection:
            cursor = psycopg.RawCursor(connection)
            try:
                cursor.execute(statement, values or None)
                rows = cursor.fetchall()
            except psycopg.Error as error:
                raise failure(error, statement) from error
            assert cursor.description is not None
            return Frame(tuple(one.name for one in cursor.description), rows)
