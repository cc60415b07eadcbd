"""What is wrong with an import is said with its file, its line and the move that mends it.

Whatever is wrong, `deliveries` stays as it was.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shopwright.ingestion.mapping import import_mapping
from shopwright.ingestion.mapping_errors import (
    BrokenSelect,
    EmptyMapping,
    ImportMappingError,
    MissingColumn,
    NothingToImport,
    UnknownMapping,
    WorkbookUnreadable,
    WrongDeliveryDate,
    WrongSource,
)

LINES = "id,sku\n1,A\n2,B\n"


@dataclass
class Attempt:
    """An import that is expected to fail over a folder with `lines.csv` and a mapping `mine`."""

    folder: Path

    @property
    def source(self) -> Path:
        return self.folder / "foreign"

    @property
    def mappings(self) -> Path:
        return self.folder / "mappings"

    @property
    def deliveries(self) -> Path:
        return self.folder / "deliveries"

    def select(self, table: str) -> Path:
        return self.mappings / "mine" / f"{table}.sql"

    def fails(self, mapping: str = "mine", **selects: str) -> ImportMappingError:
        for table, text in selects.items():
            self.select(table).write_text(text)
        before = self._state()
        with pytest.raises(ImportMappingError) as raised:
            import_mapping(mapping, self.source, self.deliveries, user_mappings=self.mappings)
        assert self._state() == before
        return raised.value

    def _state(self) -> dict[Path, bytes]:
        return {
            path: path.read_bytes() if path.is_file() else b""
            for path in self.deliveries.rglob("*")
        }


@pytest.fixture
def attempt(tmp_path: Path) -> Attempt:
    attempt = Attempt(tmp_path)
    attempt.source.mkdir()
    (attempt.source / "lines.csv").write_text(LINES)
    attempt.select("any").parent.mkdir(parents=True)
    kept = attempt.deliveries / "2024-05-01" / "customers.csv"
    kept.parent.mkdir(parents=True)
    kept.write_text("customer_id\n1\n")
    return attempt


def test_an_unknown_mapping_names_the_nearest_and_all(attempt: Attempt) -> None:
    error = attempt.fails(mapping="Online-Retail")

    assert isinstance(error, UnknownMapping)
    assert error.exit_code == 2
    assert error.problem == "There is no mapping 'Online-Retail'."
    assert error.mend == (
        "Did you mean 'online_retail'? There are mine, northwind, online_retail. "
        f"Your own goes to {attempt.mappings / 'Online-Retail'}."
    )


def test_a_mapping_cannot_be_named_by_a_path(attempt: Attempt) -> None:
    assert isinstance(attempt.fails(mapping="../mappings/mine"), UnknownMapping)


def test_a_mapping_without_any_of_the_four(attempt: Attempt) -> None:
    error = attempt.fails(orders="select 1")

    assert isinstance(error, EmptyMapping)
    assert error.problem == f"{attempt.mappings / 'mine'} holds none of the four SELECTs."
    assert error.mend == (
        "Write at least one of customers.sql, products.sql, transactions.sql, "
        "transaction_items.sql."
    )


def _remove(folder: Path) -> None:
    (folder / "lines.csv").unlink()
    folder.rmdir()


def _replace_by_file(folder: Path) -> None:
    _remove(folder)
    folder.write_text(LINES)


def _hide_file(folder: Path) -> None:
    (folder / "lines.csv").rename(folder / ".lines.csv")


@pytest.mark.parametrize(
    ("spoil", "problem", "mend"),
    [
        (_remove, "There is no folder {}.", "Name the folder that holds the files to import."),
        (_replace_by_file, "{} is a file, not a folder.", "Name the folder that the file lies in"),
        (_hide_file, "{} holds no file.", "Name the folder that holds the files to import."),
    ],
)
def test_a_source_that_is_no_folder_of_files(
    attempt: Attempt, spoil: Callable[[Path], None], problem: str, mend: str
) -> None:
    spoil(attempt.source)

    error = attempt.fails(customers="select 1 as customer_id")

    assert isinstance(error, WrongSource)
    assert error.exit_code == 2
    assert error.problem == problem.format(attempt.source)
    assert error.mend.startswith(mend)


def test_a_source_that_holds_the_deliveries(attempt: Attempt) -> None:
    attempt.deliveries.rename(attempt.source / "deliveries")
    attempt.select("customers").write_text("select 1 as customer_id")

    with pytest.raises(WrongSource, match="holds the deliveries as well"):
        import_mapping(
            "mine", attempt.source, attempt.source / "deliveries", user_mappings=attempt.mappings
        )


def test_an_sql_error_names_file_and_line(attempt: Attempt) -> None:
    error = attempt.fails(
        customers="-- One row per customer.\nselect\n    idd as customer_id,\nfrom 'lines.csv'\n"
    )

    assert isinstance(error, BrokenSelect)
    assert error.problem.startswith(f"{attempt.select('customers')}, line 3: Binder Error")
    assert '"id"' in error.problem  # DuckDB's own nearest match


def test_a_syntax_error_names_file_and_line(attempt: Attempt) -> None:
    error = attempt.fails(lines="select 1;", customers="select 1 as customer_id\n\nform lines")

    assert isinstance(error, BrokenSelect)
    assert error.problem.startswith(f"{attempt.select('customers')}, line 3: Parser Error")


def test_a_value_that_cannot_be_cast_names_file_and_line(attempt: Attempt) -> None:
    error = attempt.fails(
        lines="select * from read_csv('lines.csv', all_varchar = true)",
        customers="select id as customer_id,\n  cast(sku as int) as city from lines",
    )

    assert isinstance(error, BrokenSelect)
    assert f"{attempt.select('customers')}, line 2: Conversion Error" in error.problem
    assert "'A'" in error.problem
    assert error.mend.startswith("Correct the value where it comes from, or write try_cast(")


@pytest.mark.parametrize(
    ("lines", "read", "said"),
    [
        (
            LINES,
            "select sku as customer_id from read_csv('lines.csv', types = {'sku': 'integer'})",
            'lines.csv, line 2: Original Line: 1,A\nError when converting column "sku".',
        ),
        (
            LINES + "3,C,more\n",
            "select id as customer_id from read_csv('lines.csv', auto_detect = false, "
            "delim = ',', header = true, columns = {'id': 'varchar', 'sku': 'varchar'})",
            "lines.csv, line 4: Original Line: 3,C,more\nExpected Number of Columns: 2 Found: 3",
        ),
    ],
    ids=["a value of another type", "a field too many"],
)
def test_a_faulty_row_names_the_foreign_file_and_its_line(
    attempt: Attempt, lines: str, read: str, said: str
) -> None:
    (attempt.source / "lines.csv").write_text(lines)

    error = attempt.fails(customers=read)

    assert isinstance(error, BrokenSelect)
    assert error.problem.startswith(f"{attempt.select('customers')}: {said}")
    assert "delimiter =" not in error.problem


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "no statement"),
        ("-- nothing yet\n", "no statement"),
        ("select 1 as customer_id; select 2", "SELECT and SELECT"),
        ("create table x as select 1 as customer_id", "CREATE"),
        ("copy (select 1) to 'x.csv'", "COPY"),
    ],
)
def test_a_file_that_is_not_one_select(attempt: Attempt, text: str, found: str) -> None:
    error = attempt.fails(customers=text)

    assert isinstance(error, BrokenSelect)
    assert error.problem == (
        f"{attempt.select('customers')}: a mapping's file holds exactly one SELECT, "
        f"this one holds {found}."
    )


def test_a_file_that_is_not_there_names_the_nearest(attempt: Attempt) -> None:
    error = attempt.fails(customers="select id as customer_id\nfrom read_csv('line.csv')")

    assert isinstance(error, BrokenSelect)
    assert f"{attempt.select('customers')}, line 2:" in error.problem
    assert error.mend == (f"Did you mean 'lines.csv'? {attempt.source.resolve()} holds lines.csv.")


@pytest.mark.parametrize("path", ["../secret.csv", "{folder}/secret.csv", "../*.csv"])
def test_a_mapping_reads_nothing_outside_the_folder(attempt: Attempt, path: str) -> None:
    (attempt.folder / "secret.csv").write_text("customer_id\n1\n")

    error = attempt.fails(customers=f"select * from '{path.format(folder=attempt.folder)}'")

    assert isinstance(error, BrokenSelect)
    assert error.mend.startswith(
        f"A mapping reads the folder it is given ({attempt.source.resolve()}) and nothing else"
    )


def test_a_select_sees_none_of_our_variables(attempt: Attempt) -> None:
    error = attempt.fails(customers="select * from statements")

    assert "Table with name statements does not exist" in error.problem


def test_a_missing_required_column_names_the_nearest(attempt: Attempt) -> None:
    error = attempt.fails(customers="select id as CustomerID, sku as city from 'lines.csv'")

    assert isinstance(error, MissingColumn)
    assert error.problem == (
        f"{attempt.select('customers')}: the result has no column customer_id, which every row "
        "of customers needs; it has CustomerID, city."
    )
    assert error.mend == "Write `CustomerID as customer_id` in the SELECT."


def test_a_transaction_needs_a_time_in_one_column_or_two(attempt: Attempt) -> None:
    error = attempt.fails(transactions="select 1 as transaction_id, 2 as customer_id")

    assert isinstance(error, MissingColumn)
    assert "no column transaction_at (or transaction_date and transaction_time)" in error.problem
    assert error.mend == "Write `... as transaction_at` in the SELECT."


@pytest.mark.parametrize(
    "value", ["'01/05/2024'", "'2024-02-30'", "'infinity'", "'20240501'", "'7'"]
)
def test_a_delivery_date_that_is_not_a_date(attempt: Attempt, value: str) -> None:
    error = attempt.fails(
        customers=f"select id as customer_id, case id when '1' then '2024-05-01' else {value} end"
        " as delivery_date from read_csv('lines.csv', all_varchar = true)"
    )

    shown = value.strip("'")
    assert isinstance(error, WrongDeliveryDate)
    assert error.problem == (
        f"{attempt.select('customers')}: delivery_date is not a date in 1 of 2 rows, "
        f"as in this one: '{shown}'."
    )
    assert "strptime" in error.mend


def test_an_absent_delivery_date_is_not_a_date_either(attempt: Attempt) -> None:
    error = attempt.fails(customers="select 1 as customer_id, null as delivery_date")

    assert isinstance(error, WrongDeliveryDate)
    assert error.problem.endswith("in 1 of 1 rows, as in this one: empty.")


def test_no_row_at_all(attempt: Attempt) -> None:
    error = attempt.fails(
        customers="select id as customer_id from 'lines.csv' where false",
        products="select 1 as product_id, 2 as product_name, null as delivery_date limit 0",
    )

    assert isinstance(error, NothingToImport)
    assert error.problem == f"The SELECTs of 'mine' gave no row from {attempt.source}."


def test_a_workbook_without_its_reader_names_the_extra(
    attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    (attempt.source / "sales.xlsx").write_bytes(b"PK")

    def not_installed(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", not_installed)
    error = attempt.fails(customers="select id as customer_id from 'sales.xlsx'")

    assert isinstance(error, WorkbookUnreadable)
    assert "openpyxl, which reads it, is not installed" in error.problem
    assert "pip install 'shopwright[excel]'" in error.mend


def test_a_workbook_that_no_select_names_is_left_alone(attempt: Attempt) -> None:
    (attempt.source / "sales.xlsx").write_bytes(b"no workbook")
    attempt.select("customers").write_text("select id as customer_id from 'lines.csv'")

    summary = import_mapping(
        "mine", attempt.source, attempt.deliveries, user_mappings=attempt.mappings
    )

    assert summary.rows == {"customers": 2}


def test_a_damaged_workbook(attempt: Attempt) -> None:
    pytest.importorskip("openpyxl", reason="the extra `excel` is not installed")
    (attempt.source / "sales.xlsx").write_bytes(b"no workbook")

    error = attempt.fails(customers="select id as customer_id from 'sales.xlsx'")

    assert isinstance(error, WorkbookUnreadable)
    assert str(attempt.source.resolve() / "sales.xlsx") in error.problem


def test_a_sheet_with_two_columns_of_one_name(attempt: Attempt) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="the extra `excel` is not installed")
    book = openpyxl.Workbook()
    book.active.append(["id", "price", "price"])
    book.save(attempt.source / "sales.xlsx")

    error = attempt.fails(customers="select id as customer_id from 'sales.xlsx'")

    assert isinstance(error, WorkbookUnreadable)
    assert "sheet Sheet: two columns are named price." in error.problem


@pytest.mark.parametrize("table", ["'sale.xlsx'", "read_xlsx('sale.xlsx')"])
def test_a_workbook_that_is_not_there_or_read_otherwise(attempt: Attempt, table: str) -> None:
    (attempt.source / "sales.xlsx").write_bytes(b"no workbook")

    error = attempt.fails(customers=f"select id as customer_id from {table}")

    assert isinstance(error, BrokenSelect)
    assert "workbook is read as a table: from 'orders.xlsx'" in error.mend


def test_a_day_that_cannot_be_moved_leaves_the_old_one(
    attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt.select("customers").write_text("select 2 as customer_id, '2024-05-01' as delivery_date")
    rename = Path.rename

    def full_disk(path: Path, target: Path) -> Path:
        if path.parent.name == "days":
            raise OSError("no space left")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", full_disk)
    with pytest.raises(OSError, match="no space left"):
        import_mapping("mine", attempt.source, attempt.deliveries, user_mappings=attempt.mappings)

    kept = attempt.deliveries / "2024-05-01" / "customers.csv"
    assert [kept] == [path for path in attempt.deliveries.rglob("*") if path.is_file()]
    assert kept.read_text() == "customer_id\n1\n"
