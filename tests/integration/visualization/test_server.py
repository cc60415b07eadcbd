"""The server: what it answers, what it refuses, and whom it lets in."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient
from tests.integration.visualization.conftest import Shown
from tests.shop import Shop, item, product, sale

from shopwright.config import ShopSettings
from shopwright.storage.database import Database
from shopwright.visualization.dashboard import Dashboard
from shopwright.visualization.definitions import pages
from shopwright.visualization.reader_connections import ReaderRefused
from shopwright.visualization.warehouse import NothingPublished, Warehouse
from shopwright.visualization.web.security import Access
from shopwright.visualization.web.server import application

TOKEN = "a-token-of-the-tests"


def test_the_overview_says_what_there_is_to_choose(shown: Shown) -> None:
    found = shown.client.get("/api/dashboard").json()
    days = "select min(full_date)::text, max(full_date)::text from warehouse.dim_date"
    first, last = shown.shop.row(f"{days} inner join warehouse.fact_sales using (date_key)")
    assert (found["title"], found["currency"]) == ("Corner shop", "EUR")
    assert (found["first_date"], found["last_date"]) == (first, last)
    assert [page["name"] for page in found["pages"]] == [
        "executive", "sales", "products", "customers", "payments", "pipeline",
    ]  # fmt: skip
    assert sum(len(page["visuals"]) for page in found["pages"]) >= 24
    countries = {one["dimension"]: one["values"] for one in found["filters"]}["shipping_country"]
    known = shown.shop.rows("select distinct shipping_country from warehouse.fact_sales")
    assert {one["value"] for one in countries} == {name for (name,) in known}
    ranges = {one["name"]: (one["from"], one["to"]) for one in found["presets"]}
    assert ranges["all"] == (first, last)
    assert found["default_preset"] in ranges


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("categry=Women", "did you mean 'category'"),
        ("category", "name=value"),
        ("from=2024-13-01", "is not one day"),
        ("from=2024-03-01&from=2024-03-02", "is not one day"),
        ("from=20240301", "is not one day"),
        ("from=2024-06-01&to=2024-05-01", "before it starts"),
        ("from=0001-01-01", "is not a day from"),
        ("weekday=1 or 1=1", "is not a number"),
        ("weekday=99999", "is not a number"),
        ("month=2024-01-01", "There is no filter 'month'"),
        ("drill=category:Women&metric=net", "There is no filter 'metric'"),
        ("category=" + "x" * 5000, "bytes after the question mark"),
        ("category=" + "x" * 1001, "longer than"),
        ("&".join(["category=A"] * 201), "up to 200 parts"),
        ("category=%00", "zero byte"),
        ("category=%ff", "UTF-8"),
        ("sql=drop table warehouse.fact_sales", "There is no filter 'sql'"),
    ],
)
def test_what_is_not_understood_is_refused(shown: Shown, query: str, said: str) -> None:
    for path in ("/api/pages/sales", "/api/visuals/sales.hours", "/api/visuals/sales.hours.csv"):
        answer = shown.client.get(f"{path}?{query.replace(' ', '%20')}")
        assert answer.status_code == 400, (path, answer.text)
        assert said in answer.json()["error"]


@pytest.mark.parametrize(
    "value",
    ["'; drop table warehouse.fact_sales; --", "' or '1'='1", "$1", "%(value_1)s", "\\", "‮", "{x}"],
)
@pytest.mark.parametrize("name", ["category", "shipping_country", "product", "customer", "drill"])
def test_a_value_that_nothing_has_is_refused_and_does_no_harm(
    shown: Shown, name: str, value: str
) -> None:
    count = "select count(*) from warehouse.fact_sales"
    before = shown.shop.value(count)
    path = "/api/visuals/executive.categories" if name == "drill" else "/api/pages/executive"
    given = f"category:{value}" if name == "drill" else value
    answer = shown.client.get(f"{path}?{name}={quote(given)}")
    assert answer.status_code == 400, answer.text
    assert "nothing was ever sold" in answer.json()["error"]
    assert "Take that filter off" in answer.json()["mend"]
    assert shown.shop.value(count) == before > 0


def test_a_value_that_is_nearly_right_is_named(shown: Shown) -> None:
    answer = shown.client.get("/api/pages/executive?category=Women&category=women")
    assert answer.status_code == 400
    assert answer.json()["error"] == (
        "Category: nothing was ever sold with 'women' (did you mean 'Women'?)."
    )


def test_a_value_beyond_those_offered_is_known(shown: Shown) -> None:
    product, sold = shown.shop.row(
        "select product_id, sum(net_amount) from warehouse.fact_sales"
        " inner join warehouse.dim_product using (product_key) group by 1 order by 1 limit 1"
    )
    days = "from=2023-12-01&to=2025-12-31"
    found = shown.page("executive", f"{days}&product={quote(product)}")
    assert found["net"]["rows"] == [[pytest.approx(float(sold))]]
    nothing_then = shown.page(
        "executive", f"from=2030-01-01&to=2030-01-31&product={quote(product)}"
    )
    assert nothing_then["net"]["rows"] == [[0]]


def test_only_paths_that_exist_are_drilled(shown: Shown) -> None:
    for name, drill in [
        ("executive.categories", "brand:X"),
        ("executive.categories", "category:A&drill=sub_category:B&drill=product:C"),
        ("executive.countries", "shipping_country:Germany"),
    ]:
        answer = shown.client.get(f"/api/visuals/{name}?drill={drill}")
        assert answer.status_code == 400
        assert "does not go deeper" in answer.json()["error"]


@pytest.mark.parametrize(
    "path",
    ["/api/pages/nothing", "/api/visuals/executive.nothing", "/api/visuals/nothing", "/nothing",
     "/static/nothing.js", "/static/..%2f__init__.py", "/static/%2e%2e/%2e%2e/server.py",
     "/api/pages/..%2f..%2fetc%2fpasswd"],
)  # fmt: skip
def test_what_does_not_exist_is_404(shown: Shown, path: str) -> None:
    assert shown.client.get(path).status_code == 404


def test_nothing_can_be_written(shown: Shown) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert shown.client.request(method, "/api/pages/executive").status_code == 405


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/api/dashboard", "/api/pages/x", "/static/app.js"]
)
def test_every_answer_has_the_headers(shown: Shown, path: str) -> None:
    headers = shown.client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


def test_the_shell_needs_nothing_from_elsewhere(shown: Shown) -> None:
    shell = shown.client.get("/?page=sales&category=A&theme=dark")
    assert shell.status_code == 200
    assert shell.headers["content-type"].startswith("text/html")
    assert "//" not in shell.text.replace("http://www.w3.org", "")
    assert shown.client.get("/static/app.js").headers["content-type"].startswith("text/javascript")


def test_csv_is_what_the_visual_shows(shown: Shown) -> None:
    query = "from=2024-03-01&to=2024-08-31"
    answer = shown.client.get(f"/api/visuals/products.top.csv?{query}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="products.top.csv"'
    assert "\r\n" in answer.text
    header, *rows = csv.reader(io.StringIO(answer.text))
    visual = shown.visual("products.top", query)
    assert header == [one["label"] for one in visual["columns"]]
    assert [row[:2] for row in rows] == [row[:2] for row in visual["rows"]]
    assert [float(row[2]) for row in rows] == [float(row[2]) for row in visual["rows"]]


def test_a_foreign_name_for_this_machine_is_refused(shown: Shown) -> None:
    answer = shown.client.get("/api/dashboard", headers={"host": "rebound.example:8321"})
    assert answer.status_code == 403
    for host in ("localhost:8321", "127.0.0.1:8321", "[::1]:8321", "localhost"):
        assert shown.client.get("/api/dashboard", headers={"host": host}).status_code == 200


def test_with_a_token_nobody_else_is_let_in(shown: Shown) -> None:
    app = application(shown.dashboard, Access(TOKEN))
    client = TestClient(app, base_url="http://shop.example", follow_redirects=False)
    for path in ("/", "/api/dashboard", "/static/app.js", "/?token=", "/?token=wrong",
                 f"/api/dashboard?token={TOKEN}"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 403, path
        assert "token is missing or wrong" in answer.json()["error"]
    assert client.get("/healthz").status_code == 200
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert client.get("/api/dashboard", headers=bearer).status_code == 200
    assert client.get("/api/dashboard", headers={"authorization": "Bearer x"}).status_code == 403
    entry = client.get(f"/?token={TOKEN}")
    assert (entry.status_code, entry.headers["location"]) == (303, "/")
    cookie = entry.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/api/dashboard").status_code == 200


def test_fifty_viewers_at_once_are_all_answered(shown: Shown) -> None:
    queries = [f"from=2024-0{1 + n % 8}-0{1 + n % 5}" for n in range(10)]

    def look(number: int) -> set[int]:
        return {
            shown.client.get(f"/api/pages/{page}?{queries[number % 10]}").status_code
            for page in pages()
        }

    with ThreadPoolExecutor(50) as viewers:
        assert set().union(*viewers.map(look, range(50))) == {200}


def test_what_is_published_appears(shop: Shop) -> None:
    shop.deliver(
        "2024-05-01", products=[product()], transactions=[sale()], transaction_items=[item()]
    )
    shop.run()
    with closing(Warehouse(shop.database)) as warehouse:
        dashboard = Dashboard(warehouse, ShopSettings())
        assert warehouse.wait(60)
        client = TestClient(application(dashboard, Access()), base_url="http://localhost")

        def net() -> object:
            page = client.get("/api/pages/executive").json()["visuals"]
            return page["executive.net"]["rows"]

        assert net() == [[10]]
        version = client.get("/api/dashboard").json()["version"]
        shop.deliver(
            "2024-05-02", transactions=[sale("T2")], transaction_items=[item("I2", "T2", "P1", 3)]
        )
        shop.run()
        assert warehouse.wait_for_another(version, 30)
        assert net() == [[40]]


def test_without_a_copy_postgresql_answers_the_same(shown: Shown) -> None:
    with closing(Warehouse(shown.shop.database, largest_copy=0)) as warehouse:
        dashboard = Dashboard(warehouse, shown.dashboard.shop)
        client = TestClient(application(dashboard, Access()), base_url="http://localhost")
        slow = Shown(shown.shop, dashboard, client)
        for query in ("", "category=Women&payment_method=paypal"):
            for page in pages():
                if page != "pipeline":
                    found, given = slow.page(page, query), shown.page(page, query)
                    assert [one["rows"] for one in found.values()] == [
                        one["rows"] for one in given.values()
                    ]


def test_an_empty_database_has_nothing_to_show(empty_database: Database) -> None:
    with pytest.raises((NothingPublished, ReaderRefused), match="shopwright run"):
        Warehouse(empty_database)


def test_the_page_is_one_script_sent_where_it_is_new(shown: Shown) -> None:
    first = shown.client.get("/static/app.js")
    assert first.headers["content-encoding"] == "gzip"
    assert "\nimport {" not in first.text
    assert "class App" in first.text
    assert "class Card" in first.text
    known = {"if-none-match": first.headers["etag"]}
    assert shown.client.get("/static/app.js", headers=known).status_code == 304
    assert shown.client.get("/static/app.css", headers=known).status_code == 200
    plain = shown.client.get("/static/app.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == first.text
