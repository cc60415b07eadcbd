"""Delivery folders: one per day, each of them complete or not there at all."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

import polars as pl

DAY = "delivery_date"


def write_days(table: str, rows: pl.DataFrame, folder: Path) -> Iterator[date]:
    """Write `<day>/<table>.csv` below `folder` for every day in the column `delivery_date`.

    The column itself is not written; the rows of a day keep their order. Gives each day when its
    file is written. Line ends are `\\n`, an absent value is an empty field, empty text is `""`.
    """
    parts: Mapping[tuple[object, ...], pl.DataFrame] = rows.partition_by(
        DAY, as_dict=True, include_key=False, maintain_order=True
    )
    for (day,), part in parts.items():
        delivery = folder / str(day)
        delivery.mkdir(parents=True, exist_ok=True)
        part.write_csv(delivery / f"{table}.csv")
        yield date.fromisoformat(str(day))


def publish(written: Path, deliveries: Path, done: Callable[[int, int], None]) -> list[Path]:
    """Move the day folders in `written` to `deliveries` in the order of their days.

    A delivery of the same name is replaced as a whole: files of it that are not written again are
    gone, moved to the folder that `written` lies in. All must lie on one disk: a move is a rename.
    """
    days = sorted(written.iterdir())
    published = []
    for number, day in enumerate(days, start=1):
        target = deliveries / day.name
        if target.exists():
            replaced = written.parent / f"replaced-{day.name}"
            target.rename(replaced)
            try:
                day.rename(target)
            except OSError:
                replaced.rename(target)
                raise
        else:
            day.rename(target)
        published.append(target)
        done(number, len(days))
    return published
