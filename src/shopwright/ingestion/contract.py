"""The input contract: which tables and columns a delivery may hold. Read from contract.yml."""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from shopwright.config.yaml_text import read_yaml

MASK = "(hidden)"
"""Stands for a personal value wherever one could be seen."""


@dataclass(frozen=True)
class ContractColumn:
    """A column of the contract. `alternatives` are columns that together may stand in for it."""

    name: str
    kind: str
    meaning: str
    required: bool = False
    personal: bool = False
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContractTable:
    """A table of the contract, with its business key."""

    name: str
    key: str
    columns: dict[str, ContractColumn]

    def missing_columns(self, header: Collection[str]) -> list[ContractColumn]:
        """The required columns that a file with this header lacks."""
        return [
            column
            for column in self.columns.values()
            if column.required
            and column.name not in header
            and not (column.alternatives and column.alternatives[0] in header)
        ]

    def masked(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row as it may be shown: what is personal, or unknown to the contract, is hidden."""
        return {
            name: value
            if value in (None, "") or (name in self.columns and not self.columns[name].personal)
            else MASK
            for name, value in row.items()
        }

    def nearest(self, wanted: str, header: Collection[str]) -> str | None:
        """The column of the header that is most likely meant by a missing one."""
        spare = [name for name in header if name not in self.columns]
        matches = get_close_matches(wanted, spare, n=1, cutoff=0.5)
        return matches[0] if matches else None


@cache
def contract() -> dict[str, ContractTable]:
    """The tables by name, parents before children."""
    text = files("shopwright.ingestion").joinpath("contract.yml").read_text(encoding="utf-8")
    return {
        table: ContractTable(
            table,
            entry["key"],
            {name: _column(name, column) for name, column in entry["columns"].items()},
        )
        for table, entry in read_yaml(text)["tables"].items()
    }


def _column(name: str, entry: dict[str, object]) -> ContractColumn:
    alternatives = entry.get("or", [])
    assert isinstance(alternatives, list)
    return ContractColumn(
        name,
        str(entry["kind"]),
        str(entry["meaning"]),
        bool(entry.get("required")),
        bool(entry.get("personal")),
        tuple(alternatives),
    )
