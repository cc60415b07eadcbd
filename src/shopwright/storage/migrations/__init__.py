"""Bringing a database's schemas up to date: Alembic's migrations, then functions and grants."""

from importlib.resources import files

import psycopg
from alembic import command
from alembic.config import Config

from shopwright.storage import roles
from shopwright.storage.database import Database

VERSION_TABLE = "schema_version"
_LOCK = 5_318_008_0001


def alembic_config() -> Config:
    """Alembic's settings: the migrations lie in this package."""
    config = Config()
    config.set_main_option("script_location", "shopwright.storage:migrations")
    return config


def migrate(database: Database) -> None:
    """Makes or upgrades all schemas. Several processes may ask at once: one does it."""
    with database.engine().begin() as connection:
        connection.exec_driver_sql(f"select pg_advisory_xact_lock({_LOCK})")
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        folder = files("shopwright.storage")
        raw.execute("set local check_function_bodies = off")  # before 16, one is replaced below
        raw.execute(folder.joinpath("functions.sql").read_bytes())
        if database.server_version < 160_000:
            raw.execute(folder.joinpath("functions_before_16.sql").read_bytes())
        roles.grant_reader(raw)
