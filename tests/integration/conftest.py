"""The fixtures of the integration tests."""

from pathlib import Path

import pytest
from tests.shop import Shop

from shopwright.storage.database import Database


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Shop:
    """A shop in UTC and EUR without a delivery."""
    return Shop(tmp_path, database)
