"""What an erased row leaves on the disk: dead rows, statistics and log are written anew.

PostgreSQL keeps an erased row's bytes until its table is vacuumed, samples of columns in its
statistics, and what was written in its log until that is recycled. `vacuum full` writes a table
anew; readers of it wait meanwhile.
"""

from psycopg import Connection, errors, sql

from shopwright.storage.database import Database

_TABLES = """
    select nspname, relname from pg_class
    inner join pg_namespace on pg_namespace.oid = relnamespace
    where relkind = 'r' and (
        nspname in ('quality', 'staging')
        or nspname = 'production' and relname in
            ('customers', 'customer_history', 'transactions', 'locations')
        or nspname = 'ops' and relname = 'runs'
        or nspname = 'warehouse' and exists (
            select from pg_attribute where attrelid = pg_class.oid and attname = 'customer_id'
        )
    )
    order by nspname, relname
"""


def write_anew(database: Database) -> list[str]:
    """Rewrites what may hold an erased row. Gives what could not be rewritten, for want of rights.

    On the embedded server the write-ahead log goes too; on another it is the administrator's.
    """
    with database.connect(autocommit=True) as connection:
        for schema, table in connection.execute(_TABLES).fetchall():
            name = sql.Identifier(schema, table)
            connection.execute(sql.SQL("vacuum (full, analyze) {}").format(name))
        left = []
        try:
            connection.execute("vacuum full pg_catalog.pg_statistic")
        except errors.InsufficientPrivilege:
            left.append("dead rows of pg_statistic")
        if database.server is None:
            left.append("the server's write-ahead log and its backups")
        else:
            _end_log(connection)
    return left


def _end_log(connection: Connection) -> None:
    """Removes the log's old files, and writes over those that were kept to be used again."""
    connection.execute("alter system set wal_recycle = off")
    connection.execute("select pg_reload_conf()")
    try:
        connection.execute("checkpoint")
        spare = connection.execute(
            "select count(*) from pg_ls_waldir() where name > pg_walfile_name("
            "pg_current_wal_insert_lsn()) and name ~ '^[0-9A-F]{24}$'"
        ).fetchone()
        assert spare is not None
        for _ in range(spare[0] + 1):
            connection.execute("select pg_logical_emit_message(false, 'shopwright', '')")
            connection.execute("select pg_switch_wal()")
        connection.execute("checkpoint")
    finally:
        connection.execute("alter system reset wal_recycle")
        connection.execute("select pg_reload_conf()")
