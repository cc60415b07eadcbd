"""Schema `warehouse`: the star and its aggregates, all amounts in reporting currency."""

from shopwright.storage.tables.warehouse import aggregates, star
from shopwright.storage.tables.warehouse.star import SCHEMA

__all__ = ["SCHEMA", "aggregates", "star"]
