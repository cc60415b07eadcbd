"""The rows of the four tables, as the contract names their columns, every value ready for CSV."""

from datetime import date
from functools import cache

import numpy as np
import polars as pl

from shopwright.generation.amounts import TEN_THOUSANDTHS
from shopwright.generation.catalog import Catalog
from shopwright.generation.countries import COUNTRIES, PAYMENT_METHODS
from shopwright.generation.customers import GENDERS, NOBODY, SEGMENTS
from shopwright.generation.deliveries import DatedRows
from shopwright.generation.exchange_rates import CURRENCY_CODES, CURRENCY_OF_COUNTRY, RATE_UNITS
from shopwright.generation.names import EMAIL_DOMAINS, Names, mail_names
from shopwright.generation.news import CustomerStates, News, ProductStates, StatusStates, Trades
from shopwright.generation.order_status import STATUSES
from shopwright.generation.orders import CHANNELS, Heads
from shopwright.generation.profile import MOST_LINES, Shelf
from shopwright.generation.randomness import Integers
from shopwright.generation.texts import dates, identifiers, labels, timestamps

Tables = dict[str, list[DatedRows]]
COUNTRY_NAMES = tuple(country.name for country in COUNTRIES)
PHONE_PREFIXES = tuple(country.phone_prefix for country in COUNTRIES)


class Rows:
    """Writes out a shop's news; holds what lasts as long as the shop and never changes."""

    def __init__(
        self,
        start: date,
        shelves: tuple[Shelf, ...],
        names: Names,
        catalog: Catalog,
        rates: Integers,
        customer_count: int,
    ) -> None:
        self.start = start
        self.shelves = shelves
        self.names = names
        self.catalog = catalog
        self.rates = rates
        women, men = names.given
        self.given = pl.concat([women.values, men.values])
        self.mail_given = mail_names(self.given)
        self.mail_family = mail_names(names.family.values)
        numbers = identifiers("C", np.arange(customer_count) + 1, 7)
        self.customer_ids = pl.concat([numbers, pl.Series([None], dtype=pl.String)])
        assert NOBODY == -1  # the last of the numbers, a guest's: an empty field
        self.product_ids = identifiers("P", np.arange(len(catalog)) + 1, 5)

    def tables(self, news: News) -> Tables:
        """A block's rows by table, with the day on which each is delivered."""
        sales, sold = self._trades(news.sales, "sale")
        returns, given_back = self._trades(news.returns, "return")
        return {
            "customers": [
                self._customers(states) for states in (news.new_customers, news.changed_customers)
            ],
            "products": [self._products(news.products)],
            "transactions": [sales, returns, self._status(news.status)],
            "transaction_items": [sold, given_back],
        }

    def _customers(self, states: CustomerStates) -> DatedRows:
        of, numbers = states.customers, states.numbers + 1
        given, family = of.given_name, of.family_name
        texts = pl.DataFrame(
            {
                "given": self.mail_given[given],
                "family": self.mail_family[family],
                "number": numbers,
                "domain": labels(EMAIL_DOMAINS, of.email_domain),
                "prefix": labels(PHONE_PREFIXES, of.country),
                "phone": of.phone,
                "street": self.names.streets.values[of.street],
                "house": of.house_number,
            }
        ).select(
            email=pl.format("{}.{}{}@{}", "given", "family", "number", "domain"),
            phone=pl.format("{} {}", "prefix", "phone"),
            address=pl.format("{} {}", "street", "house"),
        )
        rows = pl.DataFrame(
            {
                "customer_id": identifiers("C", numbers, 7),
                "first_name": self.given[given],
                "last_name": self.names.family.values[family],
                "email": texts["email"],
                "phone": texts["phone"],
                "registration_date": dates(self.start, of.registered_on),
                "birth_date": dates(self.start, of.birth_day),
                "gender": labels(GENDERS, of.gender),
                "segment": labels(SEGMENTS, of.segment),
                "address": texts["address"],
                "city": self.names.place_cities[of.place],
                "state": self.names.place_states[of.place],
                "postal_code": self.names.places.values[of.place],
                "country": labels(COUNTRY_NAMES, of.country),
                "updated_at": timestamps(self.start, states.days, states.seconds),
            }
        )
        return DatedRows(np.maximum(states.days, 0), rows)  # earlier ones come with the first day

    def _products(self, states: ProductStates) -> DatedRows:
        products, days, of = states.products, states.days, self.catalog
        shelf = of.sub_category[products]
        rows = pl.DataFrame(
            {
                "product_id": self.product_ids[products],
                "product_name": of.names[products],
                "category": labels([one.category for one in self.shelves], shelf),
                "sub_category": labels([one.name for one in self.shelves], shelf),
                "brand": of.brands[products],
                "supplier": of.suppliers[products],
                "unit_price": states.prices / 100,
                "unit_cost": states.costs / 100,
                "stock_quantity": states.stock,
                "is_active": days < of.ended_on[products],
                "updated_at": timestamps(self.start, days, np.zeros_like(days)),
            }
        )
        return DatedRows(days, rows)

    def _trades(self, trades: Trades, kind: str) -> tuple[DatedRows, DatedRows]:
        """The heads and the lines."""
        lines, amounts, day = trades.lines, trades.amounts, trades.heads.orders.day
        heads = self._heads(trades.heads, kind)
        number = heads["transaction_id"][lines.order]
        items = pl.DataFrame(
            {
                "item_id": number + _item_suffixes()[lines.position],
                "transaction_id": number,
                "product_id": self.product_ids[lines.product],
                "quantity": lines.quantity,
                "unit_price": lines.price / 100,
                "discount_percentage": lines.percentage,
                "tax_amount": amounts.line_tax / TEN_THOUSANDTHS,
                "line_total": amounts.line_net / TEN_THOUSANDTHS,
                "updated_at": heads["updated_at"][lines.order],
            }
        )
        return DatedRows(day, heads), DatedRows(day[lines.order], items)

    def _status(self, states: StatusStates) -> DatedRows:
        updated_at = timestamps(self.start, states.days, states.seconds)
        heads = self._heads(states.heads, "sale").with_columns(updated_at=updated_at)
        return DatedRows(states.days, heads)

    def _heads(self, heads: Heads, kind: str) -> pl.DataFrame:
        """The transactions as they are when they are made."""
        orders, count = heads.orders, len(heads.orders.day)
        currency = CURRENCY_OF_COUNTRY[orders.country]
        at = timestamps(self.start, orders.day, orders.second)
        return pl.DataFrame(
            {
                "transaction_id": identifiers("R" if kind == "return" else "T", orders.number, 8),
                "transaction_at": at,
                "customer_id": self.customer_ids[orders.customer],
                "payment_method": labels(PAYMENT_METHODS, orders.payment),
                "transaction_type": _constant(kind, count),
                "status": labels(STATUSES, heads.status),
                "original_transaction_id": (
                    _constant(None, count)
                    if heads.sales is None
                    else identifiers("T", heads.sales, 8)
                ),
                "channel": labels(CHANNELS, orders.channel),
                "currency": labels(CURRENCY_CODES, currency),
                "exchange_rate": self.rates[currency, orders.day] / RATE_UNITS,
                "shipping_amount": heads.shipping / TEN_THOUSANDTHS,
                "tax_amount": heads.tax / TEN_THOUSANDTHS,
                "total_amount": heads.total / TEN_THOUSANDTHS,
                "shipping_city": self.names.place_cities[orders.place],
                "shipping_state": self.names.place_states[orders.place],
                "shipping_country": labels(COUNTRY_NAMES, orders.country),
                "updated_at": at,
            }
        )


def _constant(text: str | None, count: int) -> pl.Series:
    return pl.Series([text], dtype=pl.String).new_from_index(0, count)


@cache
def _item_suffixes() -> pl.Series:
    return pl.Series([f"-{position}" for position in range(MOST_LINES + 1)])
