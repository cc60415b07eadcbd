"""The database's permanent tables, a module per schema. The migrations are tested against them."""

from shopwright.storage.tables import ops, production, quality, warehouse
from shopwright.storage.tables.columns import metadata

__all__ = ["metadata", "ops", "production", "quality", "warehouse"]
