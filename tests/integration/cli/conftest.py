"""Workspaces for the verbs: one that was published once, and one of each test's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from shopwright.cli import app
from shopwright.config.workspace import Workspace

CUSTOMERS = "customer_id,email\nC1,one@shop.example\nC2,two@shop.example\nC2,two@shop.example\n"
PRODUCTS = "product_id,product_name\nP1,Mug\nP2,Pen\n"
TRANSACTIONS = """\
transaction_id,transaction_at,customer_id,transaction_type
T1,2024-05-01 10:00,C1,sale
T2,2024-05-01 11:00,,sale
T3,not a time,C1,sale
R1,2024-05-02 09:00,C1,return
"""
ITEMS = """\
item_id,transaction_id,product_id,quantity,unit_price
I1,T1,P1,2,10.00
I2,T2,P2,1,5.5035
I3,T9,P1,1,10.00
I4,T1,P2,many,1.00
I5,R1,P1,-1,10.00
"""
"""Net 20 + 5.5035 - 10 = 15.5035 in two orders and a return; I3 waits for T9."""


def deliver(workspace: Path, name: str = "2024-05-02", **tables: str) -> None:
    """Writes a delivery: the one above unless its tables are given."""
    folder = workspace / "deliveries" / name
    folder.mkdir(parents=True)
    given = tables or {
        "customers": CUSTOMERS,
        "products": PRODUCTS,
        "transactions": TRANSACTIONS,
        "transaction_items": ITEMS,
    }
    for table, text in given.items():
        (folder / f"{table}.csv").write_text(text)


def shopwright(*arguments: str | Path) -> Result:
    """Runs a verb within this process."""
    return CliRunner().invoke(app, [str(one) for one in arguments])


def _workspace(folder: Path, url: str) -> Path:
    made = Workspace.create(folder, name="Corner shop", timezone="Europe/Paris")
    file = made.folder / "shopwright.toml"
    file.write_text(file.read_text().replace("[database]", f'[database]\nurl = "{url}"'))
    return made.folder


@pytest.fixture
def new_workspace(tmp_path: Path, server: Any) -> Iterator[Path]:
    """An empty workspace with an empty database of its own, as nothing has run yet."""
    name = server.create()
    yield _workspace(tmp_path / "shop", server.database_url(name))
    server.drop(name)


@pytest.fixture
def workspace(tmp_path: Path, server: Any, template_database: str) -> Iterator[Path]:
    """An empty workspace with a database of its own, migrated already: that takes a second."""
    name = server.create(template=template_database)
    yield _workspace(tmp_path / "shop", server.database_url(name))
    server.drop(name)


@pytest.fixture(scope="module")
def published(
    tmp_path_factory: pytest.TempPathFactory, server: Any, template_database: str
) -> Iterator[Path]:
    """A workspace whose one delivery was published. Tests leave it as it is."""
    name = server.create(template=template_database)
    folder = _workspace(tmp_path_factory.mktemp("published") / "shop", server.database_url(name))
    deliver(folder)
    result = shopwright("run", "-w", folder)
    assert result.exit_code == 0, result.output
    yield folder
    server.drop(name)
