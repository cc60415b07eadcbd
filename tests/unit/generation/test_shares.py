"""Shares by kind: how they are written, and what is refused."""

import pytest

from shopwright.generation.shares import ShareInvalid, shares_from_table, shares_from_text

KINDS = ("late", "twice", "gzip")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"late": 0, "twice": 0, "gzip": 0}),
        ("1%", {"late": 0.01, "twice": 0.01, "gzip": 0.01}),
        ("0.5%, gzip=0", {"late": 0.005, "twice": 0.005, "gzip": 0}),
        ("late=5%,twice=0.2", {"late": 0.05, "twice": 0.2, "gzip": 0}),
        ("100%", {"late": 1, "twice": 1, "gzip": 1}),
    ],
)
def test_a_share_is_of_all_kinds_or_of_one(text: str, expected: dict[str, float]) -> None:
    assert shares_from_text(text, KINDS, "mess") == pytest.approx(expected)


@pytest.mark.parametrize("text", ["101%", "-1%", "many", "late=", "late=2", "nan"])
def test_what_is_no_share_is_refused_with_its_value(text: str) -> None:
    with pytest.raises(ShareInvalid, match="is not a share") as error:
        shares_from_text(text, KINDS, "mess")
    assert repr(text.rpartition("=")[2]) in error.value.problem
    assert error.value.exit_code == 2


def test_an_unknown_kind_is_refused_with_the_nearest() -> None:
    with pytest.raises(ShareInvalid) as error:
        shares_from_table({"twise": "1%"}, KINDS, "mess")
    assert "'twise'" in error.value.problem
    assert "(did you mean 'twice'?)" in error.value.problem
    assert "late, twice, gzip" in error.value.mend
