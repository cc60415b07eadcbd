"""What a database holds, to compare two: rows and a digest of each table, and its constraints."""

from dataclasses import dataclass, field

from psycopg import Connection, sql

from shopwright.storage.backup.dump_file import NOT_DUMPED

_TABLES = """
    select nspname, relname from pg_class
    inner join pg_namespace on pg_namespace.oid = relnamespace
    where relkind = 'r' and nspname <> 'information_schema' and nspname not like 'pg\\_%%'
        and nspname <> all(%s)
        and not exists (  -- an extension's own
            select from pg_depend
            where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e'
        )
    order by nspname, relname
"""
_CONSTRAINTS = """
    select concat_ws(' ', nspname, relname, contype, conname,
        case when not convalidated then 'not valid' end)
    from pg_constraint
    inner join pg_class on pg_class.oid = conrelid
    inner join pg_namespace on pg_namespace.oid = relnamespace
    where contype in ('p', 'u', 'f', 'c', 'x') and nspname <> 'information_schema'
        and nspname not like 'pg\\_%%' and nspname <> all(%(left_out)s)
    union all
    select concat_ws(' ', schemaname, tablename, 'index', indexname) from pg_indexes
    where schemaname not in ('pg_catalog', 'information_schema')
        and schemaname <> all(%(left_out)s)
    order by 1
"""
_SAME_TEXT = """
    set local datestyle = 'ISO, YMD';
    set local timezone = 'UTC';
    set local intervalstyle = 'postgres';
    set local bytea_output = 'hex';
    set local extra_float_digits = 1;
    set local search_path = ''
"""
"""Settings that say how a value reads as text."""


@dataclass(frozen=True)
class TableContents:
    """How many rows, and a sum over hashes of them all: the same in whatever order they lie."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Contents:
    """What a database holds, by table, and the keys, references, checks and indexes it enforces."""

    tables: dict[str, TableContents] = field(default_factory=dict)
    constraints: tuple[str, ...] = ()

    @classmethod
    def of(cls, connection: Connection) -> "Contents":
        """Reads every row, within the connection's transaction."""
        connection.execute(_SAME_TEXT)
        tables = {}
        for schema, table in tables_of(connection):
            found = connection.execute(
                sql.SQL(
                    "select count(*),"
                    " cast(coalesce(sum(cast(pg_catalog.hashtextextended("
                    "  cast(whole as text), 0) as numeric)), 0) as text) from {} as whole"
                ).format(sql.Identifier(schema, table))
            ).fetchone()
            assert found is not None
            tables[f"{schema}.{table}"] = TableContents(*found)
        constraints = connection.execute(_CONSTRAINTS, {"left_out": list(NOT_DUMPED)}).fetchall()
        return cls(tables, tuple(text for (text,) in constraints))

    @property
    def rows(self) -> int:
        """Of all tables together."""
        return sum(one.rows for one in self.tables.values())

    def differences(self, other: "Contents") -> list[str]:
        """What the other holds otherwise, a sentence each; nothing where it is the same."""
        found = []
        for name in sorted(self.tables.keys() | other.tables.keys()):
            own, others = self.tables.get(name), other.tables.get(name)
            if own is None or others is None:
                found.append(f"the table {name} is {'new' if own is None else 'missing'}")
            elif own.rows != others.rows:
                found.append(f"{name} has {others.rows:,} rows instead of {own.rows:,}")
            elif own != others:
                found.append(f"{name} has as many rows, but not the same")
        changed = sorted(set(self.constraints) ^ set(other.constraints))
        return found + [f"the constraint or index {one} is not in both" for one in changed]


def tables_of(connection: Connection) -> list[tuple[str, str]]:
    """Schema and name of every table that a backup holds, whoever made it."""
    return connection.execute(_TABLES, [list(NOT_DUMPED)]).fetchall()
