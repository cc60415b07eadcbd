"""Lints of data sources: columns, calculations and connections that lead somewhere."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from shopwright.visualization.tableau.markup import referenced

FUNCTIONS = frozenset({
    "SUM", "COUNT", "COUNTD", "MIN", "MAX", "AVG", "ZN", "LOOKUP", "DATEADD", "DATETRUNC",
    "RUNNING_SUM", "WINDOW_SUM", "TOTAL",
})  # fmt: skip
"""What our calculations may call."""

_WORDS = frozenset({"IF", "THEN", "ELSE", "END", "AND", "OR", "NOT", "NULL", "INCLUDE"})
_FORMAT = re.compile(r"[npc*].*[0#].*")
_PAIRS = {")": "(", "]": "[", "}": "{"}


def source_faults(root: ET.Element) -> Iterator[str]:
    """The faults of all data sources."""
    sources = list(root.iterfind("datasources/datasource"))
    for kind in ("name", "caption"):
        given = [one.get(kind, "") for one in sources]
        yield from (f"two data sources have the {kind} {one!r}"
                    for one in sorted(set(given)) if given.count(one) > 1)  # fmt: skip
    for source in sources:
        where = f"data source {source.get('caption')!r}"
        for fault in (*_columns(source), *_calculations(source), *_connection(source),
                      *_lists(source)):  # fmt: skip
            yield f"{where}: {fault}"


def columns_of(source: ET.Element) -> dict[str, ET.Element]:
    """The columns of a data source by their names in brackets."""
    return {one.get("name", ""): one for one in source.iterfind("column")}


def _columns(source: ET.Element) -> Iterator[str]:
    columns = list(source.iterfind("column"))
    for kind in ("name", "caption"):
        given = [one.get(kind, "").lower() for one in columns]
        yield from (f"two fields have the {kind} {one!r}"
                    for one in sorted(set(given)) if given.count(one) > 1)  # fmt: skip
    for column in columns:
        name, form = column.get("name", ""), column.get("default-format")
        if not re.fullmatch(r"\[[^\[\]]+\]", name):
            yield f"{name!r} is not a name in brackets"
        if form is not None and not _FORMAT.fullmatch(form):
            yield f"{name}: {form!r} is not a number's format"
        if form is not None and column.get("role") != "measure":
            yield f"{name} has a number's format and is no measure"
        if (column.get("role") == "measure") != (column.get("type") == "quantitative"):
            yield f"{name} is a {column.get('role')} and {column.get('type')}"


def _calculations(source: ET.Element) -> Iterator[str]:
    columns = columns_of(source)
    formulas = {
        name: found.get("formula", "")
        for name, one in columns.items()
        if (found := one.find("calculation")) is not None
    }
    for name, formula in formulas.items():
        for fault in formula_faults(formula):
            yield f"{name}: {fault}"
        for named in referenced(formula):
            if f"[{named}]" not in columns:
                yield f"{name} names the field [{named}], which does not exist"
    yield from _circles(formulas)


def formula_faults(formula: str) -> Iterator[str]:
    """What is wrong with the writing of a formula by itself."""
    plain = re.sub(r"""\[[^\]]*\]|"[^"]*"|'[^']*'""", " ", formula)
    if not formula.strip():
        yield "the formula is empty"
    open_: list[str] = []
    for letter in plain:
        if letter in _PAIRS.values():
            open_.append(letter)
        elif letter in _PAIRS and (not open_ or open_.pop() != _PAIRS[letter]):
            yield f"{letter} closes nothing in {formula!r}"
            return
    if open_:
        yield f"{open_[-1]} is never closed in {formula!r}"
    words = re.findall(r"[A-Za-z_]+", plain)
    if words.count("IF") != words.count("END") or words.count("IF") != words.count("THEN"):
        yield f"an IF has no THEN or END in {formula!r}"
    for word in words:
        if word not in FUNCTIONS | _WORDS:
            yield f"unknown word {word!r} in {formula!r}"


def _circles(formulas: dict[str, str]) -> Iterator[str]:
    for name in formulas:
        seen, left = set(), [f"[{one}]" for one in referenced(formulas[name])]
        while left:
            other = left.pop()
            if other == name:
                yield f"{name} leads back to itself"
                break
            if other not in seen:
                seen.add(other)
                left += [f"[{one}]" for one in referenced(formulas.get(other, ""))]


def _connection(source: ET.Element) -> Iterator[str]:
    """Columns are those of the table: each is read from a connection that is there."""
    names = {one.get("name") for one in source.iterfind("connection//named-connection")}
    relations = list(source.iterfind("connection/relation"))
    if not relations:
        yield "there is no table"
    for relation in relations:
        if relation.get("connection") not in names:
            yield f"the connection {relation.get('connection')!r} does not exist"
    records = source.iterfind("connection/metadata-records/metadata-record")
    described = {one.findtext("local-name") or "": one.findtext("local-type") for one in records}
    read = {name: one.get("datatype") for name, one in columns_of(source).items()
            if one.find("calculation") is None}  # fmt: skip
    for name in sorted(set(described) ^ set(read)):
        yield f"{name} is {'no field' if name in described else 'no column of the table'}"
    for name in sorted(set(described) & set(read)):
        if described[name] != read[name]:
            yield f"{name} is {described[name]} in the table and {read[name]} as a field"
    for columns in source.iterfind("connection/relation/columns"):
        if [f"[{one.get('name')}]" for one in columns] != list(described):
            yield "the columns of the file are not those described"


def _lists(source: ET.Element) -> Iterator[str]:
    columns = columns_of(source)
    for path in source.iterfind("drill-paths/drill-path"):
        for field in path:
            if field.text not in columns:
                yield f"the hierarchy {path.get('name')!r} names {field.text}, which is no field"
    for item in source.iterfind("folders-common/folder/folder-item"):
        if item.get("name") not in columns:
            yield f"a folder names {item.get('name')}, which is no field"
