"""The metrics in other tools' formats: accepted by MetricFlow's own validator and by the rules of
Ossie 0.1.1, and read back from the files alone they give the figures that Shopwright gives."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml
from sqlglot import exp
from tests.integration.serving.conftest import PublishedShop
from typer.testing import CliRunner

from shopwright.cli import app
from shopwright.config.workspace import Workspace
from shopwright.serving.export import FolderUnusable
from shopwright.serving.interchange.export import export_semantics
from shopwright.serving.semantic import answer
from shopwright.serving.semantic.catalog import forms, metrics

UNSAID = {"repeat_customers", "repeat_rate"}
GROUPINGS = {"month": "date_trunc('month', {day})::date", "category": "{category}",
             "payment_method": "{payment_method}"}  # fmt: skip


@dataclass(frozen=True)
class Files:
    """What `shopwright semantic` wrote."""

    folder: Path
    metricflow: dict[str, Any]
    ossie: dict[str, Any]

    @property
    def model(self) -> dict[str, Any]:
        """The one model of the Ossie document."""
        (model,) = self.ossie["semantic_model"]
        return dict(model)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Written once; they need no database."""
    folder = tmp_path_factory.mktemp("semantics")
    export_semantics(folder, "shop")
    return Files(
        folder,
        yaml.safe_load((folder / "metricflow" / "models" / "metrics.yml").read_text()),
        json.loads((folder / "ossie" / "shopwright.osi.json").read_text()),
    )


def test_every_metric_is_written_or_told(tmp_path: Path, files: Files) -> None:
    exported = export_semantics(tmp_path, "shop")
    told = {one.metric for one in exported.not_expressed}
    assert told - {one for one in told if one.startswith("*")} == UNSAID
    flow = {one["name"] for one in files.metricflow["metrics"]}
    ossie = {one["name"] for one in files.model["metrics"]}
    assert ossie == set(metrics()) - UNSAID
    assert flow >= set(metrics()) - UNSAID
    for form in forms():
        is_written = f"net_{form}" in flow
        in_flow = {one.metric for one in exported.not_expressed if one.format == "MetricFlow"}
        assert is_written != (f"*_{form}" in in_flow)


def test_two_exports_are_the_same(tmp_path: Path, files: Files) -> None:
    export_semantics(tmp_path, "shop")
    for file in files.folder.rglob("*"):
        if file.is_file():
            assert (tmp_path / file.relative_to(files.folder)).read_bytes() == file.read_bytes()
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FolderUnusable):
        export_semantics(tmp_path / "file", "shop")


# MetricFlow


def validated(content: Mapping[str, Any]) -> list[str]:
    """What dbt's own package says against semantic models and metrics.

    It reads a document each, and knows a table where a dbt project writes ref().
    """
    parsing = pytest.importorskip("dbt_semantic_interfaces.parsing.dir_to_model")
    from dbt_semantic_interfaces.parsing.objects import YamlConfigFile
    from dbt_semantic_interfaces.validations.semantic_manifest_validator import (
        SemanticManifestValidator,
    )
    from dbt_semantic_interfaces.validations.validator_helpers import (
        SemanticManifestValidationException,
    )

    documents: list[dict[str, Any]] = [
        {"project_configuration": {"time_spines": [{
            "node_relation": {"schema_name": "analytics", "alias": "metricflow_time_spine"},
            "primary_column": {"name": "date_day", "time_granularity": "day"},
        }]}}
    ]  # fmt: skip
    for model in content["semantic_models"]:
        table = {"schema_name": "analytics", "alias": model["model"][5:-2]}
        plain = {key: value for key, value in model.items() if key != "model"}
        documents.append({"semantic_model": {**plain, "node_relation": table}})
    documents += [{"metric": one} for one in content["metrics"]]
    text = yaml.safe_dump_all(documents, sort_keys=False)
    file = YamlConfigFile(filepath="metrics.yml", contents=text)
    try:
        built = parsing.parse_yaml_files_to_validation_ready_semantic_manifest([file])
    except SemanticManifestValidationException as error:
        return [str(error)]
    results = SemanticManifestValidator().validate_semantic_manifest(built.semantic_manifest)
    return [one.as_readable_str() for one in (*built.issues.errors, *results.errors)]


def test_metricflows_validator_accepts_it(files: Files) -> None:
    assert validated(files.metricflow) == []
    assert len(files.metricflow["metrics"]) > 4 * (len(metrics()) - len(UNSAID))


def test_metricflows_validator_finds_damages(files: Files) -> None:
    for damage in ("measure", "metric", "dimension"):
        content = copy.deepcopy(files.metricflow)
        kept = ("net", "profit", "cost", "margin_rate", "margin_rate_denominator")
        content["metrics"] = [one for one in content["metrics"] if one["name"] in kept]
        assert validated(content) == []
        by_name = {one["name"]: one for one in content["metrics"]}
        if damage == "measure":
            by_name["net"]["type_params"]["measure"]["name"] = "nett"
        elif damage == "metric":
            by_name["margin_rate"]["type_params"]["numerator"]["name"] = "profits"
        else:
            content["semantic_models"][0]["dimensions"][1]["name"] = "business_date"
        assert validated(content), damage


def flow_sql(files: Files, name: str) -> str:
    """A metric of MetricFlow's as SQL over the model, from the YAML alone."""
    (model,) = files.metricflow["semantic_models"]
    measures = {one["name"]: one for one in model["measures"]}
    by_name = {one["name"]: one for one in files.metricflow["metrics"]}
    one = by_name[name]
    given = one["type_params"]
    if one["type"] == "simple":
        measure = measures[given["measure"]["name"]]
        nothing = given["measure"]["fill_nulls_with"]
        aggregated = {"sum": "sum({})", "count_distinct": "count(distinct {})"}[measure["agg"]]
        return f"coalesce({aggregated.format(measure['expr'])}, {nothing})"
    if one["type"] == "ratio":
        top = flow_sql(files, given["numerator"]["name"])
        bottom = flow_sql(files, given["denominator"]["name"])
        return f"(cast({top} as numeric) / nullif({bottom}, 0))"
    assert one["type"] == "derived"
    text = f" {given['expr']} "
    for part in given["metrics"]:
        text = text.replace(part["name"], f"({flow_sql(files, part['name'])})", 1)
    return f"({text})"


@pytest.mark.parametrize("by", GROUPINGS)
def test_metricflows_metrics_give_our_figures(files: Files, sold: PublishedShop, by: str) -> None:
    lines = (files.folder / "metricflow" / "models" / "sales_lines.sql").read_text()
    grouping = GROUPINGS[by].format(day="day", category="category", payment_method="payment_method")
    check(sold, by, lambda name: flow_sql(files, name), grouping, f"({lines}) as lines")


def check(sold: PublishedShop, by: str, sql_of: Any, grouping: str, source: str) -> None:
    """Every metric by a dimension, from what a file says and from Shopwright."""
    names = [one for one in metrics() if one not in UNSAID and (by != "category"
             or one != "shipping")]  # fmt: skip
    shown = ", ".join(f"{sql_of(name)} as {name}" for name in names)
    found = {
        key: figures
        for key, *figures in sold.connection.execute(
            f"select {grouping}, {shown} from {source} group by 1"  # type: ignore[arg-type]
        )
    }
    expected = {key: figures for key, *figures in answer(sold.connection, names, [by]).rows}
    assert found.keys() == expected.keys()
    assert len(found) > 2
    for key, figures in expected.items():
        for name, figure, other in zip(names, figures, found[key], strict=True):
            if figure is None or other is None:
                assert figure is other, (key, name, figure, other)
            else:
                assert abs(Decimal(figure) - Decimal(other)) < Decimal("1e-8"), (key, name)


# Apache Ossie, formerly Open Semantic Interchange

RULES: dict[str, tuple[set[str], set[str]]] = {
    "document": ({"version", "semantic_model"}, set()),
    "model": ({"name", "datasets"},
              {"description", "ai_context", "relationships", "metrics", "custom_extensions"}),
    "dataset": ({"name", "source"}, {"primary_key", "unique_keys", "description", "ai_context",
                                     "fields", "custom_extensions"}),
    "field": ({"name", "expression"}, {"dimension", "label", "description", "ai_context",
                                       "custom_extensions"}),
    "relationship": ({"name", "from", "to", "from_columns", "to_columns"},
                     {"ai_context", "custom_extensions"}),
    "metric": ({"name", "expression"}, {"description", "ai_context", "custom_extensions"}),
}  # fmt: skip
"""What the format's published schema wants and allows of each kind of object."""


def ossie_faults(document: Mapping[str, Any]) -> list[str]:
    """What breaks the format's rules, or names what is not there."""
    faults = _keys("document", document)
    if document["version"] != "0.1.1":
        faults.append(f"version {document['version']}")
    for model in document["semantic_model"]:
        faults += _keys("model", model)
        columns = {}
        for dataset in model["datasets"]:
            faults += _keys("dataset", dataset)
            names = [one["name"] for one in dataset["fields"]]
            columns[dataset["name"]] = set(names)
            if len(names) != len(set(names)):
                faults.append(f"two fields of one name in {dataset['name']}")
            if not set(dataset["primary_key"]) <= set(names):
                faults.append(f"the key of {dataset['name']} is no field")
            if dataset["source"].count(".") != 2:
                faults.append(f"{dataset['source']} is not database.schema.table")
            for field in dataset["fields"]:
                faults += _keys("field", field)
                faults += _expression(field["expression"], {dataset["name"]: set(names)})
        for one in model["relationships"]:
            faults += _keys("relationship", one)
            for side in ("from", "to"):
                if not set(one[f"{side}_columns"]) <= columns.get(one[side], set()):
                    faults.append(f"{one['name']}: {side} is not there")
        for kind in ("datasets", "relationships", "metrics"):
            named = [one["name"] for one in model[kind]]
            if len(named) != len(set(named)):
                faults.append(f"two {kind} of one name")
        for metric in model["metrics"]:
            faults += _keys("metric", metric)
            faults += _expression(metric["expression"], columns)
    return faults


def _keys(kind: str, one: Mapping[str, Any]) -> list[str]:
    needed, allowed = RULES[kind]
    name = one.get("name", "?")
    lacking = [f"{kind} {name} lacks {key}" for key in sorted(needed - one.keys())]
    return lacking + [f"{kind} {name} has {key}" for key in sorted(one.keys() - needed - allowed)]


def _expression(given: Mapping[str, Any], columns: Mapping[str, set[str]]) -> list[str]:
    (dialect,) = given["dialects"]
    if set(given) != {"dialects"} or set(dialect) != {"dialect", "expression"}:
        return [f"an expression has {sorted(given)}, {sorted(dialect)}"]
    if dialect["dialect"] != "ANSI_SQL":
        return [f"the dialect {dialect['dialect']}"]
    tree = sqlglot.parse_one(dialect["expression"], read="postgres")
    return [
        f"{column.sql()} is not there"
        for column in tree.find_all(exp.Column)
        if column.name not in columns.get(column.table or next(iter(columns)), set())
    ]


def test_the_ossie_document_keeps_the_formats_rules(files: Files) -> None:
    assert ossie_faults(files.ossie) == []
    assert {one["name"] for one in files.model["datasets"]} >= {"fact_sales", "dim_customer"}


@pytest.mark.parametrize(
    "damage", ["version", "a key more", "a key less", "a column", "a relationship", "a name twice"]
)
def test_damages_of_an_ossie_document_are_found(files: Files, damage: str) -> None:
    document = json.loads(json.dumps(files.ossie))
    (model,) = document["semantic_model"]
    if damage == "version":
        document["version"] = "1.0"
    elif damage == "a key more":
        model["metrics"][0]["format"] = "integer"
    elif damage == "a key less":
        del model["datasets"][0]["source"]
        model["datasets"][0]["source"] = "fact_sales"
    elif damage == "a column":
        text = model["metrics"][3]["expression"]["dialects"][0]
        text["expression"] = text["expression"].replace("fact_sales.", "fact_sale.")
    elif damage == "a relationship":
        model["relationships"][0]["to_columns"] = ["id"]
    else:
        model["metrics"].append(model["metrics"][0])
    assert ossie_faults(document)


def ossie_source(model: Mapping[str, Any]) -> str:
    """The star joined by the document's own relationships, from the sales on."""
    text, joined = "warehouse.fact_sales", {"fact_sales"}
    for one in model["relationships"]:
        if one["from"] in joined and one["to"] not in joined:
            text += (
                f" left join warehouse.{one['to']} on {one['from']}.{one['from_columns'][0]}"
                f" = {one['to']}.{one['to_columns'][0]}"
            )
            joined.add(one["to"])
    return text


@pytest.mark.parametrize("by", GROUPINGS)
def test_ossies_metrics_give_our_figures(files: Files, sold: PublishedShop, by: str) -> None:
    expressions = {
        one["name"]: one["expression"]["dialects"][0]["expression"]
        for one in files.model["metrics"]
    }
    # An order's shipping belongs to fact_orders, where a join with its lines would repeat it.
    expressions["shipping"] = (
        "(sum(fact_orders.shipping_amount / fact_orders.item_count))::numeric(24, 4)"
    )
    grouping = GROUPINGS[by].format(
        day="dim_date.full_date", category="dim_product.category",
        payment_method="dim_payment_method.payment_method",
    )  # fmt: skip
    check(sold, by, expressions.__getitem__, grouping, ossie_source(files.model))


def test_the_command_tells_what_it_wrote_and_what_not(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "shop")
    result = CliRunner().invoke(
        app, ["semantic", str(tmp_path / "out"), "-w", str(made.folder)]
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "ossie/shopwright.osi.json" in result.stdout
    assert "repeat_rate" in result.stdout
    document = json.loads((tmp_path / "out" / "ossie" / "shopwright.osi.json").read_text())
    sources = [one["source"] for one in document["semantic_model"][0]["datasets"]]
    assert sources[0] == "shopwright.warehouse.fact_sales"
