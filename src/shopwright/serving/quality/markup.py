"""HTML that cannot be broken by what it shows: whatever is not markup already is escaped."""

from collections.abc import Iterable
from html import escape


class Markup(str):
    """A text that is HTML already. Only `tag` and `together` make it, and the page's own parts."""


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """An element. Children that are plain text are escaped, and so is every attribute.

    A trailing underscore of an attribute's name is dropped (`class_`), others become hyphens.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{given}>{together(*children)}</{name}>")


def together(*children: str) -> Markup:
    """One after the other; plain text is escaped."""
    return Markup("".join(c if isinstance(c, Markup) else escape(c) for c in children))


def section(
    title: str, *children: str, class_: str | None = None, id_: str | None = None
) -> Markup:
    """A part of the page, under a heading."""
    return tag("section", tag("h2", title), *children, class_=class_, id_=id_)


def table(
    caption: str, head: Iterable[str], rows: Iterable[str], *, class_: str | None = None
) -> Markup:
    """A table: the cells of its head, and its rows."""
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *head)),
        tag("tbody", *rows),
        class_=class_,
    )


def counted(number: int, unit: str) -> str:
    """`1 row`, `2 rows`, `3 deliveries`."""
    units = f"{unit.removesuffix('y')}ies" if unit.endswith("ry") else f"{unit}s"
    return f"{number:,} {unit if number == 1 else units}"


def words(name: str) -> str:
    """`transaction_items` as 'Transaction items'."""
    return name.replace("_", " ").capitalize()
