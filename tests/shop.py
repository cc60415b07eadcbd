"""A small shop for the tests: rows as dictionaries become CSV deliveries, and runs publish them."""

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import zstandard
from tests.fingerprint import fingerprint

from shopwright.config import (
    QualitySettings,
    RunSettings,
    Settings,
    Severity,
    SeveritySettings,
    ShopSettings,
)
from shopwright.config.workspace import Workspace
from shopwright.generation import generate
from shopwright.orchestration.record import RunResult
from shopwright.orchestration.run import rebuild, run
from shopwright.storage.database import Database

Row = Mapping[str, object]
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": lambda content: gzip.compress(content, mtime=0),
    ".zst": zstandard.compress,
}


class Shop:
    """A workspace in a folder and a database of its own."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        *,
        timezone: str = "UTC",
        currency: str = "EUR",
        batch_rows: int = 5_000_000,
    ) -> None:
        settings = Settings(
            shop=ShopSettings(timezone=timezone, currency=currency),
            run=RunSettings(batch_rows=batch_rows),
        )
        self.workspace = Workspace(folder, settings)
        self.workspace.deliveries.mkdir(parents=True, exist_ok=True)
        self.database = database
        self.database.timezone = timezone

    def deliver(self, name: str, **tables: Iterable[Row]) -> Path:
        """Writes a delivery, a file for each table with rows; one of the same name is replaced."""
        folder = self.workspace.deliveries / name
        if folder.exists():
            for file in folder.iterdir():
                file.unlink()
        for table, rows in tables.items():
            if given := list(rows):
                self.deliver_file(f"{name}/{table}.csv", csv_bytes(given))
        return folder

    def deliver_file(self, name: str, content: bytes | str) -> Path:
        """Writes one file of a delivery as it is; its ending says whether it is packed."""
        path = self.workspace.deliveries / name
        path.parent.mkdir(parents=True, exist_ok=True)
        unpacked = content.encode() if isinstance(content, str) else content
        path.write_bytes(PACKINGS[path.suffix if path.suffix in PACKINGS else ""](unpacked))
        return path

    def write_rules(self, table: str, text: str) -> None:
        """Gives the workspace rules of its own."""
        self.workspace.rules.mkdir(exist_ok=True)
        (self.workspace.rules / f"{table}.rules.yml").write_text(text, encoding="utf-8")

    def set_severity(self, table: str, **severities: Severity) -> None:
        """Changes how severe rules of a table are, as `[quality.severity]` does."""
        settings = self.workspace.settings
        quality = QualitySettings(severity=SeveritySettings(**{table: severities}))
        self.workspace = replace(
            self.workspace, settings=settings.model_copy(update={"quality": quality})
        )

    def run(self, *, one_by_one: bool = False) -> RunResult:
        """Publishes what is pending."""
        return run(self.workspace, self.database, one_by_one=one_by_one)

    def rebuild(self) -> dict[str, int]:
        """Derives the warehouse anew; gives the rows written where there were any."""
        steps = rebuild(self.database).steps
        return {step.name: step.rows for step in steps if step.rows and step.name != "claims"}

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query gives."""
        with self.database.connect() as connection:
            return connection.execute(query, parameters or None).fetchall()

    def row(self, query: str, parameters: Sequence[object] = ()) -> tuple[Any, ...]:
        """The only row of what a query gives."""
        (found,) = self.rows(query, parameters)
        return found

    def value(self, query: str, parameters: Sequence[object] = ()) -> Any:
        """The only value of what a query gives."""
        (found,) = self.row(query, parameters)
        return found

    def execute(self, statement: str) -> None:
        """Changes the database by hand."""
        with self.database.connect(autocommit=True) as connection:
            connection.execute(statement)

    def fingerprint(self) -> dict[str, tuple[int, int]]:
        """Content of production and warehouse, surrogate key numbers aside."""
        with self.database.connect() as connection:
            return fingerprint(connection)

    def account(self, table: str, delivery: str = "%") -> tuple[int, int, int, int, int]:
        """Rows, accepted, duplicates, rejected and waiting of the deliveries with such a name."""
        return self.row(
            "select sum(row_count)::int, sum(accepted_count)::int, sum(duplicate_count)::int,"
            " sum(rejected_count)::int, sum(waiting_count)::int"
            " from ops.delivery_tables inner join ops.deliveries using (delivery_key)"
            " where table_name = %s and delivery_name like %s",
            [table, delivery],
        )

    def broken_rules(self, table: str = "%") -> list[tuple[str, list[str]]]:
        """Status and broken rules of the rows set aside, in the order in which they came."""
        return [
            (status, rules)
            for status, rules in self.rows(
                "select status, broken_rules from quality.rejected_rows"
                " where table_name like %s order by file_id, row_number",
                [table],
            )
        ]


@contextmanager
def empty_shop(server: Any, template_database: str, folder: Path) -> Iterator[Shop]:
    """A shop without deliveries. Its database is dropped afterwards."""
    name = server.create(template=template_database)
    try:
        with Database(server.database_url(name)) as database:
            yield Shop(folder, database)
    finally:
        server.drop(name)


@contextmanager
def generated_shop(
    server: Any, template_database: str, folder: Path, **made: Any
) -> Iterator[Shop]:
    """A published shop of made-up deliveries, without an answer key; `made` is what `generate`
    takes."""
    with empty_shop(server, template_database, folder) as shop:
        generate(shop.workspace.deliveries, answer_key=None, **made)
        shop.run()
        yield shop


def csv_bytes(rows: Sequence[Row], delimiter: str = ",") -> bytes:
    """CSV with the columns of all rows; what a row lacks is an empty field."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=delimiter, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def customer(customer_id: object = "C1", **more: object) -> Row:
    """A customer's row."""
    return {"customer_id": customer_id, **more}


def product(product_id: object = "P1", **more: object) -> Row:
    """A product's row."""
    return {"product_id": product_id, "product_name": f"Product {product_id}", **more}


def sale(transaction_id: object = "T1", at: str = "2024-05-01 10:00", /, **more: object) -> Row:
    """A sale's row, a guest's unless it names a customer."""
    return {"transaction_id": transaction_id, "transaction_at": at, **more}


def refund(transaction_id: object = "R1", at: str = "2024-05-02 10:00", /, **more: object) -> Row:
    """A return's row."""
    return sale(transaction_id, at, transaction_type="return", **more)


def item(
    item_id: object = "I1",
    transaction_id: object = "T1",
    product_id: object = "P1",
    quantity: object = 1,
    unit_price: object = "10.00",
    /,
    **more: object,
) -> Row:
    """A line's row."""
    return {
        "item_id": item_id,
        "transaction_id": transaction_id,
        "product_id": product_id,
        "quantity": quantity,
        "unit_price": unit_price,
        **more,
    }
