"""A project read back from its files, as far as the lints need it: Power BI's own files too."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Faults = Iterator[str]
"""Sentences that say what is wrong."""
_HEAD = re.compile(
    r"(table|column|measure|hierarchy|level|partition|relationship|expression|database|model"
    r"|ref table)(?: ('(?:[^']|'')+'|[^\s=]+))?(?: =(.*))?$"
)
_PROPERTY = re.compile(r"(\w+)(?:: ?(.*))?$")
_FIELD = re.compile(r"('(?:[^']|'')+'|[^.]+)\.('(?:[^']|'')+'|.+)$")


@dataclass
class Node:
    """An object of TMDL: its properties, what is inside it, and its expression."""

    kind: str
    name: str
    file: str
    expression: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    inside: list["Node"] = field(default_factory=list)

    def of_kind(self, kind: str) -> list["Node"]:
        """What of a kind is directly inside."""
        return [one for one in self.inside if one.kind == kind]


def unquoted(name: str) -> str:
    """A name of TMDL without its quotes."""
    if len(name) > 1 and name[0] == name[-1] == "'":
        return name[1:-1].replace("''", "'")
    return name


def parsed(text: str, file: str) -> list[Node]:
    """The objects of a TMDL file, by their indentation."""
    top: list[Node] = []
    stack: list[tuple[int, Node]] = []
    for line in text.splitlines():
        content = line.lstrip("\t")
        depth = len(line) - len(content)
        if not content.strip() or content.startswith("///"):
            continue
        # What lies two steps below an object, or below its `source`, belongs to its expression.
        while stack and depth <= stack[-1][0]:
            stack.pop()
        above = stack[-1] if stack else None
        if above and (depth >= above[0] + 2 or content[0].isspace()):
            above[1].expression += content + "\n"
            continue
        if head := _HEAD.match(content):
            node = Node(head[1], unquoted(head[2] or ""), file, (head[3] or "").strip())
            (above[1].inside if above else top).append(node)
            stack.append((depth, node))
        elif above and (given := _PROPERTY.match(content.split(" =")[0].rstrip())):
            above[1].properties[given[1]] = (given[2] or "").strip()
            if "=" in content:
                above[1].expression += content.partition("=")[2] + "\n"
    return top


@dataclass(frozen=True)
class ReadProject:
    """The model's objects and the report's files."""

    tables: tuple[Node, ...]
    references: tuple[str, ...]
    relationships: tuple[Node, ...]
    expressions: tuple[Node, ...]
    json: Mapping[str, Any]
    broken: tuple[str, ...]

    @property
    def columns(self) -> dict[str, dict[str, Node]]:
        """The columns by table and name."""
        return {one.name: {each.name: each for each in one.of_kind("column")}
                for one in self.tables}  # fmt: skip

    @property
    def measures(self) -> dict[str, list[Node]]:
        """The measures of each table."""
        return {one.name: one.of_kind("measure") for one in self.tables}

    def measure_names(self) -> set[str]:
        """Every measure's name."""
        return {one.name for each in self.measures.values() for one in each}


def read_project(files: Mapping[str, str]) -> ReadProject:
    """A project from its texts by their paths."""
    nodes = [node for path, text in files.items() if path.endswith(".tmdl")
             for node in parsed(text, path)]  # fmt: skip
    found: dict[str, Any] = {}
    broken = []
    for path, text in files.items():
        if path.endswith((".json", ".pbir", ".pbism", ".pbip", ".platform")):
            try:
                found[path] = json.loads(text)
            except ValueError as error:
                broken.append(f"{path}: not JSON: {error}")
    return ReadProject(
        tuple(one for one in nodes if one.kind == "table"),
        tuple(one.name for one in nodes if one.kind == "ref table"),
        tuple(one for one in nodes if one.kind == "relationship"),
        tuple(one for one in nodes if one.kind == "expression"),
        found,
        tuple(broken),
    )


def end_of(relationship: Node, side: str) -> tuple[str, str]:
    """Table and column of an end of a relationship, empty where it is not written."""
    match = _FIELD.match(relationship.properties.get(side, ""))
    return (unquoted(match[1]), unquoted(match[2])) if match else ("", "")


def fields_in(value: Any) -> Iterator[tuple[str, str, str]]:
    """Every field that a piece of PBIR names: its kind, table, and name."""
    yield from _fields(value, {})


def _fields(value: Any, aliases: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, list):
        for one in value:
            yield from _fields(one, aliases)
        return
    if not isinstance(value, dict):
        return
    if isinstance(value.get("From"), list):
        aliases = {one.get("Name", ""): one.get("Entity", "") for one in value["From"]}
    for kind in ("Column", "Measure"):
        if isinstance(value.get(kind), dict):
            yield kind, _entity(value[kind], aliases), str(value[kind].get("Property"))
    if isinstance(value.get("HierarchyLevel"), dict):
        level = value["HierarchyLevel"]
        hierarchy = level.get("Expression", {}).get("Hierarchy", {})
        name = f"{hierarchy.get('Hierarchy')}.{level.get('Level')}"
        yield "HierarchyLevel", _entity(hierarchy, aliases), name
    for one in value.values():
        yield from _fields(one, aliases)


def _entity(expression: Mapping[str, Any], aliases: Mapping[str, str]) -> str:
    source = expression.get("Expression", {}).get("SourceRef", {})
    return str(source.get("Entity") or aliases.get(source.get("Source", ""), ""))


def twice(what: str, names: Iterable[str]) -> Faults:
    """A fault for each name that is there more than once, whatever its capitals."""
    for name, count in Counter(one.lower() for one in names).items():
        if count > 1:
            yield f"{what} {name!r} is there {count} times"
