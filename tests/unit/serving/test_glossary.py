"""The generated pages say what the files say."""

from pathlib import Path

import pytest

from shopwright.serving.analyses import analyses
from shopwright.serving.glossary import analyses_page, metrics_page
from shopwright.serving.semantic.catalog import metrics

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(
    ("file", "page"), [("metrics.md", metrics_page), ("analyses.md", analyses_page)]
)
def test_a_page_is_the_one_written_from_the_files(file: str, page: object) -> None:
    assert callable(page)
    assert (DOCS / file).read_text(encoding="utf-8") == page(), (
        "write it anew: python -m shopwright.serving.glossary docs"
    )


def test_there_are_enough_of_them() -> None:
    assert len(metrics()) >= 30
    assert len(analyses()) >= 15


def test_every_metric_says_what_it_is_and_why_it_matters() -> None:
    for one in metrics().values():
        assert one.sentence.endswith("."), one.name
        assert one.why.endswith("."), one.name
        assert not one.label.endswith("."), one.name
