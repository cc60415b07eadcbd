"""The benchmark runs, and the script that it holds Shopwright against makes the same warehouse."""

import json
from pathlib import Path

import pytest
from benchmarks import hand_written
from benchmarks.__main__ import main
from benchmarks.contents import read_contents
from benchmarks.dashboard import has_browser
from tests.fingerprint import fingerprint
from tests.shop import Shop

from shopwright.generation import generate
from shopwright.ingestion import ledger
from shopwright.ingestion.deliveries import find_deliveries
from shopwright.ingestion.staging import stage
from shopwright.storage.database import Database
from shopwright.storage.migrations import migrate

LINES = [
    "generate",
    "raw COPY",
    "staging",
    "hand-written first load",
    "publish of the first load",
    "of which checking",
    "housekeeping after it",
    "one more day",
    "its share of the first load",
    "peak memory of the run's process",
    "same warehouse as hand-written",
]
OF_THE_DASHBOARD = [
    "dashboard: copy made",
    "dashboard: first page",
    "dashboard: filter change",
    "dashboard: 50 viewers at once",
]


def test_a_small_benchmark_measures_everything_and_finds_the_same_warehouse(
    capsys: pytest.CaptureFixture[str],
) -> None:
    exit_code = main(["--transactions", "2000", "--days", "30", "--json", "--filter-values", "1"])

    answer = json.loads(capsys.readouterr().out)
    assert answer["differences"] == []
    assert exit_code == 0
    assert [line["what"] for line in answer["lines"]] == LINES + OF_THE_DASHBOARD
    viewing = answer["rounds"][0]["viewing"]
    assert viewing["errors"] == []
    assert len(viewing["answers"]) == 50 * 6
    if has_browser():
        assert len(viewing["openings"]) == 5
        assert len(viewing["changes"]) > 30
    first_load = answer["rounds"][0]["first_load"]
    assert first_load["staged_rows"] > 6_000
    assert {"warehouse.fact_sales", "claims", "commit"} <= {
        step["name"] for step in first_load["steps"]
    }


def test_the_table_for_people_has_every_line_and_every_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generate(tmp_path / "deliveries", days=3, transactions=50)

    main(["--folder", str(tmp_path / "deliveries"), "--steps", "--filter-values", "0"])

    printed = capsys.readouterr().out
    assert all(line in printed for line in LINES)
    assert "production.transaction_items" in printed


def test_the_script_writes_every_value_that_shopwright_writes(
    tmp_path: Path, database: Database, empty_database: Database
) -> None:
    shop = Shop(tmp_path, database)
    generate(shop.workspace.deliveries, days=60, transactions=1_000, seed=7)
    shop.run()
    deliveries = find_deliveries(shop.workspace.deliveries)
    migrate(empty_database)
    with empty_database.connect() as connection:
        staged, _ = ledger.number(connection, deliveries, shop.workspace.settings)
    with empty_database.connect() as connection:
        stage(connection, empty_database.connect, staged)

    with empty_database.connect() as connection:
        hand_written.publish(connection)
        written = fingerprint(connection)

    assert written["warehouse.fact_sales"][0] > 2_000
    assert written == shop.fingerprint()


def test_another_value_or_definition_is_found(database: Database) -> None:
    with database.connect() as connection:
        before = read_contents(connection)
        connection.execute("update warehouse.dim_product set unit_price = 1")
        connection.execute("drop index warehouse.fact_sales_customer_key_date_key_idx")
        differences = before.differences(read_contents(connection))

    assert differences == [
        "warehouse.dim_product.unit_price: None and 1.0000",
        "only the first: CREATE INDEX fact_sales_customer_key_date_key_idx ON"
        " warehouse.fact_sales USING btree (customer_key, date_key)",
    ]
