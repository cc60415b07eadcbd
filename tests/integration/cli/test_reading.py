"""query and export on a published workspace, figure by figure."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from tests.integration.cli.conftest import shopwright

from shopwright.serving.analyses import analyses

NET = "select sum(net_amount) as net from warehouse.fact_sales"


def _query(workspace: Path, statement: str, *more: str) -> str:
    result = shopwright("query", "-w", workspace, "--sql", statement, *more)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("csv", "net\n15.5035\n"),
        ("json", '[\n  {"net": 15.5035}\n]\n'),
        ("markdown", "| net |\n| ---: |\n| 15.5035 |\n"),
    ],
)
def test_the_forms_of_an_answer(published: Path, form: str, text: str) -> None:
    assert _query(published, NET, "--format", form) == text


def test_the_table_for_people(published: Path) -> None:
    lines = _query(published, f"{NET};").splitlines()
    assert [lines[0].strip(), lines[2]] == ["net", "15.5035"]


def test_an_answer_without_rows_has_its_columns(published: Path) -> None:
    nothing = "select 1 as a, 'x' as b where false"
    assert _query(published, nothing, "--format", "csv") == "a,b\n"
    assert _query(published, nothing, "--format", "json") == "[]\n"


def test_parquet_keeps_decimals_dates_and_nulls(published: Path, tmp_path: Path) -> None:
    file = tmp_path / "answer.parquet"
    statement = """
        select business_date, net_amount, net_amount / 3 as third, null::text as nothing,
            '' as empty, net_amount < 0 as is_loss, order_count, now() as at
        from warehouse.agg_daily_sales order by business_date
    """
    assert _query(published, statement, "--format", "parquet", "--out", str(file)) == ""
    found = pl.read_parquet(file)
    assert found["net_amount"].to_list() == [Decimal("25.5035"), Decimal("-10.0000")]
    assert isinstance(found.schema["net_amount"], pl.Decimal)
    assert found.schema["net_amount"].scale == 4
    assert str(found["third"][0]).startswith("8.5011666")
    assert [str(day) for day in found["business_date"]] == ["2024-05-01", "2024-05-02"]
    assert found["nothing"].to_list() == [None, None]
    assert found["empty"].to_list() == ["", ""]
    assert found["is_loss"].to_list() == [False, True]
    assert found["order_count"].to_list() == [1 + 1, 0]
    assert str(found["at"].dtype.time_zone) == "UTC"  # type: ignore[attr-defined]


def test_a_failing_query_leaves_the_file_as_it_was(published: Path, tmp_path: Path) -> None:
    file = tmp_path / "answer.csv"
    file.write_text("before")
    statement = "select 1 / (2 - number) from generate_series(1, 5000) as number"
    result = shopwright(
        "query", "-w", published, "--sql", statement, "--format", "csv", "--out", file
    )
    assert result.exit_code == 1
    assert "Division by zero" in result.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["answer.csv"]
    assert file.read_text() == "before"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "select net_amont\nfrom warehouse.fact_sales",
            'Column "net_amont" does not exist.\nline 1: select net_amont\n               ^\n'
            'Perhaps you meant to reference the column "fact_sales.net_amount".\n',
        ),
        ("select 1,\n  from warehouse.fact_sales", "line 2:   from"),
        ("select * from warehouse.fact_sale", "are made by the first `shopwright run`"),
        ("select email from production.customers", "--as-owner asks as the owner"),
        ("create table x (y int)", "gives no rows"),
        ("update warehouse.fact_sales set quantity = 0 returning 1", "`query` only reads"),
        ("select 1; select 2", "one statement at a time"),
        ("", "gives no rows"),
    ],
)
def test_a_wrong_statement_ends_with_1(published: Path, statement: str, said: str) -> None:
    result = shopwright("query", "-w", published, "--sql", statement)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_the_owner_sees_personal_data_and_changes_nothing_either(published: Path) -> None:
    emails = "select count(email) as emails from production.customers"
    assert _query(published, emails, "--as-owner", "--format", "csv") == "emails\n2\n"
    change = "delete from production.customers returning 1"
    result = shopwright("query", "-w", published, "--sql", change, "--as-owner")
    assert result.exit_code == 1
    assert "use `shopwright psql`" in result.stderr


def test_a_query_that_takes_too_long_is_given_up(published: Path) -> None:
    slow = ["--sql", "select pg_sleep(30)", "--timeout", "0.2"]
    result = shopwright("query", "-w", published, *slow)
    assert result.exit_code == 1
    assert "--timeout SECONDS" in result.stderr


def test_export_writes_every_table_with_its_rows(published: Path) -> None:
    result = shopwright("export", "-w", published, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["folder"] == str(published / "exports" / "csv")
    rows = {one["table"]: one["rows"] for one in found["tables"]}
    assert (len(rows), rows["fact_sales"], rows["dim_customer"]) == (17 + len(analyses()), 3, 3)
    assert (rows["top_products"], rows["hour_of_week"]) == (2, 168)
    with (published / "exports" / "csv" / "fact_sales.csv").open(newline="") as stream:
        facts = list(csv.DictReader(stream))
    assert sum(Decimal(one["net_amount"]) for one in facts) == Decimal("15.5035")
    assert [one["is_return"] for one in facts] == ["false", "false", "true"]


def test_parquet_equals_csv(published: Path, tmp_path: Path) -> None:
    shopwright("export", "-w", published, "--out", tmp_path)
    result = shopwright("export", "-w", published, "--out", tmp_path, "--format", "parquet")
    count = 17 + len(analyses())
    assert f"Wrote {count} files to" in result.stdout
    assert len(list(tmp_path.iterdir())) == 2 * count + 1
    facts = pl.read_parquet(tmp_path / "fact_sales.parquet")
    assert facts["net_amount"].sum() == Decimal("15.5035")
    header = (tmp_path / "fact_sales.csv").read_text().split("\n")[0]
    assert facts.columns == header.split(",")
    assert facts["is_return"].to_list() == [False, False, True]


def test_a_named_analysis_with_a_parameter(published: Path) -> None:
    asked = ["top_products", "-w", published, "--format", "csv", "--param", "top=1"]
    result = shopwright("query", *asked)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("product_id,product_name,category,order_count,unit_count,net_amount")
    assert lines[1:] == ["P1,Mug,Unknown,1,1.0000,10.0000,,"]


def test_an_analysis_has_the_forms_that_sql_has(published: Path, tmp_path: Path) -> None:
    asked = ["monthly_trend", "-w", published, "--param", "last_day=2024-05-01"]
    found = json.loads(shopwright("query", *asked, "--format", "json").stdout)
    assert (found[0]["month_start_date"], found[0]["net_amount"]) == ("2024-05-01", 25.5035)
    file = tmp_path / "trend.parquet"
    shopwright("query", *asked, "--format", "parquet", "--out", file)
    assert pl.read_parquet(file)["order_count"].to_list() == [2]


def test_the_list_names_every_analysis_with_its_parameters() -> None:
    result = shopwright("query", "--list")
    assert result.exit_code == 0
    assert len([line for line in result.stdout.splitlines() if "One row per" in line]) >= 15
    assert "top=10" in result.stdout
