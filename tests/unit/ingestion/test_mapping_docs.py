"""The example in docs/bring-your-own-data.md does what the page says."""

import re
from pathlib import Path

from shopwright.ingestion.mapping import import_mapping, list_mappings

PAGE = Path(__file__).resolve().parents[3] / "docs" / "bring-your-own-data.md"
NAMED_BLOCK = re.compile(r"^`([^`\n]+)`\n\n```\w+\n(.*?)```$", flags=re.MULTILINE | re.DOTALL)


def test_the_example_of_the_page(tmp_path: Path) -> None:
    files = dict(NAMED_BLOCK.findall(PAGE.read_text(encoding="utf-8")))
    delivered = {name: text for name, text in files.items() if name.startswith("deliveries/")}
    for name in files.keys() - delivered.keys():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[name], encoding="utf-8")

    summary = import_mapping(
        "teashop",
        tmp_path / "foreign",
        tmp_path / "deliveries",
        user_mappings=tmp_path / "mappings",
    )

    assert [folder.name for folder in summary.deliveries] == ["2024-05-01", "2024-05-02"]
    assert summary.remarks() == []
    assert {name: (tmp_path / name).read_text(encoding="utf-8") for name in delivered} == delivered
    assert len(delivered) == 4


def test_the_page_names_every_built_in_mapping() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"`{info.name}`" in page for info in list_mappings(None))
