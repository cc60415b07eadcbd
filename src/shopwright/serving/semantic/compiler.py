"""A question compiled to one SELECT: parts, put together row by row, and the metrics over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shopwright.serving.semantic.atoms import VIEWS, Atom, View, atoms
from shopwright.serving.semantic.dialects import POSTGRES, Dialect
from shopwright.serving.semantic.expressions import (
    Add,
    Count,
    CountDistinct,
    Difference,
    Expression,
    Filter,
    Negative,
    PriorPeriod,
    PriorYear,
    Ratio,
    Sum,
    children,
)
from shopwright.serving.semantic.part_sql import Bindings, is_count, part_select
from shopwright.serving.semantic.periods import STEPS, period_start
from shopwright.serving.semantic.planner import (
    Part,
    columns,
    is_added_up,
    plan,
    scope_of,
    tables,
)
from shopwright.serving.semantic.questions import Filters, Question, question

Names = Mapping[tuple[Atom, View], str]


@dataclass(frozen=True)
class Compiled:
    """A statement for psycopg: its values by name, the tables it reads, the columns it gives."""

    sql: str
    params: dict[str, Any]
    tables: tuple[str, ...]
    columns: tuple[str, ...]


def compile_query(
    metrics: Sequence[str],
    by: Sequence[str] = (),
    where: Filters | None = None,
    *,
    order: Sequence[str] = (),
    limit: int | None = None,
    continuous: bool = False,
    star_only: bool = False,
    dialect: Dialect = POSTGRES,
) -> Compiled:
    """The SELECT that answers, without asking any database.

    With `star_only` no aggregate is read. Raises MetricUnknown or QuestionRefused.
    """
    asked = question(metrics, by, where, order=order, limit=limit, continuous=continuous)
    parts = plan(asked, star_only=star_only, is_counted_on_the_way=dialect.counts_by_bits)
    return compiled(asked, parts, dialect)


def compiled(asked: Question, parts: list[Part], dialect: Dialect = POSTGRES) -> Compiled:
    """The SELECT of a question by a plan."""
    bindings = Bindings(dialect)
    names = {one: f"figure_{number}" for number, one in enumerate(dict.fromkeys(columns(parts)), 1)}
    steps = {
        f"part_{number}": part_select(part, asked.where, bindings, names)
        for number, part in enumerate(parts, 1)
    }
    keys = [column for one in asked.by for column in one.shown]
    seen = {one: name for one, name in names.items() if one[1] is not View.total}
    steps["cells"] = _put_together(parts, keys, seen)
    rows = _rows(asked, bindings, seen, keys, steps)
    whole = {one: name for one, name in names.items() if one[1] is View.total}
    if whole:
        total_keys = [column for one in scope_of(asked, View.total).by for column in one.shown]
        steps["totals"] = _put_together(parts, total_keys, whole)
        on = " and ".join(f"cells.{key} = totals.{key}" for key in total_keys)
        join = f" left join totals on {on}" if on else " cross join totals"
        rows = (rows[0] + join, rows[1])
    sql = _statement(asked, Figures(names, dialect), keys, rows, steps)
    sql += _ordered(asked, keys, bindings)
    shown = (*keys, *(one.name for one in asked.metrics))
    return Compiled(sql, bindings.values, tables(parts), shown)


def _put_together(parts: list[Part], keys: list[str], names: Names) -> str:
    """One row for each combination of the keys in any of the parts; what a part lacks is 0."""
    wanted = set(names.values())
    held = {
        f"part_{number}": columns
        for number, part in enumerate(parts, 1)
        if (columns := {names.get((atom, part.view)) for atom in part.atoms} & wanted)
    }
    if len(held) == 1 or not keys:  # nothing to match: the shortest statement is planned soonest
        figures = [f"coalesce({column}, 0) as {column}" for column in names.values()]
        return f"select {', '.join([*keys, *figures])} from {' cross join '.join(held)}"
    selects = []
    for part_name, columns in held.items():
        figures = [
            column if column in columns
            else f"cast(null as {'bigint' if is_count(atom) else 'numeric'}) as {column}"
            for (atom, _), column in names.items()
        ]  # fmt: skip
        selects.append(f"select {', '.join([*keys, *figures])} from {part_name}")
    figures = [f"coalesce(max({column}), 0) as {column}" for column in names.values()]
    text = f"select {', '.join([*keys, *figures])} from ({' union all '.join(selects)}) as parts"
    return f"{text} group by {', '.join(keys)}"


def _rows(
    asked: Question, bindings: Bindings, seen: Names, keys: list[str], steps: dict[str, str]
) -> tuple[str, str]:
    """What the rows to show are read from and on which condition.

    A step that fills a continuous axis is added where one is asked for.
    """
    if not keys:
        return "cells", ""
    is_something = " or ".join(f"{column} <> 0" for column in seen.values())
    current = [column for (_, view), column in seen.items() if view is View.current]
    if asked.axis is None:
        return "cells", f"({is_something})"
    axis = asked.axis.name
    lower, upper = (
        bindings.add(period_start(axis, day), "date") if day is not None
        else f"(select {extreme}({axis}) from cells"
        f" where {' or '.join(f'{column} <> 0' for column in current)})"
        for day, extreme in ((asked.where.start, "min"), (asked.where.end, "max"))
    )  # fmt: skip
    inside = f"cells.{axis} between {lower} and {upper}"
    if not asked.continuous:
        return "cells", f"({is_something}) and {inside}"
    others = [key for key in keys if key != axis]
    steps["periods"] = (
        f"select cast(moments.moment as date) as {axis}"
        f" from generate_series({lower}, {upper}, interval '{STEPS[axis]}') as moments (moment)"
    )
    steps["groups"] = (
        f"select distinct {', '.join(others)} from cells where ({is_something}) and {inside}"
        if others
        else "select 1 as only_group"
    )
    matched = " and ".join(
        [f"periods.{axis} = cells.{axis}", *(f"groups.{key} = cells.{key}" for key in others)]
    )
    figures = [f"coalesce(cells.{column}, 0) as {column}" for column in seen.values()]
    shown = [f"periods.{axis}", *(f"groups.{key}" for key in others), *figures]
    steps["filled"] = (
        f"select {', '.join(shown)} from periods cross join groups left join cells on {matched}"
    )
    return "filled as cells", ""


def _statement(
    asked: Question, figures: "Figures", keys: list[str], rows: tuple[str, str],
    steps: Mapping[str, str],
) -> str:  # fmt: skip
    shown = [f"cells.{key}" for key in keys]
    shown += [f"{_sql(one.expanded, figures)} as {one.name}" for one in asked.metrics]
    ctes = ",\n".join(f"{name} as ({sql})" for name, sql in steps.items())
    text = f"with {ctes}\nselect {', '.join(shown)}\nfrom {rows[0]}"
    if rows[1]:
        text += f"\nwhere {rows[1]}"
    if "over so_far" in text:
        assert asked.axis is not None
        others = [f"cells.{key}" for key in keys if key != asked.axis.name]
        partition = f"partition by {', '.join(others)} " if others else ""
        text += f"\nwindow so_far as ({partition}order by cells.{asked.axis.name})"
    return text


def _ordered(asked: Question, keys: list[str], bindings: Bindings) -> str:
    shown = {one.name: one.shown[0] for one in asked.by}
    wanted = [
        f"{shown.get(name.removeprefix('-'), name.removeprefix('-'))}"
        f"{' desc' if name.startswith('-') else ''} nulls last"
        for name in asked.order
    ]
    left = [key for key in keys if key not in {name.split()[0] for name in wanted}]
    axis = asked.axis.name if asked.axis is not None else None
    wanted += sorted(left, key=lambda key: key != axis)
    text = f"\norder by {', '.join(wanted)}" if wanted else ""
    if asked.limit is not None:
        text += f"\nlimit {bindings.add(asked.limit, 'bigint')}"
    return text


@dataclass(frozen=True)
class Figures:
    """The columns that hold the atoms, and how two of them are divided."""

    names: Names
    dialect: Dialect

    def ratio(self, left: str, right: str) -> str:
        """One divided by the other; null where that is 0."""
        return self.dialect.ratio.format(left=left, right=right)


def _sql(
    expression: Expression, figures: Figures, view: View = View.current,
    conditions: frozenset[tuple[str, bool]] = frozenset(),
) -> str:  # fmt: skip
    """An expanded formula over the columns of the cells."""
    if isinstance(expression, Sum | Count | CountDistinct):
        return _column(Atom(expression, conditions), view, figures.names)
    if isinstance(expression, Filter):
        return _sql(expression.of, figures, view, conditions | expression.where)
    if isinstance(expression, Negative):
        return f"(-{_sql(expression.of, figures, view, conditions)})"
    if isinstance(expression, Add | Difference | Ratio):
        left = _sql(expression.left, figures, view, conditions)
        right = _sql(expression.right, figures, view, conditions)
        if isinstance(expression, Ratio):
            return figures.ratio(left, right)
        return f"({left} {'+' if isinstance(expression, Add) else '-'} {right})"
    (inner,) = children(expression)
    seen = VIEWS[type(expression)]
    there = _sql(inner, figures, seen, conditions)
    if isinstance(expression, PriorPeriod | PriorYear):
        happened = " or ".join(
            f"{figures.names[one]} <> 0" for one in dict.fromkeys(atoms(inner, seen, conditions))
        )
        return f"case when {happened} then {there} end"
    if seen is View.total:
        here = _sql(inner, figures, view, conditions)
        return figures.ratio(here, there)
    return there


def _column(atom: Atom, view: View, names: Names) -> str:
    if is_added_up(atom, view):
        figure = f"sum({names[atom, View.current]}) over so_far"
    elif view is View.running:
        figure = f"sum({names[atom, view]}) over so_far"
    else:
        return names[atom, view]
    return f"cast({figure} as bigint)" if is_count(atom) else figure
