"""The rows of the four tables, as the contract names their columns, every value ready for CSV."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

import numpy as np
import polars as pl

from shopwright.generation.catalog import Catalog
from shopwright.generation.countries import COUNTRIES, PAYMENT_METHODS
from shopwright.generation.customers import GENDERS, NOBODY, SEGMENTS, Customers
from shopwright.generation.exchange_rates import CURRENCY_CODES, CURRENCY_OF_COUNTRY, RATE_UNITS
from shopwright.generation.names import EMAIL_DOMAINS, Names, mail_names
from shopwright.generation.order_status import STATUSES
from shopwright.generation.orders import CHANNELS, Amounts, Lines, Orders
from shopwright.generation.profile import MOST_LINES, Shelf
from shopwright.generation.randomness import Integers

TEN_THOUSANDTHS = 10_000
ID_PREFIXES = {"sale": "T", "return": "R"}
COUNTRY_NAMES = tuple(country.name for country in COUNTRIES)
PHONE_PREFIXES = tuple(country.phone_prefix for country in COUNTRIES)


def identifiers(prefix: str, numbers: Integers, digits: int) -> pl.Series:
    """`T00000042`: the prefix and the number with leading zeros.

    Put together from two tables of texts, three times as fast as padding each number.
    """
    if not len(numbers):
        return pl.Series([], dtype=pl.String)
    high, low = np.divmod(numbers, 10_000)
    least = int(high.min())
    heads = [f"{prefix}{n:0{digits - 4}d}" for n in range(least, int(high.max()) + 1)]
    return pl.Series(heads).gather(high - least) + _four_digits().gather(low)


@cache
def _four_digits() -> pl.Series:
    return pl.Series([f"{number:04d}" for number in range(10_000)])


def timestamps(start: date, days: Integers, seconds: Integers) -> pl.Series:
    """`2024-01-31 13:05:59`, shop-local, for a day counted from `start` and a second of it."""
    if not len(days):
        return pl.Series([], dtype=pl.String)
    least = int(days.min())
    texts = [f"{start + timedelta(days=day)} " for day in range(least, int(days.max()) + 1)]
    return pl.Series(texts).gather(days - least) + _times_of_day().gather(seconds)


@cache
def _times_of_day() -> pl.Series:
    hours = [f"{hour:02d}:{minute:02d}:" for hour in range(24) for minute in range(60)]
    return pl.Series([f"{hour}{second:02d}" for hour in hours for second in range(60)])


@cache
def _item_suffixes() -> pl.Series:
    return pl.Series([f"-{position}" for position in range(MOST_LINES + 1)])


def dates(start: date, days: Integers) -> pl.Series:
    """`2024-01-31` for a day counted from `start`."""
    epoch = (start - date(1970, 1, 1)).days
    return pl.Series((days + epoch).astype(np.int32)).cast(pl.Date).cast(pl.String)


def labels(texts: tuple[str, ...], indices: Integers) -> pl.Series:
    """The text at each index."""
    return pl.Series(texts).gather(indices)


@dataclass
class CustomerRows:
    """Renders customers; holds the pools and what of them an e-mail address needs."""

    start: date
    names: Names
    customers: Customers

    def __post_init__(self) -> None:
        women, men = self.names.given
        self.given = pl.concat([women.values, men.values])
        self.mail_given = mail_names(self.given)
        self.mail_family = mail_names(self.names.family.values)

    def at(self, who: Integers, days: Integers, seconds: Integers) -> pl.DataFrame:
        """The customers as they are now; the state began on these days and seconds."""
        of = self.customers
        place = of.place[who]
        texts = pl.DataFrame(
            {
                "given": self.mail_given.gather(of.given_name[who]),
                "family": self.mail_family.gather(of.family_name[who]),
                "number": who + 1,
                "domain": labels(EMAIL_DOMAINS, of.email_domain[who]),
                "prefix": labels(PHONE_PREFIXES, of.country[who]),
                "phone": of.phone[who],
                "street": self.names.streets.values.gather(of.street[who]),
                "house": of.house_number[who],
            }
        )
        return pl.DataFrame(
            {
                "customer_id": identifiers("C", who + 1, 7),
                "first_name": self.given.gather(of.given_name[who]),
                "last_name": self.names.family.values.gather(of.family_name[who]),
                "email": texts.select(
                    pl.format("{}.{}{}@{}", "given", "family", "number", "domain")
                ).to_series(),
                "phone": texts.select(pl.format("{} {}", "prefix", "phone")).to_series(),
                "registration_date": dates(self.start, of.registered_on[who]),
                "birth_date": dates(self.start, of.birth_day[who]),
                "gender": labels(GENDERS, of.gender[who]),
                "segment": labels(SEGMENTS, of.segment[who]),
                "address": texts.select(pl.format("{} {}", "street", "house")).to_series(),
                "city": self.names.place_cities.gather(place),
                "state": self.names.place_states.gather(place),
                "postal_code": self.names.places.values.gather(place),
                "country": labels(COUNTRY_NAMES, of.country[who]),
                "updated_at": timestamps(self.start, days, seconds),
            }
        )


class ProductStates(NamedTuple):
    """Products as they are from the beginning of a day on; amounts are euro cents."""

    products: Integers
    days: Integers
    prices: Integers
    costs: Integers
    stock: Integers


def product_rows(
    start: date, shelves: tuple[Shelf, ...], catalog: Catalog, states: ProductStates
) -> pl.DataFrame:
    """The products in these states; states begin at midnight."""
    products, days = states.products, states.days
    shelf = catalog.sub_category[products]
    return pl.DataFrame(
        {
            "product_id": identifiers("P", products + 1, 5),
            "product_name": catalog.names.gather(products),
            "category": labels(tuple(one.category for one in shelves), shelf),
            "sub_category": labels(tuple(one.name for one in shelves), shelf),
            "brand": catalog.brands.gather(products),
            "supplier": catalog.suppliers.gather(products),
            "unit_price": states.prices / 100,
            "unit_cost": states.costs / 100,
            "stock_quantity": states.stock,
            "is_active": days < catalog.ended_on[products],
            "updated_at": timestamps(start, days, np.zeros_like(days)),
        }
    )


@dataclass(frozen=True)
class OrderRows:
    """Renders sales and returns and their lines."""

    start: date
    names: Names
    rates: Integers
    customer_ids: pl.Series
    product_ids: pl.Series

    def transactions(
        self,
        orders: Orders,
        amounts: Amounts,
        shipping_cents: Integers,
        kind: str,
        statuses: Integers,
        sales: Integers | None = None,
    ) -> pl.DataFrame:
        """The heads; `kind` is sale or return, `sales` the sale that each return belongs to."""
        currency = CURRENCY_OF_COUNTRY[orders.country]
        total = amounts.order_net + amounts.order_tax + shipping_cents * 100
        at = timestamps(self.start, orders.day, orders.second)
        count = len(orders.day)
        return pl.DataFrame(
            {
                "transaction_id": identifiers(ID_PREFIXES[kind], orders.number, 8),
                "transaction_at": at,
                "customer_id": self.customer_ids.gather(_or_null(orders.customer)),
                "payment_method": labels(PAYMENT_METHODS, orders.payment),
                "transaction_type": pl.repeat(kind, count, eager=True),
                "status": labels(STATUSES, statuses),
                "original_transaction_id": (
                    pl.repeat(None, count, dtype=pl.String, eager=True)
                    if sales is None
                    else identifiers("T", sales, 8)
                ),
                "channel": labels(CHANNELS, orders.channel),
                "currency": labels(CURRENCY_CODES, currency),
                "exchange_rate": self.rates[currency, orders.day] / RATE_UNITS,
                "shipping_amount": shipping_cents / 100,
                "tax_amount": amounts.order_tax / TEN_THOUSANDTHS,
                "total_amount": total / TEN_THOUSANDTHS,
                "shipping_city": self.names.place_cities.gather(orders.place),
                "shipping_state": self.names.place_states.gather(orders.place),
                "shipping_country": labels(COUNTRY_NAMES, orders.country),
                "updated_at": at,
            }
        )

    def items(self, heads: pl.DataFrame, lines: Lines, amounts: Amounts) -> pl.DataFrame:
        """The lines of the transactions in `heads`."""
        own = heads["transaction_id"].gather(lines.order)
        return pl.DataFrame(
            {
                "item_id": own + _item_suffixes().gather(lines.position),
                "transaction_id": own,
                "product_id": self.product_ids.gather(lines.product),
                "quantity": lines.quantity,
                "unit_price": lines.price / 100,
                "discount_percentage": lines.percentage,
                "tax_amount": amounts.line_tax / TEN_THOUSANDTHS,
                "line_total": amounts.line_net / TEN_THOUSANDTHS,
                "updated_at": heads["transaction_at"].gather(lines.order),
            }
        )


def _or_null(customers: Integers) -> pl.Series:
    """Guests become null, an empty field in the file."""
    return pl.Series(customers).replace(NOBODY, None)
