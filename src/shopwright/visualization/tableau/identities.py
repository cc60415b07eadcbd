"""Names and numbers of a workbook's parts, the same at every build: a rebuild is no diff."""

import hashlib
import uuid

_NAMESPACE = uuid.UUID("6f0f7d8e-5c1b-5d0e-9a53-7a3f6f3b9c11")


def source_id(name: str) -> str:
    """What a data source is called in formulas and shelves."""
    return f"federated.{_digest(f'source {name}')}"


def connection_id(kind: str, name: str) -> str:
    """What a connection of a data source is called."""
    return f"{kind}.{_digest(f'connection {name}')}"


def simple_id(kind: str, name: str) -> str:
    """The number of a sheet, dashboard or window, as Tableau writes it."""
    return f"{{{str(uuid.uuid5(_NAMESPACE, f'{kind} {name}')).upper()}}}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:28]
