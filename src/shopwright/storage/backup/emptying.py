"""What a database holds before another one's contents take its place, and emptying it for them."""

from psycopg import Connection, sql

from shopwright.storage.backup.contents import tables_of
from shopwright.storage.migrations import VERSION_TABLE

_SCHEMAS = """
    select nspname from pg_namespace
    where nspname not in ('public', 'information_schema') and nspname not like 'pg\\_%%'
        and not exists (
            select from pg_depend
            where classid = 'pg_namespace'::regclass and objid = pg_namespace.oid and deptype = 'e'
        )
    order by nspname
"""
_IN_PUBLIC = """
    select case relkind when 'v' then 'view' when 'm' then 'materialized view'
            when 'S' then 'sequence' when 'f' then 'foreign table' else 'table' end,
        quote_ident(relname)
    from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S', 'f')
        and not exists (
            select from pg_depend
            where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e'
        )
    union all
    select case prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
        cast(cast(pg_proc.oid as regprocedure) as text)
    from pg_proc
    where pronamespace = 'public'::regnamespace
        and not exists (
            select from pg_depend
            where classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e'
        )
"""


def tables_with_rows(connection: Connection) -> list[str]:
    """The tables that would be lost; the version of the schema alone is nothing."""
    found = []
    for schema, table in tables_of(connection):
        query = sql.SQL("select exists (select from {})").format(sql.Identifier(schema, table))
        has_rows = connection.execute(query).fetchone()
        if has_rows == (True,) and (schema, table) != ("ops", VERSION_TABLE):
            found.append(f"{schema}.{table}")
    return found


def empty(connection: Connection) -> None:
    """Drops everything in the database but extensions, within the connection's transaction."""
    for (schema,) in connection.execute(_SCHEMAS).fetchall():
        connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))
    for kind, name in connection.execute(_IN_PUBLIC).fetchall():
        connection.execute(f"drop {kind} if exists {name} cascade")
