"""What was found wrong, on the page: broken rules, lines that are no rows, changed columns."""

from collections.abc import Sequence

from shopwright.ingestion.contract import MASK
from shopwright.ingestion.drift import ColumnChange
from shopwright.serving.quality.markup import Markup, counted, section, table, tag, words
from shopwright.serving.quality.report import BrokenRule, MalformedLines

SEVERITIES = {
    "reject": ("set aside", "bad"),
    "wait": ("waits", "warn"),
    "warn": ("warned of", "warn"),
}


def broken_rules(broken: Sequence[BrokenRule]) -> Markup:
    """Each with its count, what to do, and a few rows."""
    return section(
        "Rules that were broken",
        tag(
            "p",
            "Those that keep rows out of the warehouse first. Each with up to five of its newest "
            f"rows; {MASK} stands for personal data. Whoever runs Shopwright finds all of them, "
            "whole, with ",
            tag("code", "shopwright rejected list"),
            ".",
            class_="soft",
        ),
        *map(_rule, broken),
    )


def _rule(one: BrokenRule) -> Markup:
    word, grade = SEVERITIES[one.severity]
    rows = counted(one.rows, one.unit)
    if one.severity == "warn":
        still = f"{rows}, published"
    elif one.open_rows == one.rows:
        still = f"{rows}, {'all ' * (one.rows > 1)}still open"
    else:
        still = f"{rows}, {one.open_rows:,} still open"
    return tag(
        "article",
        tag(
            "header",
            tag("h3", one.sentence),
            tag("span", still, class_="count"),
            tag("span", word, class_=f"pill {grade}"),
        ),
        tag("p", f"{words(one.table)}, {one.dimension} ", tag("code", one.name), class_="soft"),
        tag("p", tag("b", "What to do: "), one.mend, class_="mend"),
        tag("p", f"{_such_as(one)}.", class_="soft") if one.examples else Markup(""),
        _samples(one) if one.samples else Markup(""),
        id=f"{one.table}.{one.name}",
    )


def _such_as(one: BrokenRule) -> str:
    """Some of what a rule that looks at many rows together has found."""
    word = "These are" if one.rows == len(one.examples) else "Such as"
    return f"{word}: {'; '.join(one.examples)}"


def _samples(one: BrokenRule) -> Markup:
    head = [tag("th", name, scope="col") for name in ["where", *one.columns]]
    rows = [
        tag(
            "tr",
            tag("td", sample.place),
            *(
                tag("td", value) if value else tag("td", "empty", class_="none")
                for value in sample.values.values()
            ),
        )
        for sample in one.samples
    ]
    return tag(
        "div",
        table(f"{len(one.samples)} of {counted(one.rows, one.unit)}", head, rows, class_="text"),
        class_="scroll",
    )


def malformed_lines(found: Sequence[MalformedLines], count: int) -> Markup:
    """By reason, with what to do and where the newest stand."""
    return section(
        "Lines that could not be read",
        tag(
            "p",
            f"{counted(count, 'line')} of the files {'is' if count == 1 else 'are'} no row of the "
            "table: left out and kept as delivered, while all other lines of the file were taken. "
            "Each counts as a row with a flaw of validity.",
            class_="soft",
        ),
        *map(_malformed, found),
        id_="malformed",
    )


def _malformed(one: MalformedLines) -> Markup:
    places = "; ".join(one.places) + (" …" if one.count > len(one.places) else "")
    return tag(
        "article",
        tag(
            "header",
            tag("h3", one.reason[:1].upper() + one.reason[1:]),
            tag("span", counted(one.count, "line"), class_="count"),
            tag("span", "left out", class_="pill bad"),
        ),
        tag("p", f"{words(one.table)}: {places}", class_="soft"),
        tag("p", tag("b", "What to do: "), one.mend, class_="mend"),
    )


def column_changes(newest: Sequence[ColumnChange], count: int) -> Markup:
    """Columns that are not as in the delivery before, the newest first."""
    return section(
        "Columns that changed",
        tag(
            "p",
            "Told once, in the delivery from which on it is so. Ask whoever makes the files "
            "whether it is meant. What a column is called in the files can be said in "
            "shopwright.toml, as shown.",
            class_="soft",
        ),
        tag("ul", *(tag("li", one.sentence) for one in newest), class_="changes"),
        tag("p", f"The newest {len(newest)} of {count:,}.", class_="soft")
        if count > len(newest)
        else Markup(""),
    )
