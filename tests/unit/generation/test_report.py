"""The report: what is drawn is what the files say."""

import re
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from shopwright.generation import GenerationSummary, Profile, generate
from shopwright.generation.report import NothingToDraw, write_report

VOID = {"meta"}


class Balanced(HTMLParser):
    """Fails where an element is not closed; counts those that are."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.counts: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(
    generated: GenerationSummary, profile: Profile, tmp_path_factory: pytest.TempPathFactory
) -> str:
    file = tmp_path_factory.mktemp("report") / "made" / "report.html"
    write_report(generated.folder, file, profile)
    return file.read_text(encoding="utf-8")


def test_the_page_is_whole_and_needs_no_other(page: str) -> None:
    parser = Balanced()
    parser.feed(page)

    assert parser.open == []
    assert parser.counts["svg"] == 4
    assert not re.search(r"(src|href|url\()", page)
    assert "<script" not in page


def test_the_figures_are_the_files(
    page: str, shop: dict[str, pl.DataFrame], sales: pl.DataFrame
) -> None:
    last = shop["transactions"].unique("transaction_id", keep="last", maintain_order=True)
    kept = last.filter((pl.col("transaction_type") == "sale") & (pl.col("status") != "cancelled"))
    buyers = kept.drop_nulls("customer_id")["customer_id"].n_unique()

    assert f"<b>{len(kept):,}</b><span>orders</span>" in page
    assert f"<b>{buyers:,}</b><span>customers</span>" in page
    best = sales.group_by(pl.col("at").dt.date().alias("day")).len().sort("len").row(-1)[0]
    assert f"{best:%B %Y}" in page.split("the best day was")[1][:60]


def test_cohorts_are_those_of_the_files(page: str, shop: dict[str, pl.DataFrame]) -> None:
    """The first cell: who registered and ordered in January, and ordered again in February."""
    registered = shop["customers"].unique("customer_id", keep="first", maintain_order=True)
    month = pl.col("transaction_at").str.slice(0, 7)
    orders = (
        shop["transactions"]
        .unique("transaction_id", keep="last")
        .filter((pl.col("transaction_type") == "sale") & (pl.col("status") != "cancelled"))
        .join(registered.select("customer_id", "registration_date"), on="customer_id")
        .filter(pl.col("registration_date").str.slice(0, 7) == "2024-01")
    )
    january = orders.filter(month == "2024-01")["customer_id"].n_unique()
    february = orders.filter(month == "2024-02")["customer_id"].n_unique()

    cells = re.findall(r'font-size="10.5">(\d+%)<', page)
    assert cells[0] == f"{february / january:.0%}"


def test_campaigns_are_named(page: str) -> None:
    assert page.count(">Black weekend</text>") == 1
    assert "Soldes" not in page  # of one country only


@pytest.mark.parametrize("days", [1, 40])
def test_a_short_shop_can_be_drawn(tmp_path: Path, days: int) -> None:
    generate(tmp_path / "shop", days=days, transactions=30)
    write_report(tmp_path / "shop", tmp_path / "report.html")

    assert "<h1>shop</h1>" in (tmp_path / "report.html").read_text()


def test_nothing_to_draw(tmp_path: Path) -> None:
    generate(tmp_path / "shop", days=2, transactions=0)
    with pytest.raises(NothingToDraw, match="holds no sale"):
        write_report(tmp_path / "shop", tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()
