"""One part of a plan as SQL: a SELECT from an aggregate or a fact, with its values bound."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from shopwright.serving.semantic.atoms import Atom, View
from shopwright.serving.semantic.dialects import Dialect
from shopwright.serving.semantic.dimensions import DIMENSIONS, PRODUCT_DIMENSIONS
from shopwright.serving.semantic.expressions import Count, CountDistinct, Sum
from shopwright.serving.semantic.planner import Part, Scope, is_an_order_a_row
from shopwright.serving.semantic.questions import Filters
from shopwright.serving.semantic.sources import Fact, Source

_NEEDS = {"current_products": "products", "customer_values": "customers", "firsts": "customers"}


class Bindings:
    """The values of a statement by the names of their placeholders."""

    def __init__(self, dialect: Dialect) -> None:
        """Holds none yet."""
        self.dialect = dialect
        self.values: dict[str, Any] = {}

    def add(self, value: Any, kind: str, cast: str = "cast") -> str:
        """A placeholder of an SQL type for the value; the same value has the same one."""
        for name, known in self.values.items():
            if type(known) is type(value) and known == value:
                return f"{cast}({self.dialect.placeholder.format(name=name)} as {kind})"
        name = f"value_{len(self.values) + 1}"
        self.values[name] = value
        return f"{cast}({self.dialect.placeholder.format(name=name)} as {kind})"


def is_count(atom: Atom) -> bool:
    """Whether it is a whole number."""
    return isinstance(atom.measure, Count | CountDistinct)


def part_select(
    part: Part, where: Filters, bindings: Bindings, names: Mapping[tuple[Atom, View], str]
) -> str:
    """The SELECT of a part: its dimensions, then a column for each atom, named by `names`."""
    groups = _groups(part, bindings.dialect)
    if part.is_of_entities:
        (atom,) = part.atoms
        return _entities(part, atom, groups, where, bindings, names[atom, part.view])
    shown = [f"{sql} as {name}" for name, sql in groups.items()]
    once = _once_an_order(part, where, bindings.dialect)
    shown += [
        f"{_figure(part.source, atom, bindings.dialect, once)} as {names[atom, part.view]}"
        for atom in part.atoms
    ]
    text = f"select {', '.join(shown)} {_from(part, groups, where, bindings, part.atoms)}"
    return text + (f" group by {_numbers(groups)}" if groups else "")


def _entities(
    part: Part, atom: Atom, groups: Mapping[str, str], where: Filters, bindings: Bindings,
    name: str,
) -> str:  # fmt: skip
    """Lists the keys first and counts them then: much faster than count(distinct)."""
    assert isinstance(atom.measure, CountDistinct)
    assert isinstance(part.source, Fact)
    if part.view is View.running:
        listed = _first_periods(part, atom, groups, where, bindings)
    else:
        columns = [f"{sql} as {column}" for column, sql in groups.items()]
        columns.append(f"{bindings.dialect.entities[atom.measure.column]} as entity")
        source = _from(part, groups, where, bindings, [atom], is_filtered=True)
        listed = f"select {', '.join(columns)} {source} group by {_numbers([*groups, 'entity'])}"
        if atom.measure.at_least > 1:
            orders = (
                "count(*)"
                if part.source.is_of_orders
                else f"count(distinct {bindings.dialect.entities['transaction_id']})"
            )
            listed += f" having {orders} >= {atom.measure.at_least:d}"
    shown = ", ".join([*groups, f"count(*) as {name}"])
    text = f"select {shown} from ({listed}) as entities"
    return text + (f" group by {_numbers(groups)}" if groups else "")


def _first_periods(
    part: Part, atom: Atom, groups: Mapping[str, str], where: Filters, bindings: Bindings
) -> str:
    """Each key with the period from which on it counts: that of its first order, or its n-th."""
    assert isinstance(atom.measure, CountDistinct)
    assert part.scope.axis is not None
    axis = part.scope.axis.name
    columns = [f"{sql} as {column}" for column, sql in groups.items()]
    columns.append(f"{bindings.dialect.entities[atom.measure.column]} as entity")
    columns.append(bindings.dialect.entities["transaction_id"])
    source = _from(part, groups, where, bindings, [atom], is_filtered=True)
    others = [column for column in groups if column != axis]
    place = f"(array_agg({axis} order by {axis}))[{atom.measure.at_least:d}]"
    inner = f"select distinct {', '.join(columns)} {source}"
    grouped = ", ".join([*others, "entity"])
    listed = f"select {grouped}, {place} as {axis} from ({inner}) as orders group by {grouped}"
    return f"select * from ({listed}) as firsts where {axis} is not null"


def _numbers(columns: Iterable[str]) -> str:
    return ", ".join(str(number) for number, _ in enumerate(columns, start=1))


def _groups(part: Part, dialect: Dialect) -> dict[str, str]:
    """SQL by the name of the column it is shown as."""
    found = {}
    for one in part.scope.by:
        if one.kind == "time":
            found[one.name] = _moved(_time(part.source, one.name, dialect), part.scope)
        else:
            shown = _dimension(part.source, one.name, dialect)
            found |= dict(zip(one.shown, shown, strict=True))
    return found


def _time(source: Source | Fact, axis: str, dialect: Dialect) -> str:
    if isinstance(source, Fact):
        return dialect.times[axis]
    if axis == source.grain:
        return source.period
    return f"cast(date_trunc('{axis}', {source.period}) as date)"


def _moved(period: str, scope: Scope) -> str:
    return f"cast({period} + interval '{scope.step}' as date)" if scope.step else period


def _dimension(source: Source | Fact, name: str, dialect: Dialect) -> tuple[str, ...]:
    return dialect.dimensions[name] if isinstance(source, Fact) else source.dimensions[name]


def _once_an_order(part: Part, where: Filters, dialect: Dialect) -> str | None:
    """The condition that one line of each order meets in every row of the part, if there is one.

    There is where each row is of one value of the only dimension of products that is asked for.
    """
    by = {one.name for one in part.scope.by}
    used = (by | where.values.keys()) & PRODUCT_DIMENSIONS
    if not isinstance(part.source, Fact) or part.source.is_of_orders or len(used) != 1:
        return None
    (name,) = used
    return dialect.firsts.get(name) if name in by or len(where.values[name]) == 1 else None


def _figure(source: Source | Fact, atom: Atom, dialect: Dialect, once: str | None) -> str:
    if isinstance(source, Source):
        expression = source.additive.get(atom) or source.whole[atom]
        return f"cast(sum({expression}) as bigint)" if is_count(atom) else f"sum({expression})"
    conditions = [_conditions(atom, dialect)] if atom.conditions else []
    if isinstance(atom.measure, Sum):
        figure = f"sum(facts.{source.sums[atom.measure.column]})"
    elif isinstance(atom.measure, Count):
        figure = source.lines
    elif is_an_order_a_row(atom, source):
        figure = "count(*)"
    else:
        if once is not None and atom.measure.column != "product_id":
            conditions.insert(0, once)
        if once is not None and atom.measure.column == "transaction_id":
            figure = "count(*)"
        else:
            number, most = dialect.bits[atom.measure.column]
            figure = f"bitstring_agg({number}, 0, {most:d})"
    if conditions:
        figure += f" filter (where {' and '.join(conditions)})"
    if figure.startswith("bitstring"):
        figure = f"coalesce(bit_count({figure}), 0)"
    return f"cast({figure} as bigint)" if is_count(atom) else figure


def _conditions(atom: Atom, dialect: Dialect) -> str:
    return " and ".join(
        dialect.conditions[name] if value else f"not ({dialect.conditions[name]})"
        for name, value in sorted(atom.conditions)
    )


def _from(
    part: Part, groups: Mapping[str, str], where: Filters, bindings: Bindings,
    atoms: Iterable[Atom], *, is_filtered: bool = False,
) -> str:  # fmt: skip
    """`from ... where ...` with the joins that are needed; `is_filtered` by the atom too."""
    conditions = [*_days(part, bindings), *_values(part.source, where, bindings)]
    used = [*groups.values(), *conditions]
    for atom in atoms:
        used.append(_conditions(atom, bindings.dialect))
        if is_filtered:
            assert isinstance(atom.measure, CountDistinct)
            used.append(bindings.dialect.entities[atom.measure.column])
            if atom.conditions:
                conditions.append(_conditions(atom, bindings.dialect))
    text = f"from warehouse.{part.source.table} as facts"
    for join in _joins(part.source, " ".join(used), bindings.dialect):
        text += f" {join}"
    return text + (f" where {' and '.join(conditions)}" if conditions else "")


def _joins(source: Source | Fact, used: str, dialect: Dialect) -> list[str]:
    """The joins of the tables that the SQL names, and of those that these hang on."""
    joins = dialect.joins if isinstance(source, Fact) else source.joins
    wanted = {name for name in joins if f"{name}." in used}
    wanted |= {_NEEDS[name] for name in wanted if name in _NEEDS and _NEEDS[name] in joins}
    return [join for name, join in joins.items() if name in wanted]


def _days(part: Part, bindings: Bindings) -> list[str]:
    scope, source = part.scope, part.source
    found = []
    for day, sign in ((scope.start, ">="), (scope.end, "<=")):
        if day is None:
            continue
        if isinstance(source, Fact):
            found.append(f"facts.date_key {sign} {bindings.add(_date_key(day), 'integer')}")
        else:
            found.append(f"{source.period} {sign} {bindings.add(day, 'date')}")
    if scope.skips_leap_day:
        day_of = bindings.dialect.times["day"] if isinstance(source, Fact) else source.period
        found.append(f"not (extract(month from {day_of}) = 2 and extract(day from {day_of}) = 29)")
    return found


def _date_key(day: date) -> int:
    return int(f"{day:%Y%m%d}") if day.year >= 1000 else 0


def _values(source: Source | Fact, where: Filters, bindings: Bindings) -> list[str]:
    found = []
    for name, values in where.values.items():
        column = _dimension(source, name, bindings.dialect)[0]
        word = bindings.dialect.words.get(name) if isinstance(source, Fact) else None
        if word is not None:  # what is none of the words is null, and no row's
            listed = ", ".join(bindings.add(one, word, "try_cast") for one in values)
            found.append(f"{column} in ({listed})")  # a list in one value takes twice as long
        else:
            kind = "integer" if DIMENSIONS[name].kind == "integer" else "text"
            found.append(f"{column} = any({bindings.add(list(values), f'{kind}[]')})")
    return found
