"""The quality report as people and scripts get it, and what no output ever shows."""

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import psycopg
import pytest
from tests.integration.cli.conftest import deliver, shopwright

from shopwright.ingestion.contract import MASK

HOSTILE = '<script>alert("x")</script>&amp;\'"'
PERSONAL = ["Adalinde", "Lovelace-King", "adalinde@", "+49 30 7654321", "1815-12-10", "Ring Lane",
            "AB-10115", "SECRET-CARD"]  # fmt: skip
PERSON = (
    "Adalinde,Lovelace-King,adalinde@example.com,+49 30 7654321,1815-12-10,Ring Lane 7,AB-10115"
)
PERSON_COLUMNS = "first_name,last_name,email,phone,birth_date,address,postal_code"


class Page(HTMLParser):
    """What an HTML page holds: its elements, their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture
def page(published: Path, tmp_path: Path) -> Page:
    """The report of the published workspace."""
    file = tmp_path / "quality.html"
    result = shopwright("quality", "-w", published, "--html", file)
    assert result.exit_code == 0, result.output
    return Page(file.read_text(encoding="utf-8"))


def test_the_scores_in_json_are_the_counts_and_nothing_is_made_up(published: Path) -> None:
    report = json.loads(shopwright("quality", "-w", published, "--json").stdout)
    # T3 has no time; I3 waits, I4's quantity is no number: 3 of 14 rows
    assert report["score"] == {"score": 11 / 14, "rows": 14, "set_aside": 3, "warned": 0}
    assert report["accounts"]["transaction_items"] == {
        "rows": 5, "accepted": 3, "duplicates": 0, "rejected": 1, "waiting": 1, "malformed": 0,
    }  # fmt: skip
    [delivery] = report["deliveries"]
    by_kind = {
        (one["table"], one["dimension"]): one["score"] for one in delivery["scores"]
    }  # fmt: skip
    assert by_kind["transactions", "validity"] == 0.75
    assert by_kind["transaction_items", "integrity"] == 0.8
    assert by_kind["transaction_items", "all"] == 0.6
    rules = {one["name"]: (one["rows"], one["open_rows"]) for one in report["rules"]}
    assert rules == {
        "transaction_at_is_not_a_timestamp": (1, 1), "quantity_is_not_an_amount": (1, 1),
        "transaction_is_unknown": (1, 1),
    }  # fmt: skip
    assert {one["holds"] for one in report["claims"]} == {True}


def test_the_terminal_shows_scores_rules_and_accounts(published: Path) -> None:
    output = shopwright("quality", "-w", published).output
    assert "78.57 % of the rows delivered are without a flaw; 3 have one." in output
    assert re.search(r"transaction_items +5 +3 +0 +1 +1\n", output)
    assert re.search(r"The quantity is missing or not a number\. +reject +1 row +1\n", output)
    assert "claims about the warehouse are true" in output


def test_what_many_rows_show_together_is_counted_by_what_it_is(
    workspace: Path, tmp_path: Path
) -> None:
    deliver(
        workspace,
        products="product_id,product_name\nP1,Mug\n",
        transactions="transaction_id,transaction_at,total_amount\n"
        "T1,2024-05-01 10:00,10\nT2,2024-05-01 11:00,99\nT3,2024-05-01 12:00,99\n",
        transaction_items="item_id,transaction_id,product_id,quantity,unit_price\n"
        "I1,T1,P1,1,10\nI2,T2,P1,1,10\nI3,T3,P1,1,10\n",
    )
    ran = shopwright("run", "-w", workspace).output
    assert re.search(r"total_amount_differs_from_the_lines +warn +2 orders\n", ran)
    report = json.loads(shopwright("quality", "-w", workspace, "--json").stdout)
    assert [(one["name"], one["rows"], one["unit"]) for one in report["rules"]] == [
        ("total_amount_differs_from_the_lines", 2, "order")
    ]
    assert report["score"]["warned"] == 0
    shopwright("quality", "-w", workspace, "--html", tmp_path / "quality.html")
    text = Page((tmp_path / "quality.html").read_text()).text
    assert "Published with a warning 0 none" in text
    assert "None of the 7 rows delivered has a flaw. Unusual besides: 2 orders." in text
    assert "Noticed in many rows together 2 2 orders" in text
    assert "with tax, shipping or both. 2 orders, published" in text
    assert "These are: T3; T2." in text


def test_the_page_says_what_is_wrong_where_and_what_to_do(page: Page) -> None:
    assert "78.57 % of the rows delivered are without a flaw; 3 have one." in page.text
    assert "The quantity is missing or not a number. 1 row, still open" in page.text
    assert "2024-05-02/transaction_items.csv, line 5 I4 T1 P2 many" in page.text
    assert page.text.count("What to do:") == 3


def test_what_was_mended_since_is_not_open(workspace: Path, tmp_path: Path) -> None:
    deliver(workspace)
    shopwright("run", "-w", workspace)
    shopwright("quality", "-w", workspace, "--html", tmp_path / "before.html")
    assert "Set aside, still open 3 " in Page((tmp_path / "before.html").read_text()).text
    header = "transaction_id,transaction_at,customer_id\n"
    deliver(workspace, "2024-05-03", transactions=header + "T3,2024-05-02 12:00,C1\n")
    shopwright("run", "-w", workspace)
    shopwright("quality", "-w", workspace, "--html", tmp_path / "after.html")
    text = Page((tmp_path / "after.html").read_text()).text
    assert "Set aside, still open 2 " in text
    first = text[text.index("What to look at first") : text.index("Scores")]
    assert "The quantity is missing" in first
    assert "When it was ordered is missing" not in first  # no row of it is open


def test_the_page_needs_nothing_but_itself(page: Page) -> None:
    assert page.open == []
    assert not {tag for tag, _ in page.elements} & {"script", "link", "img", "iframe", "object"}
    for _, attributes in page.elements:
        assert not {"src", "onclick", "onload", "style"} & attributes.keys()
        assert not (attributes.get("href") or "#").startswith("http")
    ids = {attributes.get("id") for _, attributes in page.elements}
    for tag, attributes in page.elements:
        if tag == "a":
            assert (attributes["href"] or "").removeprefix("#") in ids


def test_the_page_can_be_read_by_those_who_do_not_see_it(page: Page) -> None:
    tags = [tag for tag, _ in page.elements]
    assert tags.count("caption") == tags.count("table") > 5
    assert [one.get("lang") for tag, one in page.elements if tag == "html"] == ["en"]
    assert all("scope" in one for tag, one in page.elements if tag == "th")
    assert all(one.get("aria-label") for tag, one in page.elements if tag == "svg")


def test_nothing_published_is_said(new_workspace: Path, tmp_path: Path) -> None:
    assert "Nothing was published yet" in shopwright("quality", "-w", new_workspace).output
    shopwright("quality", "-w", new_workspace, "--html", tmp_path / "empty.html")
    assert "Nothing was published yet." in Page((tmp_path / "empty.html").read_text()).text


def test_hostile_values_are_shown_as_they_are_and_do_nothing(
    workspace: Path, tmp_path: Path
) -> None:
    field = '"' + HOSTILE.replace('"', '""') + '"'
    deliver(
        workspace, products=f"product_id,product_name,unit_price\nP1,{field},-1\n{field},x,-2\n"
    )
    shopwright("run", "-w", workspace)
    shopwright("quality", "-w", workspace, "--html", tmp_path / "q.html")
    text = (tmp_path / "q.html").read_text()
    assert "<script" not in text
    assert html.escape(HOSTILE) in text
    page = Page(text)
    assert page.open == []
    assert text.count(html.escape(HOSTILE)) == 2


def test_drift_and_malformed_lines_are_shown_where_they_are(
    workspace: Path, tmp_path: Path
) -> None:
    deliver(
        workspace,
        customers="customer_id,email,telephone\nC1,a@b.example,1\nC2,Adalinde,x,y,z\nC3,p,q,r,s\n"
        "C4,Adalinde\n",
    )
    shopwright("run", "-w", workspace)
    output = " ".join(shopwright("quality", "-w", workspace).output.split())
    assert "3 lines could not be read, most often: 5 fields instead of 3." in output
    assert "1 change of columns, the newest: 2024-05-02/customers: the column telephone" in output
    shopwright("quality", "-w", workspace, "--html", tmp_path / "q.html")
    text = Page((tmp_path / "q.html").read_text()).text
    assert "What to look at first 2 lines 5 fields instead of 3. Customers." in text
    assert "Lines that could not be read 3 lines of the files are no row" in text
    assert "5 fields instead of 3 2 lines left out" in text
    assert "2024-05-02/customers.csv, line 3; 2024-05-02/customers.csv, line 4" in text
    assert "What to do: A line with too many fields has a delimiter inside a text" in text
    assert "Adalinde" not in text
    assert "the column telephone is new; it is kept in staging alone" in text
    assert "25.00 % of the rows delivered are without a flaw; 3 have one." in text
    report = json.loads(shopwright("quality", "-w", workspace, "--json").stdout)
    assert [(one["count"], one["reason"]) for one in report["malformed"]] == [
        (2, "5 fields instead of 3"), (1, "2 fields instead of 3"),
    ]  # fmt: skip
    assert [one["column"] for one in report["changes"]] == ["telephone"]


def test_no_output_shows_what_is_personal(workspace: Path, tmp_path: Path) -> None:
    """Rows that break every rule they can, a file COPY refuses, one without a header, and a
    constraint that a row violates: each would be told with the row by default.
    """
    outputs = []

    def told(*arguments: str | Path) -> str:
        result = shopwright(*arguments, "-w", workspace)
        outputs.append(result.output + result.stderr)
        return outputs[-1]

    header = f"customer_id,{PERSON_COLUMNS},updated_at,card\n"
    deliver(
        workspace,
        customers=header
        + f",{PERSON},,SECRET-CARD\nC1,{PERSON},no time,SECRET-CARD\n"
        + f"C2,{PERSON.replace('@example.com', '@')},,SECRET-CARD\n"
        + f"C3,{PERSON.replace('1815-12-10', '1815-12-10x')},,SECRET-CARD\n",
    )  # fmt: skip
    told("run")
    for verb in ("quality", "status", "doctor"):
        told(verb, "--json")
        told(verb)
    told("quality", "--html", tmp_path / "quality.html")
    told("export", "--out", tmp_path / "export")
    folder = workspace / "deliveries" / "2024-05-03"
    folder.mkdir()
    for text in (
        f"{header}C4,{PERSON},,,one,too,many\n",
        f"{header}C6,{PERSON},,\udcff\n",
        f'{header}C7,"{PERSON},,\n',
    ):
        (folder / "customers.csv").write_text(text, errors="surrogateescape")
        assert "Malformed lines are kept whole" in told("--debug", "run")
        told("quality")
    (folder / "customers.csv").write_text(f"C5,{PERSON},,\n")
    assert "Is the line of column names missing?" in told("--debug", "run")
    assert "Error: 2024-05-03/customers.csv" in outputs[-1]
    url = re.search(r'url = "(.*)"', (workspace / "shopwright.toml").read_text())
    assert url
    with psycopg.connect(url[1], autocommit=True) as connection:
        connection.execute(
            "alter table production.customers add constraint c check (customer_id <> 'C8')"
        )
    (folder / "customers.csv").write_text(f"{header}C8,{PERSON},,\n")
    assert 'violates check constraint "c"' in told("--debug", "run")
    with psycopg.connect(url[1]) as connection:
        errors = connection.execute("select string_agg(error, ' ') from ops.runs").fetchone()
        assert errors is not None
        outputs.append(errors[0])
    assert 'violates check constraint "c"' in outputs[-1]
    outputs += [path.read_text() for path in (tmp_path / "export").iterdir()]
    outputs.append((tmp_path / "quality.html").read_text())
    assert MASK in outputs[-1]
    assert len(outputs) > 25
    for output in outputs:
        assert [word for word in PERSONAL if word in output] == []
