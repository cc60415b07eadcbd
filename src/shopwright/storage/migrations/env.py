"""Alembic's entry: runs the migrations on the connection that `migrate` hands over."""

from alembic import context

from shopwright.storage.migrations import VERSION_TABLE
from shopwright.storage.tables import metadata

connection = context.config.attributes["connection"]
connection.exec_driver_sql("create schema if not exists ops")
context.configure(
    connection=connection,
    target_metadata=metadata,
    include_schemas=True,
    version_table=VERSION_TABLE,
    version_table_schema="ops",
)
with context.begin_transaction():
    context.run_migrations()
