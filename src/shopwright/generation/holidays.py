"""Days that shops know: public holidays and pay-days by country, and days that move."""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

MOVABLE_DAYS = ("black friday", "easter")


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the 'anonymous' algorithm: Meeus, Astronomical
    Algorithms, 1991, chapter 8)."""
    century, of_century = divmod(year, 100)
    leap, rest = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * (year % 19) + century - leap - moon + 15) % 30
    weekday = (32 + 2 * rest + 2 * (of_century // 4) - epact - of_century % 4) % 7
    correction = (year % 19 + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * correction + 114, 31)
    return date(year, month, day + 1)


def thanksgiving(year: int) -> date:
    """The fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 21)


def is_begin(text: str) -> bool:
    """Whether a campaign can begin there: MM-DD of any year, or one of `MOVABLE_DAYS`."""
    if text in MOVABLE_DAYS:
        return True
    if not re.fullmatch(r"\d\d-\d\d", text):
        return False
    try:
        date.fromisoformat(f"2023-{text}")  # not a leap year: the day exists in every year
    except ValueError:
        return False
    return True


def begin_in(text: str, year: int) -> date:
    """The day of a year that a begin (see `is_begin`) names."""
    if text == "easter":
        return easter(year)
    if text == "black friday":
        return thanksgiving(year) + timedelta(days=1)
    return date.fromisoformat(f"{year:04d}-{text}")


class _Holidays(NamedTuple):
    """MM-DD of each year, days counted from Easter Sunday, and what else moves."""

    fixed: str
    from_easter: tuple[int, ...] = ()
    movable: Callable[[int], date] | None = None


_HOLIDAYS = {
    "Germany": _Holidays("01-01 05-01 10-03 12-25 12-26", (-2, 1, 39, 50)),
    "France": _Holidays("01-01 05-01 05-08 07-14 08-15 11-01 11-11 12-25", (1, 39, 50)),
    "United Kingdom": _Holidays("01-01 12-25 12-26", (-2, 1)),
    "Netherlands": _Holidays("01-01 04-27 12-25 12-26", (1, 39, 50)),
    "Spain": _Holidays("01-01 01-06 05-01 08-15 10-12 11-01 12-06 12-08 12-25", (-2,)),
    "Italy": _Holidays("01-01 01-06 04-25 05-01 06-02 08-15 11-01 12-08 12-25 12-26", (1,)),
    "Poland": _Holidays("01-01 01-06 05-01 05-03 08-15 11-01 11-11 12-25 12-26", (1, 60)),
    "Sweden": _Holidays("01-01 01-06 05-01 06-06 12-24 12-25 12-26", (-2, 1, 39)),
    "Switzerland": _Holidays("01-01 08-01 12-25 12-26", (-2, 1, 39, 50)),
    "United States": _Holidays("01-01 07-04 11-11 12-25", (), thanksgiving),
}
_PAYDAYS = {  # 31 is the last day of the month, whichever that is
    "Germany": (31,),
    "France": (30,),
    "United Kingdom": (31,),
    "Netherlands": (24,),
    "Spain": (30,),
    "Italy": (27,),
    "Poland": (10,),
    "Sweden": (25,),
    "Switzerland": (25,),
    "United States": (15, 31),
}


def holidays_of(country: str, year: int) -> list[date]:
    """The public holidays of a country that hold nationwide (in the United Kingdom, in England)."""
    known = _HOLIDAYS[country]
    days = [date.fromisoformat(f"{year:04d}-{day}") for day in known.fixed.split()]
    days += [easter(year) + timedelta(days=after) for after in known.from_easter]
    return sorted({*days, *([known.movable(year)] if known.movable else [])})


def paydays_of(country: str, year: int) -> list[date]:
    """The days on which most wages of a country are paid."""
    return [_day_or_last(year, month, day) for month in range(1, 13) for day in _PAYDAYS[country]]


def _day_or_last(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))
