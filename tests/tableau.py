"""What judges a workbook: Tableau's schema, and its formulas computed on the extract itself."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

REFERENCE = Path(__file__).resolve().parents[1].parent / "shared" / "reference" / "tableau"
_XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
_STUBS = {
    "http://www.tableausoftware.com/xml/user": '<xs:attributeGroup name="UserAttributes-AG">'
    '<xs:anyAttribute processContents="skip"/></xs:attributeGroup>',
    "http://www.w3.org/XML/1998/namespace": '<xs:attribute name="base" type="xs:string"/>',
}
"""The two schemas that Tableau's imports and does not bring along."""


@cache
def _schema() -> Any:
    from lxml import etree

    class Stubs(etree.Resolver):
        def resolve(self, url: str, public: str, context: Any) -> Any:
            space = next(one for one in _STUBS if url.endswith(f"{len(one)}.xsd"))
            text = f'<xs:schema {_XS} targetNamespace="{space}">{_STUBS[space]}</xs:schema>'
            return self.resolve_string(text, context)

    parser = etree.XMLParser()
    parser.resolvers.add(Stubs())
    text = (REFERENCE / "twb_2026.1.xsd").read_text()
    for space in _STUBS:
        plain = f'<xs:import namespace="{space}"/>'
        assert plain in text
        location = f'<xs:import namespace="{space}" schemaLocation="{len(space)}.xsd"/>'
        text = text.replace(plain, location)
    return etree.XMLSchema(etree.fromstring(text.encode(), parser))


def schema_faults(text: str) -> list[str]:
    """What Tableau's schema says against a workbook. Skips where schema or lxml is absent."""
    etree = pytest.importorskip("lxml.etree", reason="lxml is not installed")
    if not REFERENCE.is_dir():
        pytest.skip(f"Tableau's schema is not at {REFERENCE}")
    schema = _schema()
    schema.validate(etree.fromstring(text.encode()))
    return [f"line {one.line}: {one.message}" for one in schema.error_log]


def formulas_of(root: ET.Element) -> dict[str, str]:
    """The formulas of the sales lines by the names of their fields."""
    source = root.find("datasources/datasource[@caption='Sales']")
    assert source is not None
    return {
        column.get("name", "").strip("[]"): calculation.get("formula", "")
        for column in source.iterfind("column")
        if (calculation := column.find("calculation")) is not None
    }


def hyper_select(formulas: Mapping[str, str], names: Sequence[str], by: str) -> str:
    """A SELECT for Hyper: the calculations by a grouping, which is SQL over the sales lines."""
    shown = ", ".join(
        f"{_Formula(formulas, f'[{name}]').sql()} as figure_{number}"
        for number, name in enumerate(names)
    )
    return (
        f'with lines as (select sales.*, {by} as grouping from "Extract"."sales" as sales)'
        f" select facts.grouping, {shown} from lines as facts group by facts.grouping"
    )


_TOKEN = re.compile(r"\s*(\[[^\]]*\]|'[^']*'|\d+|[A-Za-z_]+|>=|[-+/=>(){}:,])")


class _Formula:
    """A formula of Tableau's, read by its own grammar and written as Hyper's SQL.

    Independent of what wrote it: it knows Tableau's functions and nothing of metrics.
    """

    def __init__(self, formulas: Mapping[str, str], formula: str, table: str = "facts") -> None:
        self.formulas, self.table = formulas, table
        self.tokens = list(_tokens(formula))

    def sql(self) -> str:
        text = self._comparison()
        assert not self.tokens, self.tokens
        return text

    def _take(self, *expected: str) -> str:
        token = self.tokens.pop(0)
        assert not expected or token in expected, (token, expected)
        return token

    def _next(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def _comparison(self) -> str:
        text = self._sum()
        while self._next() in ("=", ">=", ">", "AND"):
            text = f"{text} {self._take()} {self._sum()}"
        return text

    def _sum(self) -> str:
        text = self._product()
        while self._next() in ("+", "-"):
            text = f"({text} {self._take()} {self._product()})"
        return text

    def _product(self) -> str:
        text = self._one()
        while self._next() == "/":
            self._take()
            text = f"(cast({text} as double precision) / cast({self._one()} as double precision))"
        return text

    def _one(self) -> str:
        token = self._take()
        if token == "-":
            return f"(-{self._one()})"
        if token == "NOT":
            return f"not {self._one()}"
        if token == "(":
            return f"({self._until(')')})"
        if token == "IF":
            return self._decision()
        if token == "{":
            return self._at_a_finer_level()
        if token.startswith("["):
            return self._field(token.strip("[]"))
        if token.isdigit() or token in ("NULL",) or token.startswith("'"):
            return token
        return self._call(token)

    def _until(self, end: str) -> str:
        text = self._comparison()
        self._take(end)
        return text

    def _decision(self) -> str:
        condition = self._comparison()
        self._take("THEN")
        text = f"case when {condition} then {self._comparison()}"
        if self._next() == "ELSE":
            self._take()
            text += f" else {self._comparison()}"
        self._take("END")
        return f"{text} end"

    def _field(self, name: str) -> str:
        if name in self.formulas:
            return f"({_Formula(self.formulas, self.formulas[name], self.table).sql()})"
        return f'{self.table}."{name}"'

    def _at_a_finer_level(self) -> str:
        """Of each value of a key within the group, taken together by the function around."""
        self._take("INCLUDE")
        key = self._take().strip("[]")
        self._take(":")
        outer, self.table = self.table, "finer"
        inner = self._until("}")
        self.table = outer
        return (
            f"each({inner} as value from lines as finer"
            f' where finer.grouping = {outer}.grouping group by finer."{key}")'
        )

    def _call(self, name: str) -> str:
        self._take("(")
        arguments = [self._comparison()]
        while self._next() == ",":
            self._take()
            arguments.append(self._comparison())
        self._take(")")
        first = arguments[0]
        if name == "SUM" and first.startswith("each("):
            return f"(select sum(value) from (select {first[5:-1]}) as groups)"
        if name == "LOOKUP":
            back = re.sub(r"[^\d]", "", arguments[1])
            return f"lag({first}, {back}) over (order by {self.table}.grouping)"
        if name == "DATEADD":
            part = first.strip("'")
            return f"({arguments[2]} + {arguments[1]} * interval '1 {part}')"
        if name == "DATETRUNC":
            return f"date_trunc({first}, {arguments[1]})"
        return {
            "SUM": f"sum({first})", "COUNT": f"count({first})", "ZN": f"coalesce({first}, 0)",
            "COUNTD": f"count(distinct {first})", "MIN": f"min({first})",
        }[name]  # fmt: skip


def _tokens(formula: str) -> Iterator[str]:
    place = 0
    while place < len(formula.rstrip()):
        found = _TOKEN.match(formula, place)
        assert found, formula[place:]
        yield found[1]
        place = found.end()
