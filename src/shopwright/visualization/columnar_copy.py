"""A copy of the warehouse in DuckDB's memory: a filter over millions of lines in milliseconds.

PostgreSQL reads every row of a fact to answer for one category or country; columns in memory take
a twentieth of that. The copy is of one moment, read as the reader, and made anew when something
was published. The semantic layer compiles the same questions for it.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import psycopg
from psycopg import sql
from sqlalchemy import Boolean, Date, Integer, Numeric, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeEngine

from shopwright.config.errors import ShopwrightError
from shopwright.serving.analyses import Analysis
from shopwright.serving.export import warehouse_tables
from shopwright.serving.semantic import Filters, Result, compile_query
from shopwright.serving.semantic.dialects import COLUMNAR, RATIO_DIGITS, Dialect

_LEFT_OUT = {
    "fact_sales": {"item_id", "currency", "exchange_rate", "transaction_at", "unit_price",
                   "original_net_amount"},
    "dim_product": {"unit_price", "unit_cost", "valid_from", "valid_to"},
    "dim_customer": {"valid_from", "valid_to", "registration_date"},
}  # fmt: skip
"""What no question asks for; the rest is small."""

_DIGITS = 18
_MOST_DIGITS = 38
"""Of amounts: DuckDB adds up twice as fast what fits 64 bits. Beyond them the copy is wider."""

_READ = (
    "read_csv($file, header = false, auto_detect = false, delim = ',', quote = '\"',"
    " escape = '\"', nullstr = '', allow_quoted_nulls = false, columns = $kinds)"
)

_WORDS = {
    "dim_product": {"product_id": "product", "product_name": "product_name",
                    "category": "category", "sub_category": "sub_category", "brand": "brand",
                    "supplier": "supplier"},
    "dim_customer": {"segment": "segment", "age_group": "age_group", "gender": "gender",
                     "city": "customer_city", "state": "customer_state",
                     "country": "customer_country"},
    "dim_payment_method": {"payment_method": "payment_method"},
    "agg_customer_value": {"value_segment": "value_segment"},
    "fact_orders": {"channel": "channel", "shipping_country": "shipping_country"},
    "fact_sales": {"channel": "channel", "shipping_country": "shipping_country"},
}  # fmt: skip
"""Texts that repeat, kept as numbers of a list in the order of the alphabet (enums), and the
dimension that the list is named after. The lines' channels and countries are those of the orders.
"""

_ELSE = {"channel": "Unknown", "shipping_country": "Unknown", "value_segment": "None"}
"""What a dimension says where nothing is known."""

_NUMBERS = {
    "fact_orders": ("transaction_id", "transaction_id"),
    "fact_sales": ("transaction_id", "transaction_id"),
    "dim_customer": ("customer_id", "customer_number"),
    "agg_customer_orders": ("customer_id", "customer_number"),
    "agg_customer_value": ("customer_id", "customer_number"),
}
"""Keys that get a number, in the order of the keys, and the column that it is kept in."""

_FACTS = ("fact_orders", "fact_sales")
_OF_DATES = {
    "day": "dates.full_date", "week": "dates.week_start_date", "month": "dates.month_start_date",
    "quarter": "make_date(dates.year, dates.quarter * 3 - 2, 1)",
    "year": "make_date(dates.year, 1, 1)", "month_of_year": "dates.month",
    "weekday": "dates.day_of_week",
}  # fmt: skip
_OF_OTHERS = {
    "payment_method": "methods.payment_method", "segment": "customers.segment",
    "age_group": "customers.age_group", "gender": "customers.gender",
    "customer_city": "customers.city", "customer_state": "customers.state",
    "customer_country": "customers.country", "customer_number": "customers.customer_number",
    "value_segment": "coalesce(customer_values.value_segment, 'None')",
    "is_first_day": "coalesce(dates.full_date = firsts.first_order_date, false)",
    "hour": "loaded.hour_of_day",
}  # fmt: skip
_OF_PRODUCTS = {
    "category": "products.category", "sub_category": "products.sub_category",
    "brand": "products.brand", "supplier": "products.supplier",
    "product_id": "products.product_id", "product_name": "current_products.product_name",
    "is_first_of_category":
    "row_number() over (partition by loaded.transaction_id, products.category) = 1",
}  # fmt: skip
"""What the dimensions say of a fact, kept with it. Which line is the first does not matter: it is
one of each order and category, so that orders of a category are counted without a bit for each.
"""

_JOINED = """
    inner join warehouse.dim_date as dates on loaded.date_key = dates.date_key
    inner join warehouse.dim_payment_method as methods
        on loaded.payment_method_key = methods.payment_method_key
    inner join warehouse.dim_customer as customers on loaded.customer_key = customers.customer_key
    left join warehouse.agg_customer_value as customer_values
        on customers.customer_number = customer_values.customer_number
    left join warehouse.agg_customer_orders as firsts
        on customers.customer_number = firsts.customer_number
"""
_PRODUCTS_JOINED = """
    inner join warehouse.dim_product as products on loaded.product_key = products.product_key
    inner join warehouse.dim_product as current_products
        on products.product_id = current_products.product_id and current_products.is_current
"""

_ONE = 10**RATIO_DIGITS
_EXACT_RATIO = f"""
    create macro scaled(amount, factor) as
        cast(cast(amount as decimal(38, {RATIO_DIGITS})) * factor as hugeint);
    create macro exact_ratio(top, bottom) as
        cast(
            (scaled(top, {_ONE}) * {2 * _ONE} + sign(top) * abs(scaled(bottom, {_ONE})))
            // nullif(scaled(bottom, {2 * _ONE}), 0)
            as decimal(29, 0)
        ) * {1 / _ONE:.{RATIO_DIGITS}f};
"""
"""As PostgreSQL divides numerics: rounded to as many places, halves away from zero; null by zero.

A macro is planned wherever it stands, which takes longer than its work: 0.7 ms with as few calls.
"""


class CopyUnwanted(ShopwrightError):
    """Nobody waits for the copy any more."""

    def __init__(self) -> None:
        """Needs no mend."""
        super().__init__("The copy is not wanted any more.")


class ColumnarCopy:
    """The copy. Its questions may come from several threads at once."""

    def __init__(
        self, reader: psycopg.Connection, *, threads: int = 2,
        is_unwanted: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        """Reads all of the warehouse in the transaction that `reader` is in.

        Raises CopyUnwanted soon after `is_unwanted`.
        """
        self._is_unwanted = is_unwanted
        self._opening = threading.Lock()
        self._duckdb = duckdb.connect(config={"threads": threads})
        try:
            self._load(reader)
        except BaseException:
            self._duckdb.close()
            raise

    def _load(self, reader: psycopg.Connection) -> None:
        self._duckdb.execute("set enable_progress_bar = false")
        self._duckdb.execute("create schema warehouse; create schema numbers; create schema words")
        self._duckdb.execute(_EXACT_RATIO)
        tables = {table.name: table for table in warehouse_tables()}
        # What has all keys is read before what refers to them, and the facts with all that is
        # said of them at last.
        first = ["dim_customer"]
        others = [one for one in tables if one not in (*first, *_FACTS)]
        with TemporaryDirectory(prefix="shopwright-dashboard-") as folder:
            for name in [*first, *others, *_FACTS]:
                self._load_table(reader, tables[name], Path(folder) / "rows.csv")
        self._duckdb.execute("drop schema numbers cascade")
        self._dialect = self._counted()

    def _counted(self) -> Dialect:
        """The dialect with the numbers of keys and values in this copy."""
        sizes = {name: self._number(f"select len(enum_range(cast(null as {word})))")
                 for name, word in COLUMNAR.words.items()}  # fmt: skip
        days = self._number(
            "select coalesce(max(full_date) - min(full_date), 0) + 1 from warehouse.dim_date"
        )
        per_axis = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}
        sizes |= {name: days // length + 2 for name, length in per_axis.items()}
        sizes |= {"month_of_year": 12, "weekday": 7, "hour": 24}
        orders, customers = (
            self._number(f"select coalesce(max({key}), 0) from warehouse.{table}")
            for key, table in (
                ("transaction_id", "fact_orders"),
                ("customer_number", "dim_customer"),
            )
        )
        bits = {
            "transaction_id": ("facts.transaction_id", orders),
            "customer_id": ("facts.customer_number", customers),
            "product_id": ("enum_code(facts.product_id)", sizes["product"]),
        }
        return replace(COLUMNAR, sizes=sizes, bits=bits)

    def _number(self, select: str) -> int:
        found = self._duckdb.execute(select).fetchone()
        assert found is not None
        return int(found[0])

    def _load_table(self, reader: psycopg.Connection, table: Table, file: Path) -> None:
        left_out = _LEFT_OUT.get(table.name, set())
        columns = [one for one in table.columns if one.name not in left_out]
        select = sql.SQL("copy (select {} from warehouse.{}) to stdout (format csv)").format(
            sql.SQL(", ").join(sql.Identifier(one.name) for one in columns),
            sql.Identifier(table.name),
        )
        with file.open("wb") as stream, reader.cursor().copy(select) as copy:
            for chunk in copy:
                stream.write(chunk)
                if self._is_unwanted():
                    raise CopyUnwanted
        for digits in (_DIGITS, _MOST_DIGITS):
            kinds = {one.name: _duckdb_type(one.type, digits) for one in columns}
            try:
                self._duckdb.execute(
                    f"create table loaded as from {_READ}", {"file": str(file), "kinds": kinds}
                )
                break
            except duckdb.ConversionException:
                if digits == _MOST_DIGITS:
                    raise
        self._keep(table.name)

    def _keep(self, table: str) -> None:
        """The loaded rows with numbers for keys, and words as enums; facts with their dimensions
        and in the order of their days, so that a range of days reads no others.
        """
        replaced = {}
        for column, dimension in _WORDS.get(table, {}).items():
            otherwise = _ELSE.get(dimension)
            word = f"coalesce({column}, '{otherwise}')" if otherwise else column
            if table != "fact_sales":
                also = f" union select '{otherwise}'" if otherwise else ""
                self._duckdb.execute(
                    f"create type words.{dimension} as enum (select distinct {word} as word"
                    f" from loaded where {word} is not null{also} order by word)"
                )
            replaced[column] = f"cast({word} as words.{dimension})"
        joined, added = "", []
        if table in _NUMBERS:
            key, number = _NUMBERS[table]
            self._duckdb.execute(
                f"create table if not exists numbers.{key} as"
                f" select {key}, cast(row_number() over (order by {key}) as integer) as number"
                f" from (select distinct {key} from loaded)"
            )
            joined = f" inner join numbers.{key} as numbers on loaded.{key} = numbers.{key}"
            if number == key:
                replaced[key] = "numbers.number"
            else:
                added.append(f"numbers.number as {number}")
        if table in _FACTS:
            said = _OF_DATES | _OF_OTHERS | (_OF_PRODUCTS if table == "fact_sales" else {})
            added += [f"{value} as {name}" for name, value in said.items()]
            joined += _JOINED + (_PRODUCTS_JOINED if table == "fact_sales" else "")
            joined += " order by loaded.date_key"
        changes = ", ".join(f"{value} as {name}" for name, value in replaced.items())
        shown = f"loaded.* replace ({changes})" if changes else "loaded.*"
        self._duckdb.execute(
            f"create table warehouse.{table} as select {', '.join([shown, *added])}"
            f" from loaded{joined}; drop table loaded"
        )

    def close(self) -> None:
        """Lets go of it: the memory is free once the questions that are being answered are.

        DuckDB refuses to close what is still asked.
        """
        with self._opening:
            self._is_unwanted = lambda: True
            del self._duckdb

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of a question's own: while one is opened, DuckDB refuses another."""
        with self._opening:
            if self._is_unwanted():
                raise CopyUnwanted
            return self._duckdb.cursor()

    def answer(
        self, metrics: Sequence[str], by: Sequence[str] = (), where: Filters | None = None, *,
        order: Sequence[str] = (), limit: int | None = None, continuous: bool = False,
        star_only: bool = False,
    ) -> Result:  # fmt: skip
        """The figures of metrics by dimensions, the same that PostgreSQL gives."""
        query = compile_query(
            metrics, by, where, order=order, limit=limit, continuous=continuous,
            star_only=star_only, dialect=self._dialect,
        )  # fmt: skip
        with closing(self._cursor()) as cursor:
            rows = cursor.execute(query.sql, query.params).fetchall()
        return Result(query.columns, rows, query.tables)

    def select(self, analysis: Analysis, given: Mapping[str, object]) -> Result:
        """The rows of a named analysis of the warehouse."""
        statement, values = analysis.bound(given)
        with closing(self._cursor()) as cursor:
            rows = cursor.execute(statement, values or None).fetchall()
            names = tuple(one[0] for one in cursor.description or ())
        return Result(names, rows, analysis.tables)


def _duckdb_type(kind: TypeEngine[Any], digits: int) -> str:
    if isinstance(kind, Numeric):
        return f"DECIMAL({digits}, {kind.scale or 0})"
    names: list[tuple[type[TypeEngine[Any]], str]] = [
        (Text, "VARCHAR"), (SmallInteger, "SMALLINT"), (Boolean, "BOOLEAN"), (Date, "DATE"),
        (TIMESTAMP, "TIMESTAMPTZ"),
    ]  # fmt: skip
    for one, name in names:
        if isinstance(kind, one):
            return name
    assert isinstance(kind, Integer)
    return "BIGINT" if kind.__visit_name__ == "big_integer" else "INTEGER"
