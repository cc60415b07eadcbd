"""The built-in mappings over the whole of two real shops, against figures computed elsewhere.

Online Retail: UCI Machine Learning Repository (Chen, Sain, Guo), CC BY 4.0.
"""

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shopwright.ingestion.mapping import ImportSummary, import_mapping

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
ONLINE_RETAIL = DATA / "online_retail"
NORTHWIND = DATA / "northwind"
TABLES = ("customers", "products", "transactions", "transaction_items")

needs_online_retail = pytest.mark.skipif(
    not ONLINE_RETAIL.is_dir(), reason=f"the Online Retail data is not at {ONLINE_RETAIL}"
)
needs_northwind = pytest.mark.skipif(
    not NORTHWIND.is_dir(), reason=f"the Northwind data is not at {NORTHWIND}"
)


class Imported:
    """Deliveries as an import wrote them, and a table of text for each of the four."""

    def __init__(self, mapping: str, source: Path, deliveries: Path) -> None:
        self.folder = deliveries
        self.summary: ImportSummary = import_mapping(mapping, source, deliveries)
        self.database = duckdb.connect()
        for table in TABLES:
            self.database.execute(
                f"create table {table} as select *, split_part(filename, '/', -2) as delivery"
                f" from read_csv('{deliveries}/*/{table}.csv', all_varchar = true)"
            )

    def value(self, query: str) -> Any:
        row = self.database.execute(query).fetchone()
        assert row is not None
        return row[0]

    def values(self, query: str) -> list[tuple[Any, ...]]:
        return self.database.execute(query).fetchall()


@pytest.fixture(scope="module")
def online_retail(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    return Imported("online_retail", ONLINE_RETAIL, tmp_path_factory.mktemp("online_retail"))


@pytest.fixture(scope="module")
def northwind(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    return Imported("northwind", NORTHWIND, tmp_path_factory.mktemp("northwind"))


@needs_online_retail
def test_online_retail_gives_every_line_and_the_published_total(online_retail: Imported) -> None:
    answers = json.loads((ONLINE_RETAIL / "answers.json").read_text())
    counts = answers["row_counts"][0]
    summary = online_retail.summary

    assert len(summary.deliveries) == 305
    assert (str(summary.first_date), str(summary.last_date)) == ("2010-12-01", "2011-12-09")
    assert summary.rows["transaction_items"] == counts["lines"] == 541_909
    assert summary.rows["transactions"] == counts["invoices"] == 25_900
    assert summary.remarks() == []
    total = "select sum(cast(quantity as decimal(18, 4)) * cast(unit_price as decimal(18, 4)))"
    net = online_retail.value(f"{total} from transaction_items")
    assert net == Decimal(answers["revenue"][0]["net"]) == Decimal("9747747.934")
    gross = online_retail.value(
        f"{total} from transaction_items where quantity not like '-%'"
        " and cast(unit_price as decimal(18, 4)) > 0"
    )
    assert gross == Decimal(answers["revenue"][0]["gross"])


@needs_online_retail
def test_online_retail_knows_returns_guests_and_customers(online_retail: Imported) -> None:
    assert online_retail.values(
        "select transaction_type, count(*), count(distinct transaction_id) from transactions"
        " group by all order by all"
    ) == [("return", 3_836, 3_836), ("sale", 22_064, 22_064)]
    assert online_retail.value("select count(distinct customer_id) from customers") == 4_372
    assert online_retail.value("select count(*) from customers where customer_id like '%.%'") == 0
    moved = (
        "select count(*) from (select customer_id from customers group by all"
        " having count(distinct country) > 1)"
    )
    assert online_retail.value(moved) == 8
    guests = (
        "select count(*) from transaction_items join transactions using (transaction_id)"
        " where customer_id is null"
    )
    assert online_retail.value(guests) == 135_080


@needs_online_retail
def test_online_retail_names_its_products(online_retail: Imported) -> None:
    named = "from products where product_name <> product_id"
    # Published are 650: three of them differ by blanks around the name only.
    assert (
        online_retail.value(
            f"select count(*) from (select product_id {named} group by all"
            " having count(distinct product_name) > 1)"
        )
        == 650 - 3
    )
    nameless = "from products where product_name = product_id"
    assert online_retail.value(f"select count(*) {nameless}") == 112 + 62
    assert online_retail.value("select count(distinct product_id) from products") == 4_070
    # One state per moment, or the newest is a matter of luck.
    assert (
        online_retail.value(
            "select count(*) - count(distinct (product_id, updated_at)) from products"
        )
        == 0
    )
    assert (
        online_retail.value(
            "select count(*) - count(distinct (customer_id, updated_at)) from customers"
        )
        == 0
    )


@needs_online_retail
def test_online_retail_sells_nothing_before_it_is_known(online_retail: Imported) -> None:
    for table, key in (("products", "product_id"), ("customers", "customer_id")):
        unknown = online_retail.value(
            f"""
            with first_seen as (select {key}, min(delivery) as seen from {table} group by all)
            select count(*)
            from transaction_items
            join transactions using (transaction_id)
            left join first_seen using ({key})
            where {key} is not null and seen is null or seen > transaction_items.delivery
            """
        )
        assert unknown == 0
    orphans = (
        "select count(*) from transaction_items anti join transactions"
        " using (transaction_id, delivery)"
    )
    assert online_retail.value(orphans) == 0


@needs_online_retail
def test_online_retail_as_one_file_gives_the_same_deliveries(
    online_retail: Imported, tmp_path: Path
) -> None:
    source, deliveries = tmp_path / "foreign", tmp_path / "deliveries"
    source.mkdir()
    with (source / "online_retail.csv").open("wb") as whole:
        for number, day in enumerate(sorted((ONLINE_RETAIL / "by-day").glob("*.csv.gz"))):
            header, lines = gzip.decompress(day.read_bytes()).split(b"\n", 1)
            whole.write(lines if number else header + b"\n" + lines)

    import_mapping("online_retail", source, deliveries)

    assert _contents(deliveries) == _contents(online_retail.folder)


@needs_online_retail
def test_online_retail_day_by_day_gives_the_same_deliveries(
    online_retail: Imported, tmp_path: Path
) -> None:
    # Where a code has no name on a day, only the whole shows whether it had one before: a day by
    # itself then gives the code for a name, as a state that is older than every name.
    days = sorted((ONLINE_RETAIL / "by-day").glob("*.csv.gz"))
    for day in [*days[:2], days[150], days[-1]]:
        name = day.name.removesuffix(".csv.gz")
        source = tmp_path / name / "foreign"
        source.mkdir(parents=True)
        (source / day.name).write_bytes(day.read_bytes())

        import_mapping("online_retail", source, tmp_path / name / "deliveries")

        alone = _contents(tmp_path / name / "deliveries")
        together = {
            file: content
            for file, content in _contents(online_retail.folder).items()
            if file.startswith(name)
        }
        products = f"{name}/products.csv"
        only_alone = set(alone.pop(products).splitlines()) - set(
            together.pop(products).splitlines()
        )
        assert alone == together
        assert all(
            code == product_name and updated_at == b"2010-12-01 00:00:00"
            for code, product_name, updated_at in (line.split(b",") for line in only_alone)
        )


@needs_online_retail
def test_online_retail_is_imported_within_seconds(online_retail: Imported) -> None:
    assert online_retail.summary.seconds < 60  # 5 on two idle cores, 20 on crowded ones


@needs_northwind
def test_northwind_gives_every_order_and_its_revenue(northwind: Imported) -> None:
    answers = json.loads((NORTHWIND / "answers.json").read_text())
    counts, totals = answers["row_counts"][0], answers["totals"][0]

    assert northwind.summary.rows == {
        "customers": counts["customers"],
        "products": counts["products"],
        "transactions": counts["orders"],
        "transaction_items": counts["lines"],
    }
    assert list(northwind.summary.rows.values()) == [91, 77, 830, 2_155]
    net = northwind.value(
        "select sum(cast(quantity as int) * cast(unit_price as decimal(9, 4))"
        " * (1 - 0.01 * cast(discount_percentage as decimal(7, 4)))) from transaction_items"
    )
    assert net == Decimal(totals["net"]) == Decimal("1265793.0395")
    freight = "select sum(cast(shipping_amount as decimal(10, 4))) from transactions"
    assert northwind.value(freight) == Decimal(totals["freight"])


@needs_northwind
def test_northwind_is_delivered_by_the_day_of_the_order(northwind: Imported) -> None:
    assert len(northwind.summary.deliveries) == 480
    assert (
        northwind.value("select count(*) from transactions where transaction_at <> delivery") == 0
    )
    first_day = northwind.values(
        "select distinct delivery, updated_at from customers union"
        " select distinct delivery, updated_at from products"
    )
    assert first_day == [("1996-07-04", "1996-07-04")]
    orphans = (
        "select count(*) from transaction_items"
        " left join transactions using (transaction_id, delivery)"
        " left join customers using (customer_id) left join products using (product_id)"
        " where customers.country is null or products.category is null or supplier is null"
    )
    assert northwind.value(orphans) == 0


@needs_northwind
def test_northwind_twice_gives_the_same_bytes(northwind: Imported, tmp_path: Path) -> None:
    import_mapping("northwind", NORTHWIND, tmp_path)

    assert _contents(tmp_path) == _contents(northwind.folder)


def _contents(deliveries: Path) -> dict[str, bytes]:
    return {
        path.relative_to(deliveries).as_posix(): path.read_bytes()
        for path in deliveries.rglob("*")
        if path.is_file()
    }
