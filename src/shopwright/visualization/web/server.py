"""The web server: the page, and the figures as JSON and CSV."""

import csv
import io
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import psycopg
from psycopg_pool import PoolTimeout
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shopwright.config.errors import ShopwrightError
from shopwright.serving.semantic import QuestionRefused
from shopwright.visualization.dashboard import Dashboard, figures_as_json
from shopwright.visualization.definitions import pages, visuals
from shopwright.visualization.figures import Figures
from shopwright.visualization.selection import Selection
from shopwright.visualization.visual_figures import applied
from shopwright.visualization.web.metrics import (
    EXPOSITION_TYPE,
    MeasuredRequests,
    RequestMetrics,
    exposition,
)
from shopwright.visualization.web.page import PAGE_FILES
from shopwright.visualization.web.query_string import RequestRefused, selection_of
from shopwright.visualization.web.security import Access, SecurityHeaders, TokenGate
from shopwright.visualization.web.static_files import static_response

_FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
_log = logging.getLogger(__name__)


def application(dashboard: Dashboard, access: Access) -> Starlette:
    """The server of a dashboard, as an ASGI application."""
    api = _Api(dashboard)
    requests = RequestMetrics()
    return Starlette(
        routes=[
            Route("/", api.shell),
            Route("/healthz", api.health),
            Route("/metrics", api.metrics(requests)),
            Route("/api/dashboard", api.overview),
            Route("/api/pages/{name}", api.page),
            Route("/api/visuals/{name}.csv", api.visual_csv),
            Route("/api/visuals/{name}", api.visual),
            Route("/static/{name}", api.static),
        ],
        middleware=[
            Middleware(MeasuredRequests, metrics=requests),
            Middleware(SecurityHeaders),
            Middleware(TokenGate, access=access),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5),
        ],
        exception_handlers={
            RequestRefused: _refused,
            QuestionRefused: _refused,
            HTTPException: _not_served,
            PoolTimeout: _busy,
            psycopg.Error: _failed,
            Exception: _failed,
        },
    )


class _Api:
    """The addresses. They are plain functions, so Starlette runs them beside each other."""

    def __init__(self, dashboard: Dashboard) -> None:
        self.dashboard = dashboard

    def shell(self, request: Request) -> Response:
        return static_response(request, "index.html")

    def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        _found(PAGE_FILES, name, "file")
        return static_response(request, name)

    def health(self, request: Request) -> Response:
        """For whoever watches the server: open to all, so it says no more than this."""
        try:
            self.dashboard.warehouse.check()
        except (psycopg.Error, PoolTimeout):
            return _json({"status": "the database does not answer"}, 503)
        return _json({"status": "ok", "is_ready": self.dashboard.warehouse.wait(0)})

    def metrics(self, requests: RequestMetrics) -> Callable[[Request], Response]:
        def metrics(request: Request) -> Response:
            text = exposition(self.dashboard.warehouse, requests)
            return Response(text, media_type=EXPOSITION_TYPE)

        return metrics

    def overview(self, request: Request) -> Response:
        return _json(self.dashboard.overview())

    def page(self, request: Request) -> Response:
        page = _found(pages(), request.path_params["name"], "page")
        figures = self.dashboard.page(page, self._selection(request))
        return _json({"visuals": {name: figures_as_json(one) for name, one in figures.items()}})

    def visual(self, request: Request) -> Response:
        return _json(figures_as_json(self._figures(request)))

    def visual_csv(self, request: Request) -> Response:
        name = request.path_params["name"]
        return Response(
            figures_as_csv(self._figures(request)),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )

    def _figures(self, request: Request) -> Figures:
        visual = _found(visuals(), request.path_params["name"], "visual")
        selection = self._selection(request)
        self.dashboard.check(applied(visual, selection).values)
        return self.dashboard.visual(visual, selection)

    def _selection(self, request: Request) -> Selection:
        found = selection_of(
            request.scope["query_string"], self.dashboard.default(), self.dashboard.warehouse.state
        )
        self.dashboard.check(found.values)
        return found


T = TypeVar("T")


def _found(known: Mapping[str, T], name: str, what: str) -> T:
    if name not in known:
        raise HTTPException(404, f"There is no such {what}.")
    return known[name]


def figures_as_csv(figures: Figures) -> str:
    """CSV (RFC 4180) with the labels as its header.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([one.label for one in figures.columns])
    for row in figures.rows:
        writer.writerow([_csv_value(value) for value in row])
    return text.getvalue()


def _csv_value(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA_MARKS):
        return f"'{value}"
    return value


def _json(value: Any, status: int = 200) -> Response:
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(content, status, media_type="application/json")


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ShopwrightError)
    return _json({"error": error.problem, "mend": error.mend}, 400)


def _not_served(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _json({"error": error.detail, "mend": ""}, error.status_code)


def _busy(request: Request, error: Exception) -> Response:
    problem = {"error": "The database is busy.", "mend": "Try again in a minute."}
    return _json(problem, 503)


def _failed(request: Request, error: Exception) -> Response:
    """What went wrong stays here: a message of the database is nobody else's business."""
    _log.error("%s: %s", request.url.path, type(error).__name__, exc_info=error)
    return _json({"error": "The figures could not be read.", "mend": "The log says why."}, 500)
