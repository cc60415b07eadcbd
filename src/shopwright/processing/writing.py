"""Getting a SELECT's rows into a permanent table: one function per kind of `-- write:`.

All of them write by INSERT, UPDATE and DELETE only, and only rows that differ, so that readers are
never blocked and a table that is right already is not touched.
"""

from dataclasses import dataclass
from functools import cached_property

from psycopg import Connection, sql
from sqlalchemy import Table, UniqueConstraint

from shopwright.processing.temporary import make_temporary
from shopwright.processing.transforms import Transform
from shopwright.storage import bulk
from shopwright.storage.tables import metadata

STATE = ("updated_at", "delivery_key")
"""What says which of two states is newer; not part of a row's content."""


@dataclass(frozen=True)
class Target:
    """A permanent table as the writers see it."""

    table: Table

    @classmethod
    def of(cls, transform: Transform) -> "Target":
        """The table that a transform fills."""
        return cls(metadata.tables[transform.name])

    @property
    def name(self) -> sql.Identifier:
        """Schema and table, quoted."""
        return sql.Identifier(str(self.table.schema), self.table.name)

    @cached_property
    def columns(self) -> list[str]:
        """All columns but the surrogate key, which the database gives."""
        return [column.name for column in self.table.columns if column.identity is None]

    @cached_property
    def key(self) -> list[str]:
        """The business key: the primary key, or the unique one where that is a surrogate."""
        primary = [column.name for column in self.table.primary_key.columns]
        if all(name in self.columns for name in primary):
            return primary
        unique = [c for c in self.table.constraints if isinstance(c, UniqueConstraint)]
        assert len(unique) == 1, self.table.fullname
        return [column.name for column in unique[0].columns]

    @cached_property
    def content(self) -> list[str]:
        """What a row says, without its key and its state."""
        return [name for name in self.columns if name not in (*self.key, *STATE)]

    def is_empty(self, connection: Connection) -> bool:
        """Whether the table holds no row but the one with the surrogate key 0."""
        surrogate = next((c.name for c in self.table.columns if c.identity is not None), None)
        condition = (
            sql.SQL(" where {} <> 0").format(sql.Identifier(surrogate))
            if surrogate
            else sql.SQL("")
        )
        found = connection.execute(
            sql.SQL("select exists (select from {}{})").format(self.name, condition)
        ).fetchone()
        assert found is not None
        return not found[0]


def names(columns: list[str], alias: str | None = None) -> sql.Composable:
    """The columns, comma-separated, each of `alias` if given."""
    parts = [sql.Identifier(alias, c) if alias else sql.Identifier(c) for c in columns]
    return sql.SQL(", ").join(parts)


def matching(columns: list[str], one: str, other: str) -> sql.Composable:
    """A condition: the columns of two relations are equal (none is null)."""
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(one, c), sql.Identifier(other, c)) for c in columns
    )


def differing(columns: list[str], one: str, other: str) -> sql.Composable:
    """A condition: some column of two relations differs, a null being a value."""
    if not columns:
        return sql.SQL("false")
    return sql.SQL("({}) is distinct from ({})").format(names(columns, one), names(columns, other))


def assignments(columns: list[str], source: str) -> sql.Composable:
    """`set` clauses that take the columns from another relation."""
    return sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(c), sql.Identifier(source, c)) for c in columns
    )


def fill(connection: Connection, target: Target, select: str) -> int:
    """Fills an empty table without keys by all cores. Gives the number of rows."""
    rows = bulk.make_anew(connection, target.name.as_string(connection), select)
    if rows is None:
        # nothing to compare with, but only a table that is made is filled by all cores
        rows = append_in_parallel(connection, target, select)
    return rows


def append_in_parallel(connection: Connection, target: Target, select: str) -> int:
    """What `append` does, by way of another table, as only one that is made is filled by all cores:
    few rows that a look at very many gives."""
    connection.execute(
        sql.SQL("create table checked.made as select {} from ({}) as rows").format(
            names(target.columns), sql.SQL(select)
        )
    )
    rows = append(connection, target, "select * from checked.made")
    connection.execute("drop table checked.made")
    return rows


def append(connection: Connection, target: Target, select: str) -> int:
    """Adds the rows whose key is new. Gives their number."""
    return connection.execute(
        sql.SQL(
            "insert into {target} ({columns}) select {columns} from ({select}) as incoming"
            " where not exists (select from {target} as existing where {match})"
        ).format(
            target=target.name,
            columns=names(target.columns),
            select=sql.SQL(select),
            match=matching(target.key, "existing", "incoming"),
        )
    ).rowcount


def upsert(connection: Connection, target: Target, select: str) -> int:
    """Newer states replace older ones. Leaves the temporary table `compared_<table>` for those who
    must follow: the delivered rows, and
      is_new        the key was not known
      is_newer      it was, in an older state
      is_written    new, or it says something else now (of a history: or says it again later)
    Gives the number of rows written.
    """
    is_history = "updated_at" in target.key
    state = ["delivery_key"] if is_history else list(STATE)
    compared = f"compared_{target.table.name}"
    parts = {
        "target": target.name,
        "compared": sql.Identifier(compared),
        "columns": names(target.columns),
        "match": matching(target.key, "existing", "incoming"),
        "match_compared": matching(target.key, "existing", "compared"),
        "newer": sql.SQL("coalesce(({}) > ({}), false)").format(
            names(state, "incoming"), names(state, "existing")
        ),
        "matters": sql.SQL("true")
        if is_history
        else differing(target.content, "existing", "incoming"),
    }
    make_temporary(
        connection,
        compared,
        sql.SQL(
            "select incoming.*, existing is null as is_new, {newer} as is_newer,"
            "  existing is null or ({newer} and {matters}) as is_written"
            " from (select {columns} from ({select}) as rows) as incoming"
            " left join {target} as existing on {match}"
        ).format(**parts, select=sql.SQL(select)),
        [*target.key, "is_new", "is_newer", "is_written"],
    )
    updated = connection.execute(
        sql.SQL(
            "update {target} as existing set {assignments} from {compared} as compared"
            " where {match_compared} and compared.is_newer"
        ).format(
            **parts,
            assignments=assignments([c for c in target.columns if c not in target.key], "compared"),
        )
    ).rowcount
    inserted = connection.execute(
        sql.SQL(
            "insert into {target} ({columns}) select {columns} from {compared} where is_new"
        ).format(**parts)
    ).rowcount
    return updated + inserted


def replace(
    connection: Connection, target: Target, select: str, scope: sql.Composable | None = None
) -> int:
    """The table, or the part of it in `scope` (a condition on `existing`), becomes what the SELECT
    gives. Only rows that differ are written. Gives their number.
    """
    connection.execute("drop table if exists difference")
    parts = {
        "target": target.name,
        "columns": names(target.columns),
        "key": names(target.key),
        "match": matching(target.key, "existing", "incoming"),
        "match_difference": matching(target.key, "existing", "difference"),
    }
    # one pass over both sides finds what is new, different or no more
    connection.execute(
        sql.SQL(
            "create temp table difference on commit drop as"
            " select {any_key}, {incoming_content}"
            "  incoming is null as is_gone, existing is null as is_new"
            " from (select {columns} from ({select}) as rows) as incoming"
            " full join (select {columns} from {target} as existing where {scope}) as existing"
            " on {match}"
            " where incoming is null or existing is null or {differs}"
        ).format(
            **parts,
            any_key=sql.SQL(", ").join(
                sql.SQL("coalesce(incoming.{0}, existing.{0}) as {0}").format(sql.Identifier(c))
                for c in target.key
            ),
            incoming_content=sql.SQL("").join(
                sql.SQL("{}, ").format(sql.Identifier("incoming", c)) for c in target.content
            ),
            select=sql.SQL(select),
            scope=scope or sql.SQL("true"),
            differs=differing(target.content, "existing", "incoming"),
        )
    )
    written = connection.execute(
        sql.SQL(
            "delete from {target} as existing using difference where {match_difference} and is_gone"
        ).format(**parts)
    ).rowcount
    if target.content:
        written += connection.execute(
            sql.SQL(
                "update {target} as existing set {assignments} from difference"
                " where {match_difference} and not is_gone and not is_new"
            ).format(**parts, assignments=assignments(target.content, "difference"))
        ).rowcount
    written += connection.execute(
        sql.SQL(
            "insert into {target} ({columns}) select {columns} from difference where is_new"
        ).format(**parts)
    ).rowcount
    return written


def accumulate(connection: Connection, target: Target, before: str, after: str) -> int:
    """Takes off what the touched rows contributed before and adds what they contribute now.

    Exact, as all measures are sums over rows that the touched ones alone make up. A row all of
    whose measures have become 0 is gone. Gives the number of rows written.
    """
    measures = target.content
    parts = {
        "target": target.name,
        "columns": names(target.columns),
        "key": names(target.key),
        "match": matching(target.key, "existing", "change"),
    }
    connection.execute("drop table if exists change")
    connection.execute(
        sql.SQL(
            "create temp table change on commit drop as select {key}, {sums} from ("
            " select {key}, {measures} from ({after}) as after"
            " union all select {key}, {negated} from ({before}) as before) as contributions"
            " group by {key} having {some}"
        ).format(
            **parts,
            before=sql.SQL(before),
            after=sql.SQL(after),
            measures=names(measures),
            negated=sql.SQL(", ").join(
                sql.SQL("-{column} as {column}").format(column=sql.Identifier(m)) for m in measures
            ),
            sums=sql.SQL(", ").join(
                sql.SQL("sum({column}) as {column}").format(column=sql.Identifier(m))
                for m in measures
            ),
            some=sql.SQL(" or ").join(
                sql.SQL("sum({}) <> 0").format(sql.Identifier(m)) for m in measures
            ),
        )
    )
    updated = connection.execute(
        sql.SQL("update {target} as existing set {sums} from change where {match}").format(
            **parts,
            sums=sql.SQL(", ").join(
                sql.SQL("{0} = existing.{0} + change.{0}").format(sql.Identifier(m))
                for m in measures
            ),
        )
    ).rowcount
    inserted = connection.execute(
        sql.SQL(
            "insert into {target} ({columns}) select {columns} from change"
            " where not exists (select from {target} as existing where {match})"
        ).format(**parts)
    ).rowcount
    fell = sql.SQL(" or ").join(sql.SQL("{} < 0").format(sql.Identifier(m)) for m in measures)
    found = connection.execute(
        sql.SQL("select exists (select from change where {})").format(fell)
    ).fetchone()
    if found and found[0]:
        none = sql.SQL(" and ").join(
            sql.SQL("existing.{} = 0").format(sql.Identifier(m)) for m in measures
        )
        connection.execute(
            sql.SQL(
                "delete from {target} as existing using change where {match} and {none}"
            ).format(**parts, none=none)
        )
    return updated + inserted
