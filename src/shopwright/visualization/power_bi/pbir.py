"""The words of PBIR, the text form of a report: fields, literals, filters and identifiers."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric/"
Json = dict[str, Any]


def short_identifier(name: str) -> str:
    """20 hexadecimal digits: what pages and visuals are named by, the same in every build."""
    return hashlib.sha256(f"shopwright/{name}".encode()).hexdigest()[:20]


def schema(path: str) -> str:
    """The address of a schema."""
    return f"{SCHEMAS}{path}/schema.json"


def to_json(value: Json) -> str:
    """A file's text."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Ref:
    """A field of the model: a column, a measure, or the level of a hierarchy that a column is."""

    table: str
    name: str
    label: str
    is_measure: bool = False
    hierarchy: str | None = None
    level: str = ""

    @property
    def key(self) -> str:
        """What it is called within a visual."""
        if self.hierarchy:
            return f"{self.table}.{self.hierarchy}.{self.level}"
        return f"{self.table}.{self.name}"

    def field(self, source: str | None = None) -> Json:
        """The field as a visual's query names it, or a filter's, by the alias of its table."""
        entity = {"SourceRef": {"Source": source} if source else {"Entity": self.table}}
        if self.hierarchy and source is None:
            hierarchy = {"Expression": entity, "Hierarchy": self.hierarchy}
            return {"HierarchyLevel": {"Expression": {"Hierarchy": hierarchy}, "Level": self.level}}
        kind = "Measure" if self.is_measure else "Column"
        return {kind: {"Expression": entity, "Property": self.name}}

    def projection(self, *, active: bool | None = None) -> Json:
        """The field in a role of a visual."""
        shown: Json = {
            "field": self.field(),
            "queryRef": self.key,
            "nativeQueryRef": self.level or self.name,
            "displayName": self.label,
        }
        if active is not None:
            shown["active"] = active
        return shown


def literal(value: bool | int | float | str) -> Json:
    """A value in an expression."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, int):
        text = f"{value}L"
    elif isinstance(value, float):
        text = f"{value:g}D"
    else:
        text = "'" + value.replace("'", "''") + "'"
    return {"expr": {"Literal": {"Value": text}}}


def colour(value: str) -> Json:
    """A colour in an expression."""
    return {"solid": {"color": literal(value)}}


def properties(**values: Json) -> list[Json]:
    """A formatting object of these properties."""
    return [{"properties": values}]


def gradient(measure: Ref, low: str, high: str) -> list[Json]:
    """The background of a matrix's values, from one colour to another by the measure."""
    ends = {name: {"color": {"Literal": {"Value": f"'{value}'"}}}
            for name, value in (("min", low), ("max", high))}  # fmt: skip
    strategy = {"strategy": {"Literal": {"Value": "'noColor'"}}}
    rule = {"linearGradient2": {**ends, "nullColoringStrategy": strategy}}
    fill = {"FillRule": {"Input": measure.field(), "FillRule": rule}}
    return [
        {
            "properties": {"backColor": {"solid": {"color": {"expr": fill}}}},
            "selector": {
                "data": [{"dataViewWildcard": {"matchingOption": 1}}],
                "metadata": measure.key,
            },
        }
    ]


def sorted_by(fields: Sequence[tuple[Ref, bool]]) -> Json:
    """The order of a visual: fields, and whether the largest comes first."""
    sort = [
        {"field": one.field(), "direction": "Descending" if down else "Ascending"}
        for one, down in fields
    ]
    return {"sort": sort, "isDefaultSort": False}


def top(name: str, column: Ref, measure: Ref, count: int, *, largest: bool = True) -> Json:
    """The filter that keeps the values of a column with the largest, or least, of a measure."""
    entities = [
        {"Name": "c", "Entity": column.table, "Type": 0},
        {"Name": "m", "Entity": measure.table, "Type": 0},
    ]
    inner = {
        "Version": 2,
        "From": entities,
        "Select": [{**column.field("c"), "Name": "field"}],
        "OrderBy": [{"Direction": 2 if largest else 1, "Expression": measure.field("m")}],
        "Top": count,
    }
    subquery = {"Name": "kept", "Expression": {"Subquery": {"Query": inner}}, "Type": 2}
    is_kept = {"In": {"Expressions": [column.field("c")],
                      "Table": {"SourceRef": {"Source": "kept"}}}}  # fmt: skip
    return {
        "name": short_identifier(f"{name}/top"),
        "field": column.field(),
        "type": "TopN",
        "filter": {
            "Version": 2,
            "From": [subquery, entities[0]],
            "Where": [{"Condition": is_kept}],
        },
    }
