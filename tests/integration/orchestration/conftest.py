"""A workspace with a settings file, for what opens it anew: the scheduler and its op."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.shop import Shop

from shopwright.config.workspace import Workspace
from shopwright.storage.database import Database


@pytest.fixture
def workspace(tmp_path: Path, server: Any, template_database: str) -> Iterator[Workspace]:
    """A workspace in Berlin, with a database of its own that has no rows."""
    name = server.create(template=template_database)
    made = Workspace.create(tmp_path / "shop", timezone="Europe/Berlin")
    file = made.folder / "shopwright.toml"
    text = file.read_text().replace(
        "[database]", f'[database]\nurl = "{server.database_url(name)}"'
    )
    file.write_text(text.replace("[schedule]", "[schedule]\nsettle_seconds = 0"))
    yield Workspace.open(made.folder)
    server.drop(name)


@pytest.fixture
def shop_of_workspace(workspace: Workspace) -> Iterator[Shop]:
    """The shop of that workspace: to deliver to it, and to look into its database."""
    url = workspace.settings.database.url
    assert url is not None
    with Database(url, timezone="Europe/Berlin") as database:
        yield Shop(workspace.folder, database, timezone="Europe/Berlin")
