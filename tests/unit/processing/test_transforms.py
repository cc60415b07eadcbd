"""What is read from a transform's file, and what it reads instead."""

from pathlib import Path

from shopwright.processing.transforms import read_transform, transforms


def test_a_file_says_its_grain_how_it_is_written_and_what_it_reads(tmp_path: Path) -> None:
    file = tmp_path / "agg_day.sql"
    file.write_text(
        "-- One row per day.\n-- write: replace by date_key\n"
        "with sales as (select * from warehouse.fact_sales)\n"
        "select date_key, count(*) as item_count from sales\n"
        "inner join warehouse.dim_date using (date_key) group by date_key;\n"
    )
    transform = read_transform("warehouse", file)
    assert (transform.name, transform.grain) == ("warehouse.agg_day", "One row per day.")
    assert (transform.write, transform.by) == ("replace", "date_key")
    assert transform.reads == {("warehouse", "fact_sales"), ("warehouse", "dim_date")}
    assert transform.select.endswith("group by date_key")


def test_a_narrowed_select_reads_the_touched_rows_of_that_table_alone(tmp_path: Path) -> None:
    file = tmp_path / "fact.sql"
    file.write_text(
        "-- One row per line.\n-- write: replace\n"
        "select a.x from production.transactions as a, production.transactions_old as b,"
        " production.transaction_items as c"
    )
    narrowed = read_transform("warehouse", file).narrowed(
        {"production.transactions": "touched_transactions"}
    )
    assert "from touched_transactions as a" in narrowed
    assert "production.transactions_old as b" in narrowed
    assert "production.transaction_items as c" in narrowed


def test_every_layer_has_its_transforms_parents_first() -> None:
    production = [transform.table for transform in transforms("production")]
    for parent, child in [
        ("categories", "sub_categories"),
        ("sub_categories", "products"),
        ("locations", "customers"),
        ("customers", "transactions"),
        ("transactions", "transaction_items"),
        ("products", "transaction_items"),
    ]:
        assert production.index(parent) < production.index(child)
    warehouse = [transform.table for transform in transforms("warehouse")]
    assert warehouse.index("dim_product") < warehouse.index("fact_sales")
    assert warehouse.index("fact_sales") < warehouse.index("agg_daily_sales")
