"""An extract against PostgreSQL: every metric by year, month, category and country."""

from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import psycopg
import pytest
from tests.tableau import formulas_of, hyper_select

from shopwright.config import ShopSettings
from shopwright.serving.semantic import answer
from shopwright.serving.semantic.catalog import metrics
from shopwright.visualization.tableau.connections import EXTRACT_FILE, ExtractConnection
from shopwright.visualization.tableau.package import WORKBOOK, build

GROUPINGS = {
    "year": "date_trunc('year', \"day\")",
    "month": "date_trunc('month', \"day\")",
    "category": '"category"',
    "shipping_country": '"shipping_country"',
}
"""By the dimension's name, what it is in the extract."""

ROUNDING = Decimal("1e-7")
"""A ratio has eight places in PostgreSQL, and Hyper computes it as a floating point number."""


def check_extract(connection: psycopg.Connection, folder: Path, currency: str = "EUR") -> int:
    """Builds a workbook and computes its formulas on its extract by Hyper's own SQL. Gives how
    many figures were compared. Skips where the package is not installed."""
    pytest.importorskip("tableauhyperapi", reason="the extra `tableau` (292 MB) is not installed")
    build(connection, ShopSettings(currency=currency), folder, ExtractConnection())
    formulas = formulas_of(ET.parse(folder / WORKBOOK).getroot())
    compared = 0
    selects = [
        hyper_select(formulas, [f"Calculation_{one}" for one in _metrics(by)], grouping)
        for by, grouping in GROUPINGS.items()
    ]
    for by, rows in zip(GROUPINGS, hyper_rows(folder / EXTRACT_FILE, *selects), strict=True):
        names, found = _metrics(by), {_key(row[0]): row[1:] for row in rows}
        expected = {row[0]: row[1:] for row in answer(connection, names, [by]).rows}
        assert expected
        assert found.keys() == {str(key) for key in expected}
        for key, figures in expected.items():
            for name, figure, other in zip(names, figures, found[str(key)], strict=True):
                assert _are_equal(figure, other), (by, key, name, figure, other)
                compared += 1
    return compared


def _metrics(by: str) -> list[str]:
    """Shipping belongs to an order and to no category."""
    return [one for one in metrics() if by != "category" or one != "shipping"]


def hyper_rows(extract: Path, *selects: str) -> list[list[list[Any]]]:
    """What Hyper's own SQL gives, SELECT by SELECT."""
    from tableauhyperapi import Connection, HyperProcess, Telemetry

    with (
        HyperProcess(
            Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}
        ) as hyper,
        Connection(hyper.endpoint, extract) as connection,
    ):
        return [connection.execute_list_query(one) for one in selects]


def _key(value: Any) -> str:
    """A day as PostgreSQL's; a text as it is."""
    if hasattr(value, "to_datetime"):
        return str(value.to_datetime().date())
    return str(value.to_date()) if hasattr(value, "to_date") else str(value)


def _are_equal(figure: Any, other: Any) -> bool:
    """Sums and counts to the last digit."""
    if figure is None or other is None:
        return figure is other
    if isinstance(other, float):
        return bool(abs(Decimal(other) - figure) <= ROUNDING * max(1, abs(figure)))
    return bool(Decimal(other) == figure)
