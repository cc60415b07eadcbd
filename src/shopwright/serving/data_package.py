"""`datapackage.json`: what the exported files hold, in the open format of Frictionless Data."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from shopwright.serving.query import Column

PACKAGE_FILE = "datapackage.json"
_TYPES = {
    16: "boolean", 20: "integer", 21: "integer", 23: "integer", 700: "number", 701: "number",
    1082: "date", 1184: "datetime", 1700: "number",
}  # fmt: skip
"""Frictionless's name of a type by PostgreSQL's number of it; all else is a string."""


@dataclass(frozen=True)
class Resource:
    """A file of the package: a table with its keys, or an analysis without."""

    name: str
    path: str
    description: str
    columns: Sequence[Column]
    hash: str
    bytes: int
    table: Table | None = None


def write_package(file: Path, resources: Sequence[Resource]) -> None:
    """Writes the description. It holds no time, so the same content gives the same file."""
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "warehouse",
        "title": "The warehouse of an online shop: star schema, aggregates and analyses",
        "resources": [_resource(one) for one in resources],
    }
    text = json.dumps(package, indent=2, ensure_ascii=False)
    file.write_text(f"{text}\n", encoding="utf-8")


def _resource(one: Resource) -> dict[str, Any]:
    form = one.path.rpartition(".")[2]
    mediatypes = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
    return {
        "name": one.name,
        "type": "table",
        "path": one.path,
        "format": form,
        "mediatype": mediatypes[form],
        "encoding": "utf-8",
        "description": one.description,
        "bytes": one.bytes,
        "hash": one.hash,
        "schema": _schema(one),
    }


def _schema(one: Resource) -> dict[str, Any]:
    fields = [_field(column, one.table) for column in one.columns]
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if one.table is not None:
        schema["primaryKey"] = [column.name for column in one.table.primary_key]
        keys = sorted(one.table.foreign_keys, key=lambda key: key.parent.name)
        if keys:
            schema["foreignKeys"] = [
                {
                    "fields": [key.parent.name],
                    "reference": {
                        "resource": key.column.table.name, "fields": [key.column.name]
                    },
                }
                for key in keys
            ]  # fmt: skip
    return schema


def _field(column: Column, table: Table | None) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": _TYPES.get(column.type_oid, "string")}
    if field["type"] == "datetime":
        field["format"] = "any"
    if table is not None:
        known = table.columns[column.name]
        field["description"] = known.comment
        if not known.nullable:
            field["constraints"] = {"required": True}
    return field
