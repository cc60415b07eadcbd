"""What Prometheus reads at /metrics: how the pipeline fares, and how the server answers."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from psycopg_pool import PoolTimeout
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shopwright import __version__
from shopwright.visualization.warehouse import Warehouse

EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ADDRESSES = ("/api/dashboard", "/api/pages", "/api/visuals", "/static", "/healthz", "/metrics")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

_RUN = """
    select outcome, extract(epoch from started_at), extract(epoch from now() - started_at),
        extract(epoch from finished_at - started_at), peak_memory_bytes
    from ops.runs order by run_id desc limit 1
"""
_FRESHNESS = """
    select extract(epoch from now() - max(published_at)),
        extract(epoch from now() - cast(max(delivery_date) as timestamp with time zone)),
        pg_database_size(current_database())
    from ops.deliveries
"""
_ROWS = """
    select table_name, outcome, sum(counted)
    from ops.delivery_tables
    cross join lateral (values
        ('accepted', accepted_count), ('duplicate', duplicate_count), ('rejected', rejected_count),
        ('waiting', waiting_count), ('malformed', malformed_count)
    ) as counts (outcome, counted)
    group by table_name, outcome order by table_name, outcome
"""
_SCORES = """
    select table_name, dimension,
        sum(row_count - set_aside_count - warned_count) / sum(row_count)
    from quality.scores
    inner join (select max(run_id) as run_id from ops.deliveries) as newest using (run_id)
    group by table_name, dimension order by table_name, dimension
"""
_OPEN = "select table_name, status, row_count from ops.open_rejections order by table_name, status"
_ALERTS = """
    select kind, count(*) from ops.alerts where state = 'open' group by kind order by kind
"""
_OUTCOMES = ("running", "published", "nothing to do", "failed", "interrupted")


class RequestMetrics:
    """How many requests came and how long they took, since the server started."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._count = Counter(
            "shopwright_http_requests", "Requests answered", ["address", "status"],
            registry=self.registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "shopwright_http_request_seconds", "Time from a request to the end of its answer",
            ["address"], registry=self.registry, buckets=_SECONDS,
        )  # fmt: skip

    def add(self, path: str, status: int, seconds: float) -> None:
        """Counts a request. Its address is one of a few, whatever somebody asked for."""
        address = path if path == "/" else next(filter(path.startswith, _ADDRESSES), "other")
        self._count.labels(address, str(status)).inc()
        self._seconds.labels(address).observe(seconds)


class MeasuredRequests:
    """Counts and times every request, refused ones too."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        """Stands before `app`."""
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, started = 500, time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._metrics.add(scope["path"], status, time.perf_counter() - started)


def exposition(warehouse: Warehouse, requests: RequestMetrics) -> bytes:
    """All metrics in Prometheus' text format, those of the pipeline as they are now.

    Without a database there is `shopwright_up` 0, and how the server answers.
    """
    registry = CollectorRegistry()
    registry.register(_Pipeline(warehouse))
    return generate_latest(registry) + generate_latest(requests.registry)


class _Pipeline:
    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def describe(self) -> Sequence[Metric]:
        """Nothing is read before it is asked for."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Reads the records."""
        try:
            with self._warehouse.reading() as connection:
                found = list(_families(connection))
        except (psycopg.Error, PoolTimeout):
            found = []
        yield GaugeMetricFamily("shopwright_up", "1 if the database answers", float(bool(found)))
        yield from found


def _families(connection: psycopg.Connection) -> Iterator[Metric]:
    yield _labelled("shopwright_info", "Versions", ["version", "postgresql"], [
        (__version__, str(connection.info.server_version // 10_000), 1)
    ])  # fmt: skip
    yield from _newest_run(connection)
    published, business_day, size = _row(connection, _FRESHNESS)
    yield _gauge("shopwright_published_age_seconds", "Since something was published", published)
    yield _gauge(
        "shopwright_delivery_age_seconds", "Since the newest delivery's day began", business_day
    )
    yield _gauge("shopwright_database_bytes", "Size of the database", size)
    rows = CounterMetricFamily(
        "shopwright_rows", "Rows delivered, by what became of them", labels=["table", "outcome"]
    )
    for *labels, value in connection.execute(_ROWS):
        rows.add_metric(labels, float(value))
    yield rows
    for name, said, labels, query in (
        ("open_rejections", "Rows set aside now", ["table", "status"], _OPEN),
        ("quality_score", "Of the newest publication, 0 to 1", ["table", "dimension"], _SCORES),
        ("alerts_open", "Alerts that are open", ["kind"], _ALERTS),
    ):
        found = connection.execute(query).fetchall()
        yield _labelled(f"shopwright_{name}", said, labels, found)


def _newest_run(connection: psycopg.Connection) -> Iterator[Metric]:
    found = connection.execute(_RUN).fetchone()
    if found is None:
        return
    outcome, started, age, seconds, memory = found
    yield _labelled(
        "shopwright_run_outcome", "1 for the newest run's outcome", ["outcome"],
        [(one, one == outcome) for one in _OUTCOMES],
    )  # fmt: skip
    yield _gauge("shopwright_run_started_timestamp_seconds", "When the newest run started", started)
    yield _gauge("shopwright_run_age_seconds", "Since the newest run started", age)
    yield _gauge("shopwright_run_seconds", "How long the newest run took", seconds)
    yield _gauge("shopwright_run_peak_memory_bytes", "Most memory of the newest run", memory)


def _row(connection: psycopg.Connection, query: str) -> Any:
    return connection.execute(query).fetchone()


def _gauge(name: str, said: str, value: Any) -> Metric:
    """Without a value where there is none."""
    family = GaugeMetricFamily(name, said, labels=())
    if value is not None:
        family.add_metric((), float(value))
    return family


def _labelled(name: str, said: str, labels: Sequence[str], rows: Sequence[Any]) -> Metric:
    family = GaugeMetricFamily(name, said, labels=labels)
    for *given, value in rows:
        family.add_metric(given, float(value))
    return family
