"""The project: every file of it as text, compiled from the shop's metrics and pages."""

from dataclasses import dataclass

import psycopg

from shopwright.config import ShopSettings
from shopwright.serving.export import refuse_missing
from shopwright.visualization.definitions import pages, visuals
from shopwright.visualization.power_bi import tmdl
from shopwright.visualization.power_bi.model import semantic_model
from shopwright.visualization.power_bi.pbir import schema, to_json
from shopwright.visualization.power_bi.report import (
    Gap,
    page_files,
    pages_json,
    report_json,
    shown_visuals,
    version_json,
)
from shopwright.visualization.power_bi.selects import selects_of
from shopwright.visualization.power_bi.sources import Source
from shopwright.visualization.power_bi.theme import NAME, theme

PROJECT, REPORT, MODEL = "Shop.pbip", "Shop.Report", "Shop.SemanticModel"
PAGES = f"{REPORT}/definition/pages"
TABLES = f"{MODEL}/definition/tables"
EXPRESSIONS = f"{MODEL}/definition/expressions.tmdl"


@dataclass(frozen=True)
class Project:
    """The files of a project by their paths, and what the report does not show as the web does."""

    files: dict[str, str]
    gaps: tuple[Gap, ...]
    visual_count: int
    page_count: int
    measure_count: int


def project(shop: ShopSettings, connection: psycopg.Connection, source: Source) -> Project:
    """The project of a shop. The connection tells the types of what its analyses give.

    Raises NothingToExport where no warehouse was published yet.
    """
    refuse_missing(connection)
    selects = selects_of(list(visuals().values()), connection, shop.timezone)
    model = semantic_model(shop.name, shop.currency, visuals(), selects, source)
    files, gaps = page_files(list(pages().values()), model)
    order = list(dict.fromkeys(path.partition("/")[0] for path in files))
    texts = {f"{PAGES}/{path}": to_json(one) for path, one in files.items()}
    texts[f"{PAGES}/pages.json"] = to_json(pages_json(order))
    texts |= _report_files(shop.name) | _model_files(model, shop.name)
    measures = sum(len(one.measures) for one in model.tables)
    return Project(texts, tuple(gaps), shown_visuals(files), len(order), measures)


def _report_files(shop: str) -> dict[str, str]:
    pbip = {
        "$schema": schema("pbip/pbipProperties/1.0.0"),
        "version": "1.0",
        "artifacts": [{"report": {"path": REPORT}}],
        "settings": {"enableAutoRecovery": True},
    }
    pbir = {
        "$schema": schema("item/report/definitionProperties/2.0.0"),
        "version": "4.0",
        "datasetReference": {"byPath": {"path": f"../{MODEL}"}},
    }
    return {
        PROJECT: to_json(pbip),
        ".gitignore": "**/.pbi/localSettings.json\n**/.pbi/cache.abf\n",
        f"{REPORT}/.platform": _platform("Report", shop),
        f"{REPORT}/definition.pbir": to_json(pbir),
        f"{REPORT}/definition/version.json": to_json(version_json()),
        f"{REPORT}/definition/report.json": to_json(report_json()),
        f"{REPORT}/StaticResources/RegisteredResources/{NAME}": to_json(theme()),
    }


def _platform(kind: str, shop: str) -> str:
    return to_json(
        {
            "$schema": schema("gitIntegration/platformProperties/2.0.0"),
            "metadata": {"type": kind, "displayName": shop},
            "config": {"version": "2.0", "logicalId": tmdl.identifier(f"{shop}/{kind}")},
        }
    )


def _model_files(model: tmdl.Model, shop: str) -> dict[str, str]:
    pbism = {
        "$schema": schema("item/semanticModel/definitionProperties/1.0.0"),
        "version": "4.2",
        "settings": {},
    }
    definition = f"{MODEL}/definition"
    return {
        f"{MODEL}/.platform": _platform("SemanticModel", shop),
        f"{MODEL}/definition.pbism": to_json(pbism),
        f"{definition}/database.tmdl": tmdl.database_tmdl(model),
        f"{definition}/model.tmdl": tmdl.model_tmdl([one.name for one in model.tables]),
        f"{definition}/expressions.tmdl": tmdl.expressions_tmdl(model.parameters),
        f"{definition}/relationships.tmdl": tmdl.relationships_tmdl(model.relationships),
        **{f"{TABLES}/{one.name}.tmdl": tmdl.table_tmdl(one) for one in model.tables},
    }
