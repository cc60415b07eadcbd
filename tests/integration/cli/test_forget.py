"""The verb forget: it asks, erases, and says what it searched and what it found."""

import json
from pathlib import Path

import pytest
from tests.integration.cli.conftest import deliver, shopwright
from typer.testing import CliRunner, Result

from shopwright.cli import app

CUSTOMERS = """\
customer_id,first_name,last_name,email
KUNDE-4711,Ada,Lovelace,ada@example.com
C1,Bob,Hull,bob@example.com
"""
TRANSACTIONS = """\
transaction_id,transaction_at,customer_id
T1,2024-05-01 10:00,KUNDE-4711
T2,2024-05-01 11:00,C1
"""


@pytest.fixture
def shop(workspace: Path) -> Path:
    """A published workspace with a customer who wants to be forgotten."""
    deliver(
        workspace,
        customers=CUSTOMERS,
        products="product_id,product_name\nP1,Mug\n",
        transactions=TRANSACTIONS,
        transaction_items="item_id,transaction_id,product_id,quantity,unit_price\n"
        "I1,T1,P1,3,1.2345\nI2,T2,P1,1,2\n",
    )
    assert shopwright("run", "-w", workspace).exit_code == 0
    return workspace


def answered(shop: Path, answer: str) -> Result:
    return CliRunner().invoke(app, ["forget", "KUNDE-4711", "-w", str(shop)], input=answer)


def net(shop: Path) -> str:
    statement = "select sum(net_amount), count(*) from warehouse.fact_sales"
    return shopwright("query", "--sql", statement, "--format", "csv", "-w", shop).output


def test_it_asks_and_a_no_leaves_everything_as_it_was(shop: Path) -> None:
    result = answered(shop, "n\n")
    assert result.exit_code == 1
    assert "This customer has 1 order; 3 rows in the database and 2 rows in delivered" in " ".join(
        result.stderr.split()
    )
    assert (shop / "deliveries/2024-05-02/customers.csv").read_text() == CUSTOMERS
    assert answered(shop, "").exit_code == 1  # nobody there to answer
    assert (shop / "deliveries/2024-05-02/customers.csv").read_text() == CUSTOMERS


def test_a_yes_erases_and_the_figures_stay(shop: Path) -> None:
    before = net(shop)
    result = answered(shop, "y\n")
    assert result.exit_code == 0, result.output
    assert "Nothing is left." in result.output
    assert "Searched for customer_id, email, name:" in result.output
    assert "2 delivered files written anew" in result.output
    assert "Not ours to erase: the server's write-ahead log and its backups." in result.output
    for word in ("Ada", "Lovelace", "ada@example.com"):
        assert word not in result.output
    assert net(shop) == before
    assert "5.7035,2" in before
    assert "Nothing to do" in shopwright("run", "-w", shop).output


def test_what_is_left_is_named_and_the_exit_code_says_so(shop: Path) -> None:
    assert shopwright("export", "--format", "parquet", "-w", shop).exit_code == 0
    result = shopwright("forget", "KUNDE-4711", "--yes", "--json", "-w", shop)
    assert result.exit_code == 1
    found = json.loads(result.stdout)["search"]
    places = {Path(one["place"]).name: one["kind"] for one in found["remnants"]}
    assert places.items() >= {("dim_customer.parquet", "customer_id")}
    assert all(name.endswith(".parquet") for name in places)
    assert shopwright("export", "--format", "parquet", "-w", shop).exit_code == 0
    assert shopwright("forget", "KUNDE-4711", "-y", "-w", shop).exit_code == 0


def test_a_number_that_is_nobodys_is_an_error(shop: Path) -> None:
    result = shopwright("forget", "C99", "--yes", "-w", shop)
    assert (result.exit_code, "Nobody of that customer_id" in result.stderr) == (1, True)
