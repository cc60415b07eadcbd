"""Lints of worksheets: every pill is a field that the sheet declares, as its source declares it."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from shopwright.visualization.tableau.fields import (
    MEASURE_NAMES,
    MEASURE_VALUES,
    PREFIXES,
    SUFFIXES,
)
from shopwright.visualization.tableau.lints_of_sources import columns_of
from shopwright.visualization.tableau.markup import referenced

_PILL = re.compile(r"\[(federated\.[^\]]*)\]\.\[([^\]]*)\]")
_SPECIAL = (MEASURE_NAMES, MEASURE_VALUES)
_AS_DECLARED = ("caption", "datatype", "role", "type", "default-format")


def worksheet_faults(root: ET.Element) -> Iterator[str]:
    """The faults of all worksheets."""
    sources = {one.get("name", ""): one for one in root.iterfind("datasources/datasource")}
    zones = {zone.get("name") for zone in root.iterfind("dashboards//zone")}
    for sheet in root.iterfind("worksheets/worksheet"):
        name = sheet.get("name", "")
        if "," in name:
            yield f"worksheet {name!r}: a comma parts the names of sheets in an action"
        if name not in zones:
            yield f"worksheet {name!r} is on no dashboard"
        for fault in _sheet(sheet, sources):
            yield f"worksheet {name!r}: {fault}"


def instances_of(parent: ET.Element) -> dict[str, set[str]]:
    """The instances that a sheet or dashboard declares, by data source."""
    return {
        one.get("datasource", ""): {
            found.get("name", "").strip("[]") for found in one.iterfind("column-instance")
        }
        for one in parent.iter("datasource-dependencies")
    }


def _sheet(sheet: ET.Element, sources: dict[str, ET.Element]) -> Iterator[str]:
    view = sheet.find("table/view")
    if view is None:
        yield "it has no view"
        return
    linked = [one.get("name", "") for one in view.iterfind("datasources/datasource")]
    for name in linked:
        if name not in sources:
            yield f"the data source {name!r} does not exist"
    for declared in view.iterfind("datasource-dependencies"):
        source = sources.get(declared.get("datasource", ""))
        if source is None or declared.get("datasource") not in linked:
            yield f"it declares fields of {declared.get('datasource')!r}, which it does not link"
        else:
            yield from _declarations(declared, source)
    yield from pill_faults(sheet, instances_of(view))
    yield from _filters(view)
    yield from _axes(sheet)
    if not any(True for _ in sheet.iterfind("table/panes/pane")):
        yield "it has no marks"


def _declarations(declared: ET.Element, source: ET.Element) -> Iterator[str]:
    """What a sheet says of a field is what its data source says."""
    columns = columns_of(source)
    here = columns_of(declared)
    for name, column in here.items():
        if name not in columns:
            yield f"the field {name} does not exist"
            continue
        for attribute in _AS_DECLARED:
            if column.get(attribute) != columns[name].get(attribute):
                yield f"{name}: {attribute} is not that of the data source"
        mine, theirs = column.find("calculation"), columns[name].find("calculation")
        formulas = [None if one is None else one.get("formula") for one in (mine, theirs)]
        if formulas[0] != formulas[1]:
            yield f"{name}: its formula is not that of the data source"
        for named in referenced(formulas[0] or ""):
            if f"[{named}]" not in here:
                yield f"{name} names [{named}], which the sheet does not declare"
    for instance in declared.iterfind("column-instance"):
        yield from _instance(instance, here)


def _instance(instance: ET.Element, columns: dict[str, ET.Element]) -> Iterator[str]:
    name, column = instance.get("name", ""), instance.get("column", "")
    derivation, kind = instance.get("derivation", ""), instance.get("type", "")
    if column not in columns:
        yield f"{name} is of {column}, which the sheet does not declare"
        return
    suffix = next((one for type_, one in SUFFIXES.items() if type_ == kind), "?")
    expected = f"[{PREFIXES.get(derivation, '?')}:{column.strip('[]')}:{suffix}]"
    if name != expected:
        yield f"{name} ought to be called {expected}"
    is_calculated = columns[column].find("calculation") is not None
    is_measure = columns[column].get("role") == "measure"
    if (derivation == "User") != (is_calculated and is_measure):
        yield f"{name}: {derivation} does not fit what {column} is"
    if "Trunc" in derivation and columns[column].get("datatype") not in ("date", "datetime"):
        yield f"{name}: {column} is no date"


def pill_faults(parent: ET.Element, declared: dict[str, set[str]]) -> Iterator[str]:
    """Everything written as [source].[instance] is declared."""
    found: set[tuple[str, str]] = set()
    for one in parent.iter():
        for text in (one.text or "", *one.attrib.values()):
            found |= set(_PILL.findall(text))
    for source, name in sorted(found):
        if source not in declared:
            yield f"[{source}].[{name}] is of a data source that is not declared"
        elif name not in _SPECIAL and name not in declared[source]:
            yield f"[{name}] is used and not declared"


def _filters(view: ET.Element) -> Iterator[str]:
    sliced = [one.text for one in view.iterfind("slices/column")]
    columns = [one.get("column", "") for one in view.iterfind("filter")]
    for column in sorted(set(columns)):
        if columns.count(column) > 1:
            yield f"two filters of {column}"
    if sorted(map(str, sliced)) != sorted(columns):
        yield "its slices are not its filters"
    for filter_ in view.iterfind("filter"):
        column = filter_.get("column", "").partition("].")[2]
        for part in filter_.iter("groupfilter"):
            if part.get("level") not in (None, column):
                yield f"the filter of {column} is of the level {part.get('level')}"
            if part.get("function") == "order":
                yield from _order(part, view)


def _order(part: ET.Element, view: ET.Element) -> Iterator[str]:
    declared = {one.get("name") for one in view.iterfind("datasource-dependencies/column")}
    for name in referenced(part.get("expression", "")):
        if f"[{name}]" not in declared:
            yield f"the first few are told by [{name}], which is not declared"


def _axes(sheet: ET.Element) -> Iterator[str]:
    """A pane of its own belongs to a measure that lies on the rows."""
    rows = sheet.findtext("table/rows") or ""
    for pane in sheet.iterfind("table/panes/pane"):
        axis = pane.get("y-axis-name")
        if axis is not None and axis not in rows:
            yield f"a pane is for {axis}, which is not on the rows"
    for fold in sheet.iterfind("table/style//encoding[@fold='true']"):
        if fold.get("field", "?") not in rows:
            yield f"the axis of {fold.get('field')} is folded and not on the rows"
