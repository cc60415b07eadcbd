"""What a monitor reads: /healthz and /metrics, and the alerts on the page of the pipeline."""

from contextlib import closing

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient
from tests.integration.visualization.conftest import Shown
from tests.shop import Shop, customer, item, product, sale

from shopwright.config import AlertSettings, ShopSettings
from shopwright.orchestration.alerting import check_alerts
from shopwright.visualization.dashboard import Dashboard
from shopwright.visualization.warehouse import Warehouse
from shopwright.visualization.web.security import Access
from shopwright.visualization.web.server import application

TOKEN = "a-token-of-the-tests"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scraped(client: TestClient) -> Samples:
    """The samples, read as Prometheus does."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[f"shopwright_{name}", frozenset(labels.items())]


def test_the_metrics_are_what_is_on_record(shown: Shown) -> None:
    found = scraped(shown.client)
    assert value(found, "up") == 1
    assert value(found, "run_outcome", outcome="published") == 1
    assert value(found, "run_outcome", outcome="failed") == 0
    for table, accepted in shown.shop.rows(
        "select table_name, sum(accepted_count) from ops.delivery_tables group by 1"
    ):
        assert value(found, "rows_total", table=table, outcome="accepted") == accepted
    score = (
        "select 1 - sum(set_aside_count + warned_count) / sum(row_count) from quality.scores"
        " where table_name = 'transactions' and dimension = 'all'"
    )
    expected = float(shown.shop.value(score))
    assert value(found, "quality_score", table="transactions", dimension="all") == pytest.approx(
        expected
    )
    assert value(found, "database_bytes") > 1_000_000
    assert 0 <= value(found, "published_age_seconds") <= value(found, "run_age_seconds") < 3600
    assert value(found, "run_peak_memory_bytes") > 10_000_000


def test_requests_are_counted_and_timed_whoever_asks_for_what(shown: Shown) -> None:
    client = TestClient(
        application(shown.dashboard, Access()), base_url="http://localhost",
        raise_server_exceptions=False,
    )  # fmt: skip
    for path in ("/api/pages/pipeline", "/api/pages/nothing", "/api/pages/nothing", "/x1", "/x2"):
        client.get(path)
    client.get("/", headers={"host": "elsewhere.example"})
    found = scraped(client)
    assert value(found, "http_requests_total", address="/api/pages", status="200") == 1
    assert value(found, "http_requests_total", address="/api/pages", status="404") == 2
    assert value(found, "http_requests_total", address="other", status="404") == 2
    assert value(found, "http_requests_total", address="/", status="403") == 1
    assert value(found, "http_request_seconds_count", address="/api/pages") == 3
    assert value(found, "http_request_seconds_sum", address="/api/pages") > 0


def test_metrics_want_the_token_and_health_does_not(shown: Shown) -> None:
    client = TestClient(application(shown.dashboard, Access(TOKEN)), base_url="http://shop.example")
    assert client.get("/metrics").status_code == 403
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert "shopwright_up 1.0" in client.get("/metrics", headers=bearer).text
    assert client.get("/healthz").json() == {"status": "ok", "is_ready": True}


def test_rows_set_aside_and_alerts_show(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01",
        customers=[customer("", first_name="Grace")],
        products=[product()],
        transactions=[sale()],
        transaction_items=[item(), item("I2", "T404")],
    )
    shop.run()
    with closing(Warehouse(shop.database)) as warehouse:
        dashboard = Dashboard(warehouse, ShopSettings())
        assert warehouse.wait(60)
        client = TestClient(application(dashboard, Access()), base_url="http://localhost")

        def needs_a_look() -> list[list[object]]:
            visuals = client.get("/api/pages/pipeline").json()["visuals"]
            rows: list[list[object]] = visuals["pipeline.alerts"]["rows"]
            return rows

        assert needs_a_look() == []
        settings = shop.workspace.settings.model_copy(
            update={"alerts": AlertSettings(least_free_bytes=10**18)}
        )
        object.__setattr__(shop.workspace, "settings", settings)
        check_alerts(shop.workspace, shop.database)
        [[_, state, kind, message, command, rows]] = needs_a_look()
        assert (state, kind, rows) == ("open", "disk nearly full", None)
        assert "least_free_bytes" in str(message)
        assert command == "shopwright alerts check"
        found = scraped(client)
        assert value(found, "alerts_open", kind="disk nearly full") == 1
        assert value(found, "open_rejections", table="customers", status="rejected") == 1
        assert value(found, "open_rejections", table="transaction_items", status="waiting") == 1


def test_without_a_database_health_and_metrics_say_so(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01", products=[product()], transactions=[sale()], transaction_items=[item()]
    )
    shop.run()
    warehouse = Warehouse(shop.database)
    dashboard = Dashboard(warehouse, ShopSettings())
    assert warehouse.wait(60)
    client = TestClient(
        application(dashboard, Access()), base_url="http://localhost",
        raise_server_exceptions=False,
    )  # fmt: skip
    warehouse.close()
    health = client.get("/healthz")
    assert (health.status_code, health.json()) == (503, {"status": "the database does not answer"})
    found = scraped(client)
    assert value(found, "up") == 0
    assert value(found, "http_requests_total", address="/healthz", status="503") == 1
