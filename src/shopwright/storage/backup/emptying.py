"""What a database holds before another one's contents take its place, and emptying it for them."""

from psycopg import Connection, sql

from shopwright.storage.backup.contents import tables_of
from shopwright.storage.migrations import VERSION_TABLE

_OWN_SCHEMAS = """
    select nspname from pg_namespace
    where nspname not in ('public', 'information_schema') and nspname not like 'pg\\_%'
        and pg_has_role(nspowner, 'usage')
        and not exists (
            select from pg_depend
            where classid = 'pg_namespace'::regclass and objid = pg_namespace.oid and deptype = 'e'
        )
    order by nspname
"""
_OWN_IN_PUBLIC = """
    with objects as (
        select 'pg_class'::regclass as catalog, oid, relowner as owner,
            case relkind when 'v' then 'view' when 'm' then 'materialized view'
                when 'S' then 'sequence' when 'f' then 'foreign table' else 'table' end as kind,
            format('public.%I', relname) as name
        from pg_class
        where relnamespace = to_regnamespace('public') and relkind in ('r', 'p', 'v', 'm', 'S', 'f')
        union all
        select 'pg_proc'::regclass, oid, proowner, 'routine',
            format('public.%I(%s)', proname, pg_get_function_identity_arguments(oid))
        from pg_proc
        where pronamespace = to_regnamespace('public')
        union all
        select 'pg_type'::regclass, oid, typowner,
            case typtype when 'd' then 'domain' else 'type' end, format('public.%I', typname)
        from pg_type
        where typnamespace = to_regnamespace('public') and typtype in ('d', 'e', 'r')
    )
    select kind, name from objects
    where pg_has_role(owner, 'usage')
        and not exists (  -- an extension's own
            select from pg_depend
            where classid = catalog and objid = objects.oid and deptype = 'e'
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
    """Drops all of ours in the database but extensions, within the connection's transaction."""
    for (schema,) in connection.execute(_OWN_SCHEMAS).fetchall():
        connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))
    for kind, name in connection.execute(_OWN_IN_PUBLIC).fetchall():
        connection.execute(f"drop {kind} if exists {name} cascade")
