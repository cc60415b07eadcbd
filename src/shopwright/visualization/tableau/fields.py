"""What a workbook is made of: data sources, their fields, and fields as a sheet uses them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

DataType = Literal["string", "integer", "real", "boolean", "date", "datetime"]
FieldType = Literal["nominal", "ordinal", "quantitative"]
Formatted = Literal["amount", "integer", "decimal", "percent"]

PREFIXES = {
    "None": "none", "Sum": "sum", "Avg": "avg", "Max": "max", "User": "usr",
    "Day-Trunc": "tdy", "Week-Trunc": "twk", "Month-Trunc": "tmn", "Quarter-Trunc": "tqr",
    "Year-Trunc": "tyr", "Year": "yr", "Month": "mn",
}  # fmt: skip
"""What the name of a column instance begins with, by its derivation."""

SUFFIXES: dict[FieldType, str] = {"nominal": "nk", "ordinal": "ok", "quantitative": "qk"}
MEASURE_NAMES = ":Measure Names"
MEASURE_VALUES = "Multiple Values"


@dataclass(frozen=True)
class Field:
    """A column of a data source, or with a `formula` a calculated field of it.

    `derivation` is how a sheet uses it unless told otherwise; `folder` is where the list of fields
    shows it, `aliases` what it shows instead of values, and `place` says of what kind a place is.
    """

    name: str
    caption: str
    datatype: DataType
    is_measure: bool = False
    description: str = ""
    is_hidden: bool = False
    format: str | None = None
    derivation: str = "None"
    folder: str | None = None
    formula: str | None = None
    is_table_calculation: bool = False
    aliases: tuple[tuple[str, str], ...] = ()
    place: str | None = None

    @property
    def column(self) -> str:
        """Its name as formulas and XML write it."""
        return f"[{self.name}]"

    @property
    def type(self) -> FieldType:
        """Whether it is names, steps in an order, or an amount."""
        if self.is_measure:
            return "quantitative"
        return "nominal" if self.datatype in ("string", "boolean") else "ordinal"


@dataclass(frozen=True)
class DataSource:
    """A table of the workbook: the SELECT that fills it, its columns in order, its calculations.

    `hierarchies` are fields by name, from the widest to the narrowest.
    """

    name: str
    caption: str
    id: str
    select: str
    columns: tuple[Field, ...]
    calculations: tuple[Field, ...] = ()
    hierarchies: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Columns and calculations by name."""
        return {one.name: one for one in (*self.columns, *self.calculations)}

    def qualified(self, name: str) -> str:
        """A field or instance of it, as shelves write it."""
        return f"[{self.id}].[{name}]"


@dataclass(frozen=True)
class Instance:
    """A field as a sheet uses it: by itself, summed, or cut to its month."""

    field: Field
    derivation: str
    type: FieldType

    @property
    def name(self) -> str:
        """Such as `tmn:day:qk`."""
        return f"{PREFIXES[self.derivation]}:{self.field.name}:{SUFFIXES[self.type]}"


def number_format(form: Formatted, currency: str) -> str:
    """Tableau's writing of a format: `p` a percentage, `c` money, `n` a number."""
    if form == "amount":
        return f'c"{currency} "#,##0.00;-"{currency} "#,##0.00'
    return {"integer": "n#,##0;-#,##0", "decimal": "n#,##0.00;-#,##0.00", "percent": "p0.0%"}[form]
