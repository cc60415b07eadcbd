"""A query string read as a selection: what is unknown, malformed or oversize is refused."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import parse_qsl

from shopwright.config.errors import ShopwrightError, did_you_mean
from shopwright.serving.semantic import QuestionRefused
from shopwright.serving.semantic.dimensions import DIMENSIONS
from shopwright.serving.semantic.questions import question
from shopwright.visualization.selection import Selection
from shopwright.visualization.warehouse import State

LONGEST = 4000
"""Bytes of a query string."""
_MOST_PARTS = 200
_FILTERS = tuple(name for name, one in DIMENSIONS.items() if one.kind != "time")
_KNOWN = ("from", "to", "drill", *_FILTERS)


class RequestRefused(ShopwrightError):
    """The address asks for what does not exist, or in a way that is not understood."""


def selection_of(query: bytes, default: Selection, state: State) -> Selection:
    """What the address selects: where it names no day, the default's; with one end, the other.

    Raises RequestRefused.
    """
    parts = _parts(query)
    start, end = (_day(parts, name) for name in ("from", "to"))
    values: dict[str, list[str | int]] = {}
    for name, text in parts:
        if name in _FILTERS:
            values.setdefault(name, []).append(_value(name, text))
    steps = [text.partition(":") for name, text in parts if name == "drill"]
    for name, _, _ in steps:
        _check_name(name, _FILTERS, "dimension")
    found = Selection(
        *_days(start, end, default, state),
        {name: tuple(dict.fromkeys(given)) for name, given in values.items()},
        tuple((name, _value(name, text)) for name, _, text in steps),
    )
    try:
        question(["net"], (), found.filters())
    except QuestionRefused as error:
        raise RequestRefused(error.problem, error.mend) from None
    return found


def _days(
    start: date | None, end: date | None, default: Selection, state: State
) -> tuple[date, date]:
    if start is None and end is None:
        return default.start, default.end
    first = start or min(state.first, end or state.first)
    return first, end or max(state.last, first)


def _parts(query: bytes) -> list[tuple[str, str]]:
    if len(query) > LONGEST:
        raise RequestRefused(
            f"The address has {len(query):,} bytes after the question mark.",
            f"At most {LONGEST:,} are read: choose fewer values.",
        )
    try:
        parts = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, strict_parsing=bool(query),
            errors="strict", max_num_fields=_MOST_PARTS,
        )  # fmt: skip
    except ValueError:
        raise RequestRefused(
            f"The address is not made of up to {_MOST_PARTS} parts name=value in UTF-8.",
            "Percent-encode other characters.",
        ) from None
    for name, _ in parts:
        _check_name(name, _KNOWN, "filter")
    return parts


def _check_name(name: str, known: Sequence[str], what: str) -> None:
    if name not in known:
        raise RequestRefused(
            f"There is no {what} {name[:50]!r}{did_you_mean(name[:50], known)}.",
            f"Known are: {', '.join(known)}.",
        )


def _day(parts: Sequence[tuple[str, str]], wanted: str) -> date | None:
    given = [text for name, text in parts if name == wanted]
    if not given:
        return None
    try:
        (text,) = given
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise RequestRefused(
            f"{wanted}={', '.join(given)[:50]} is not one day.", "Write it like 2024-01-31."
        ) from None


def _value(name: str, text: str) -> str | int:
    if DIMENSIONS[name].kind != "integer":
        return text
    if len(text) > 4 or not (text.isascii() and text.removeprefix("-").isdigit()):
        raise RequestRefused(
            f"{name}={text[:50]} is not a number.", f"{name}: {DIMENSIONS[name].sentence}"
        )
    return int(text)
