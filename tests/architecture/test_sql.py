"""The SQL holds to its rules: one SELECT a file, folder = schema, layers read their neighbour."""

import re
from importlib.resources import files
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

import shopwright
from shopwright.ingestion.contract import contract
from shopwright.ingestion.staging_tables import LOCATED
from shopwright.processing.examination import claims
from shopwright.processing.rules import CONFLICT, DIMENSIONS, package_rules
from shopwright.processing.transforms import LAYERS, Transform, transforms
from shopwright.processing.watching import watches
from shopwright.processing.writing import Target
from shopwright.storage.tables import metadata

PROCESSING = Path(str(files("shopwright.processing")))
SOURCES = Path(shopwright.__file__).parent / "ingestion" / "sources"
ALL = [transform for layer in LAYERS for transform in transforms(layer)]
MAY_READ = {
    "checked": {"staging", "checked", "production"},  # production: what is known already
    "production": {"checked", "production"},
    "warehouse": {"production", "warehouse"},
    "watch": {"checked", "production", "warehouse"},
    "claims": {"checked", "production", "warehouse", "ops", "quality"},
}
each_transform = pytest.mark.parametrize("transform", ALL, ids=lambda one: one.name)
each_file = pytest.mark.parametrize(
    "file", sorted(PROCESSING.rglob("*.sql")), ids=lambda file: f"{file.parent.name}/{file.stem}"
)


def parsed(text: str, dialect: str = "postgres") -> exp.Query:
    """A SELECT's tree."""
    statement = sqlglot.parse_one(text, read=dialect)
    assert isinstance(statement, exp.Query)
    return statement


def tables_read(statement: exp.Expr) -> set[tuple[str, str]]:
    """Schema and name of every table that a SELECT reads.

    By scope: a CTE with the name of a table must not hide the read of that table elsewhere.
    """
    return {
        (source.db, source.name)
        for scope in traverse_scope(statement)
        for source in scope.sources.values()
        if isinstance(source, exp.Table)
    }


@each_file
def test_a_file_is_one_select_without_templating(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    (statement,) = sqlglot.parse(text, read="postgres")
    assert isinstance(statement, exp.Select | exp.SetOperation)
    assert not re.search(r"\{\{|\{%|%\(|\$\{", text)


@each_file
def test_a_file_lies_in_a_layer_and_its_first_line_says_what_a_row_is(file: Path) -> None:
    layer = file.parent.name
    assert layer in MAY_READ
    first, second, *_ = file.read_text(encoding="utf-8").splitlines()
    if layer == "watch":
        assert re.fullmatch(r"-- of: (each table|\w+), (\w+), each an? (\w+)", second)
    if layer in ("claims", "watch"):
        assert re.fullmatch(r"-- [A-Z].*\.", first)
    else:
        assert re.fullmatch(r"-- One row per .+\.", first)
        assert second.startswith("-- write: ") == (layer != "checked")


def test_folder_is_schema_and_file_is_table() -> None:
    for schema in ("production", "warehouse"):
        tables = {table.name for table in metadata.tables.values() if table.schema == schema}
        assert tables == {transform.table for transform in transforms(schema)}, schema
    assert {transform.table for transform in transforms("checked")} == contract().keys()


@each_transform
def test_what_a_select_reads_is_what_a_full_parse_finds(transform: Transform) -> None:
    assert transform.reads == tables_read(parsed(transform.select))


@each_transform
def test_a_layer_reads_itself_and_the_one_before(transform: Transform) -> None:
    schemas = {schema for schema, _ in transform.reads}
    assert schemas <= MAY_READ[transform.schema]
    assert "" not in schemas
    assert (transform.schema, transform.table) not in transform.reads


@each_transform
def test_a_table_that_is_read_exists(transform: Transform) -> None:
    known = {(str(table.schema), table.name) for table in metadata.tables.values()}
    known |= {("checked", table) for table in contract()}
    known |= {("staging", f"{LOCATED}{table}") for table in contract()}
    assert transform.reads <= known


def test_a_layer_is_ordered_by_what_its_tables_read() -> None:
    for layer in LAYERS:
        done: set[tuple[str, str]] = set()
        for transform in transforms(layer):
            assert {name for name in transform.reads if name[0] == layer} <= done, transform.name
            done.add((layer, transform.table))


def test_a_cte_named_like_a_table_does_not_hide_its_read() -> None:
    text = """
        with transactions as (select * from warehouse.fact_sales)
        select * from transactions cross join (select 1 from production.transactions) as other
    """
    assert tables_read(sqlglot.parse_one(text, read="postgres")) == {
        ("warehouse", "fact_sales"), ("production", "transactions")
    }  # fmt: skip


@pytest.mark.parametrize("name", claims())
def test_a_claim_reads_what_is_about_to_be_published(name: str) -> None:
    read = tables_read(sqlglot.parse_one(claims()[name], read="postgres"))
    assert read
    assert {schema for schema, _ in read} <= MAY_READ["claims"]
    known = metadata.tables.keys() | {f"checked.{table}" for table in contract()}
    assert {f"{schema}.{table}" for schema, table in read} <= known


@pytest.mark.parametrize(
    "transform", [one for one in ALL if one.schema != "checked"], ids=lambda one: one.name
)
def test_the_columns_are_those_of_the_table_but_its_surrogate_key(transform: Transform) -> None:
    statement = parsed(transform.select)
    assert sorted(statement.named_selects) == sorted(Target.of(transform).columns)


@pytest.mark.parametrize("transform", transforms("checked"), ids=lambda one: one.name)
def test_a_rule_refers_to_columns_of_its_select_alone(transform: Transform) -> None:
    columns = set(parsed(transform.select).named_selects)
    for rule in package_rules(transform.table):
        predicate = sqlglot.parse_one(rule.predicate, read="postgres", into=exp.Condition)
        named = {column.name for column in predicate.find_all(exp.Column)}
        assert named, rule.name
        assert named <= columns, rule.name
        assert not list(predicate.find_all(exp.Subquery)), rule.name


@pytest.mark.parametrize("transform", transforms("checked"), ids=lambda one: one.name)
def test_every_column_of_the_contract_is_checked(transform: Transform) -> None:
    read = {
        column.name
        for column in sqlglot.parse_one(transform.select, read="postgres").find_all(exp.Column)
    }
    assert contract()[transform.table].columns.keys() <= read


@pytest.mark.parametrize("table", contract())
def test_rules_have_names_of_their_own_and_one_of_six_dimensions(table: str) -> None:
    names = [rule.name for rule in (*package_rules(table), CONFLICT)]
    assert len(set(names)) == len(names)
    watched = [one for one in watches() if one.table == table]
    assert not {one.name for one in watched} & set(names)
    assert {one.dimension for one in watched} <= set(DIMENSIONS)
    for rule in (*package_rules(table), CONFLICT):
        assert rule.dimension in DIMENSIONS
        assert rule.severity in ("reject", "wait", "warn")
        assert re.fullmatch(r"[A-Z].*\.", rule.sentence, re.DOTALL), rule.name
        assert re.fullmatch(r"[a-z][a-z0-9_]+", rule.name)
    assert len(DIMENSIONS) == 6


SELECTS = (
    {transform.name: transform.select for transform in ALL}
    | {f"claims.{name}": text for name, text in claims().items()}
    | {f"watch.{one.name}": one.select for one in watches()}
)


@pytest.mark.parametrize("name", SELECTS)
def test_a_select_transpiles_to_spark_and_parses_there(name: str) -> None:
    (text,) = sqlglot.transpile(
        SELECTS[name], read="postgres", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    there, here = parsed(text, "spark"), parsed(SELECTS[name])
    assert there.named_selects == here.named_selects
    assert tables_read(there) == tables_read(here)


@pytest.mark.parametrize("table", contract())
def test_a_rule_transpiles_to_spark(table: str) -> None:
    for rule in package_rules(table):
        (text,) = sqlglot.transpile(
            f"select 1 where {rule.predicate}", read="postgres", write="spark",
            unsupported_level=sqlglot.ErrorLevel.RAISE,
        )  # fmt: skip
        assert sqlglot.parse_one(text, read="spark") is not None


@pytest.mark.parametrize("file", sorted(SOURCES.rglob("*.sql")), ids=lambda file: file.stem)
def test_an_import_mapping_is_one_select_of_duckdb(file: Path) -> None:
    (statement,) = sqlglot.parse(file.read_text(encoding="utf-8"), read="duckdb")
    assert isinstance(statement, exp.Select | exp.SetOperation)
