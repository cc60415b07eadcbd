"""The model's measures evaluated by a DAX engine on exported files, as Power BI would load them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from pbix_mcp.dax import calc_tables, engine

from shopwright.visualization.power_bi.fields import CUSTOMERS, DATES, FIELDS, PRODUCTS
from shopwright.visualization.power_bi.tmdl import Column, Model, Table

Cell = Any
DAY = FIELDS["day"].column


@dataclass
class Loaded:
    """A model with rows. `errors` are those of the engine, by measure."""

    model: Model
    tables: dict[str, dict[str, Any]]

    def __post_init__(self) -> None:
        self._measures = {one.name: one.expression for table in self.model.tables
                          for one in table.measures}  # fmt: skip
        self._homes = {one.name: table.name for table in self.model.tables
                       for one in table.measures}  # fmt: skip
        self._cache: dict[Any, Any] = {}

    def figures(
        self,
        measures: Sequence[str],
        cell: Mapping[str, Cell],
        slicers: Mapping[str, Sequence[Cell]] | None = None,
    ) -> dict[str, Cell]:
        """The measures in one cell, of a visual grouped by `table.column`, under slicers."""
        chosen = {name: list(values) for name, values in (slicers or {}).items()}
        return engine.evaluate_measures_batch(
            list(measures), self.tables, self._measures,
            {**chosen, **{name: [value] for name, value in cell.items()}},
            DATES, DAY, relationships_of(self.model),
            group_keys=set(cell), selected_filters=chosen,
            date_tables={DATES: DAY}, measure_tables=self._homes,
            model_columns={one.name: {each.name for each in one.columns}
                           for one in self.model.tables},
            cache=self._cache,
        )  # fmt: skip


def relationships_of(model: Model) -> list[dict[str, Any]]:
    return [
        {"FromTable": one.from_table, "FromColumn": one.from_column, "ToTable": one.to_table,
         "ToColumn": one.to_column, "IsActive": True, "CrossFilteringBehavior": 1}
        for one in model.relationships
    ]  # fmt: skip


def loaded(model: Model, folder: Path) -> Loaded:
    """The model with the rows of an export."""
    tables = {one.name: _rows(one, folder) for one in model.tables}
    money = {one.name: [each.name for each in one.columns if each.data_type == "decimal"]
             for one in model.tables}  # fmt: skip
    engine.mark_currency_columns(tables, money)
    waiting = [(table, column) for table in model.tables for column in table.columns
               if column.expression]  # fmt: skip
    while waiting:  # a column may be computed from another one
        left = [one for one in waiting if not _computed(model, tables, *one)]
        assert len(left) < len(waiting), [f"{table.name}[{column.name}]" for table, column in left]
        waiting = left
    return Loaded(model, tables)


def _rows(table: Table, folder: Path) -> dict[str, Any]:
    read = [one for one in table.columns if one.source]
    names, sources = [one.name for one in read], [one.source or "" for one in read]
    if "#table" in table.query:
        rows = [
            [text, int(place)] for text, place in re.findall(r'\{"([^"]+)", (\d+)\}', table.query)
        ]
        return {"columns": names, "rows": rows}
    file = re.search(r'Folder & "(\w+)\.parquet"', table.query)
    assert file is not None
    frame = pl.read_parquet(folder / f"{file[1]}.parquet")
    if table.name in (PRODUCTS, CUSTOMERS):
        frame = _with_newest(frame, table.name, folder)
    frame = frame.select(sources)
    for columns in re.findall(r'null, "Unknown", Replacer.ReplaceValue, {([^}]+)}', table.query):
        frame = frame.with_columns(
            pl.col(columns.replace('"', "").split(", ")).fill_null("Unknown")
        )
    if "Table.Distinct" in table.query:
        frame = frame.unique(maintain_order=True)
    return {"columns": names, "rows": [[_plain(one) for one in row] for row in frame.rows()]}


def _with_newest(frame: pl.DataFrame, table: str, folder: Path) -> pl.DataFrame:
    """What the query's joins add, done by Polars: no engine here speaks M."""
    entity = table.lower()
    newest = frame.filter("is_current")
    if table == PRODUCTS:
        name = pl.col("product_name")
        is_shared = pl.len().over(name.str.to_uppercase()) > 1
        number = pl.format("{} ({})", name, "product_id")
        newest = newest.with_columns(product=pl.when(is_shared).then(number).otherwise(name))
    names = ["product"] if table == PRODUCTS else []
    newest = newest.select(f"{entity}_id", *names, newest_key=f"{entity}_key")
    frame = frame.join(newest, on=f"{entity}_id", how="left")
    if table == PRODUCTS:
        return frame
    values = pl.read_parquet(folder / "agg_customer_value.parquet")
    values = values.select("customer_id", "value_segment", "first_order_date")
    return frame.join(values, on="customer_id", how="left").with_columns(
        pl.col("value_segment").fill_null("None")
    )


def _plain(value: Cell) -> Cell:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return float(value) if type(value).__name__ == "Decimal" else value


def _computed(model: Model, tables: dict[str, Any], table: Table, column: Column) -> bool:
    """Adds a computed column; False where it names one that is not there yet."""
    held = tables[table.name]
    expression = column.expression or ""
    joins = [one for one in relationships_of(model)
             if one["FromTable"] == table.name and f"'{one['ToTable']}'" in expression]  # fmt: skip
    known = {name: one["columns"] for name, one in tables.items()}
    if calc_tables.calc_column_unsupported_reason(
        expression, table.name, held["columns"], known, joins
    ):
        return False
    # Rows that are alike in all that it reads are computed once.
    joined_by = {one["FromColumn"] for one in joins}
    read = [place for place, name in enumerate(held["columns"])
            if f"[{name}]" in expression or name in joined_by]  # fmt: skip
    keys = [tuple(row[place] for place in read) for row in held["rows"]]
    different = list(dict.fromkeys(keys))
    values, error = calc_tables.evaluate_row_context_column(
        [held["columns"][place] for place in read], different, expression, table.name, tables, joins
    )
    assert error is None or "blank" in error.lower(), error
    by_key = dict(zip(different, values or [None] * len(different), strict=True))
    held["columns"] = [*held["columns"], column.name]
    held["rows"] = [[*row, by_key[key]] for row, key in zip(held["rows"], keys, strict=True)]
    return True
