"""Migrations and tables say the same, whoever migrates and however often."""

from concurrent.futures import ThreadPoolExecutor

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from shopwright.storage.database import Database
from shopwright.storage.migrations import VERSION_TABLE, migrate
from shopwright.storage.tables import metadata

SCHEMAS = ("production", "warehouse", "quality", "ops")


def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    with database.engine().connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "version_table": VERSION_TABLE,
                "version_table_schema": "ops",
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda name, kind, _: kind != "schema" or name in SCHEMAS,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_checks_identities_and_deferred_keys_are_the_same_too(
    database: Database, empty_database: Database
) -> None:
    """What Alembic does not compare, read from the catalog of a database made from the tables."""
    with empty_database.engine().begin() as connection:
        for schema in SCHEMAS:
            connection.execute(text(f"create schema {schema}"))
        metadata.create_all(connection)
    assert catalog(empty_database) == catalog(database)
    assert len(catalog(database)) > 300


def catalog(database: Database) -> set[tuple[object, ...]]:
    with database.connect() as connection:
        return {
            *connection.execute(
                "select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
                " from pg_constraint where connamespace::regnamespace::text = any(%s)"
                " and contype <> 'n' and conrelid <> 'ops.schema_version'::regclass"
                if _has_version(database)
                else "select 'constraint', conrelid::regclass::text, conname,"
                " pg_get_constraintdef(oid) from pg_constraint"
                " where connamespace::regnamespace::text = any(%s) and contype <> 'n'",
                [list(SCHEMAS)],
            ),
            *connection.execute(
                "select 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid), ''"
                " from pg_index inner join pg_class on pg_class.oid = indexrelid"
                " where relnamespace::regnamespace::text = any(%s)"
                " and relname not like 'schema\\_version%%'",
                [list(SCHEMAS)],
            ),
            *connection.execute(
                "select 'column', attrelid::regclass::text, attname,"
                " concat_ws(' ', attidentity, attnotnull, format_type(atttypid, atttypmod),"
                "  attcollation::regcollation, col_description(attrelid, attnum))"
                " from pg_attribute inner join pg_class on pg_class.oid = attrelid"
                " where relnamespace::regnamespace::text = any(%s) and relkind = 'r'"
                " and attnum > 0 and not attisdropped and relname <> 'schema_version'",
                [list(SCHEMAS)],
            ),
        }


def _has_version(database: Database) -> bool:
    with database.connect() as connection:
        row = connection.execute("select to_regclass('ops.schema_version') is not null").fetchone()
    assert row is not None
    return bool(row[0])


def test_migrating_again_changes_nothing(database: Database) -> None:
    before = catalog(database)
    migrate(database)
    assert catalog(database) == before
    with database.connect() as connection:
        members = "select (select count(*) from warehouse.dim_customer), count(*)"
        row = connection.execute(f"{members} from warehouse.dim_product").fetchone()
    assert row == (1, 1)


def test_processes_that_migrate_at_once_do_not_disturb_each_other(
    empty_database: Database,
) -> None:
    def one() -> None:
        with Database(empty_database.url) as database:
            migrate(database)

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(one) for _ in range(3)]:
            done.result()
    with empty_database.connect() as connection:
        assert connection.execute("select count(*) from ops.schema_version").fetchone() == (1,)
