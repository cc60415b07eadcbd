"""The few pieces of XML that several parts of a workbook share."""

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

from shopwright.visualization.tableau.fields import DataSource, Field, Instance

USER = "http://www.tableausoftware.com/xml/user"
ET.register_namespace("user", USER)
SERIES = ("#4353d9", "#d07c08", "#075e56", "#e0689a", "#3d9be0", "#7a4527", "#8a94a4")
RAMP = ("#eef0fd", "#c3caf6", "#8f9aec", "#5666de", "#2c38a8")
"""The colours of the web page in daylight."""


def child(
    parent: ET.Element,
    tag: str,
    attributes: Mapping[str, str] | None = None,
    text: str | None = None,
) -> ET.Element:
    """A new element within another."""
    made = ET.SubElement(parent, tag, dict(attributes or {}))
    made.text = text
    return made


def add_text(parent: ET.Element, *runs: tuple[str, Mapping[str, str]]) -> None:
    """Formatted text: each run with its own font."""
    formatted = child(parent, "formatted-text")
    for text, font in runs:
        child(formatted, "run", font, text)


def add_column(parent: ET.Element, field: Field, *, is_declaration: bool = True) -> None:
    """A field as its data source declares it, or as a sheet repeats it, without description."""
    attributes = {"caption": field.caption, "datatype": field.datatype}
    if field.format:
        attributes["default-format"] = field.format
    if field.is_hidden and is_declaration:
        attributes["hidden"] = "true"
    attributes |= {
        "name": field.column,
        "role": "measure" if field.is_measure else "dimension",
    }
    if field.place:
        attributes["semantic-role"] = field.place
    attributes["type"] = field.type
    column = child(parent, "column", attributes)
    if field.formula:
        formula = child(column, "calculation", {"class": "tableau", "formula": field.formula})
        if field.is_table_calculation:
            child(formula, "table-calc", {"ordering-type": "Rows"})
    if field.aliases:
        aliases = child(column, "aliases")
        for value, shown in field.aliases:
            child(aliases, "alias", {"key": value, "value": shown})
    if field.description and is_declaration:
        add_text(child(column, "desc"), (field.description, {}))


def add_instance(parent: ET.Element, instance: Instance) -> None:
    """A field as a sheet uses it."""
    made = child(
        parent,
        "column-instance",
        {
            "column": instance.field.column, "derivation": instance.derivation,
            "name": f"[{instance.name}]", "pivot": "key", "type": instance.type,
        },
    )  # fmt: skip
    if instance.field.is_table_calculation:
        child(made, "table-calc", {"ordering-type": "Rows"})


def add_dependencies(parent: ET.Element, source: DataSource, instances: Iterable[Instance]) -> None:
    """Links the source, and declares the fields used and those that their formulas name."""
    used = list(dict.fromkeys(instances))
    links = child(parent, "datasources")
    child(links, "datasource", {"caption": source.caption, "name": source.id})
    declared = child(parent, "datasource-dependencies", {"datasource": source.id})
    for field in _with_named(source, [one.field for one in used]):
        add_column(declared, field, is_declaration=False)
    for instance in used:
        add_instance(declared, instance)


def _with_named(source: DataSource, fields: list[Field]) -> list[Field]:
    """The fields and all that their formulas lead to, in the order of the source."""
    wanted, left = set(), [one.name for one in fields]
    while left:
        name = left.pop()
        if name not in wanted:
            wanted.add(name)
            left += referenced(source.fields[name].formula or "")
    return [one for name, one in source.fields.items() if name in wanted]


def referenced(formula: str) -> list[str]:
    """The fields that a formula names."""
    names, inside, text = [], False, ""
    quote = ""
    for letter in formula:
        if quote:
            quote = "" if letter == quote else quote
        elif inside:
            inside = letter != "]"
            if inside:
                text += letter
            else:
                names.append(text)
        elif letter in "\"'":
            quote = letter
        elif letter == "[":
            inside, text = True, ""
    return names
