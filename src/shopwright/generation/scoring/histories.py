"""Customers and products: their newest state in production, their versions in the warehouse."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from psycopg import Connection

from shopwright.generation.answer_key.histories import BEGINNING, END
from shopwright.generation.scoring.answers import Answers

EXAMPLES = 5
UNKNOWN = "Unknown"
_LOCATION = ("country", "state", "city", "postal_code")
_STATE_COLUMNS = {
    "customers": (
        "first_name", "last_name", "email", "phone", "registration_date", "birth_date",
        "age_group", "gender", "segment", "address", *_LOCATION,
    ),
    "products": (
        "product_name", "category", "sub_category", "brand", "supplier", "unit_price", "unit_cost",
        "stock_quantity", "is_active",
    ),
}  # fmt: skip
_VERSION_COLUMNS = {
    "customers": (
        "segment", "age_group", "gender", "city", "state", "country", "registration_date",
    ),
    "products": (
        "product_name", "category", "sub_category", "brand", "supplier", "unit_price", "unit_cost",
        "is_active",
    ),
}  # fmt: skip
_AGES = (18, 25, 35, 45, 55, 65)
_AGE_GROUPS = ("0-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+")
_DECIMALS = ("unit_price", "unit_cost", "stock_quantity")
_NEVER_UNKNOWN = ("registration_date", "product_name", *_DECIMALS, "is_active")
_PRODUCTION = {
    "customers": """
        from production.customers as entity
        left join production.locations using (location_id)
    """,
    "products": """
        from (
            select product_id, product_name, category_name as category,
                sub_category_name as sub_category, brand_name as brand,
                supplier_name as supplier, unit_price, unit_cost, stock_quantity,
                coalesce(is_active, true) as is_active, updated_at
            from production.products
            left join production.sub_categories using (sub_category_id)
            left join production.categories using (category_id)
            left join production.brands using (brand_id)
            left join production.suppliers using (supplier_id)
        ) as entity
    """,
}


@dataclass(frozen=True)
class HistoryScore:
    """Rows of one table of customers or products, and the keys whose rows differ."""

    table: str
    expected_rows: int
    found_rows: int
    differing_keys: int
    examples: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Whether every row is as expected."""
        return self.differing_keys == 0


def score_histories(connection: Connection, answers: Answers, timezone: str) -> list[HistoryScore]:
    """Newest states, then versions; times are compared as instants."""
    scores = []
    for table, key in (("customers", "customer_id"), ("products", "product_id")):
        states = answers.frame(table)
        if table == "customers" and states.width:
            states = _with_age_groups(states)
        expected = _newest(states, table, key, timezone)
        found = _production(connection, table, key)
        scores.append(_compared(f"production.{table}", key, expected, found))
        expected = _versions(states, table, key, timezone)
        found = _dimension(connection, table, key)
        scores.append(_compared(f"warehouse.dim_{table[:-1]}", key, expected, found))
    return scores


def _newest(states: pl.DataFrame, table: str, key: str, timezone: str) -> pl.DataFrame:
    columns = [key, *_STATE_COLUMNS[table]]
    if not states.width:
        return pl.DataFrame(schema=dict.fromkeys([*columns, "began"], pl.String))
    newest = states.filter("is_current")
    texts = _as_texts(_with_all(newest, columns), columns)
    return texts.with_columns(instants(newest["updated_at"], timezone).alias("began"))


def _versions(states: pl.DataFrame, table: str, key: str, timezone: str) -> pl.DataFrame:
    """Equal neighbouring states are one version."""
    described = [*_VERSION_COLUMNS[table]]
    columns = [key, *described, "valid_from", "valid_to"]
    if not states.width:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    texts = _as_texts(_with_all(states, [key, *described]), [key, *described])
    texts = texts.with_columns(
        pl.col(column).fill_null(UNKNOWN) for column in described if column not in _NEVER_UNKNOWN
    ).with_columns(states["updated_at"])
    description = pl.struct(described)
    changed = (description != description.shift(1).over(key)) | pl.col(key).is_first_distinct()
    versions = texts.filter(changed).with_columns(
        instants(texts.filter(changed)["updated_at"], timezone).alias("began")
    )
    return versions.select(
        key,
        *described,
        valid_from=pl.when(pl.col(key).is_first_distinct())
        .then(pl.lit(_edge(BEGINNING)))
        .otherwise("began"),
        valid_to=pl.col("began").shift(-1).over(key).fill_null(_edge(END)),
    )


def instants(local: pl.Series, timezone: str) -> pl.Series:
    """Local times of the shop as UTC, the way PostgreSQL reads them: of a time that comes twice
    the later is meant, and one that is left out lies an hour ahead."""
    plain = local.str.to_datetime("%Y-%m-%d %H:%M:%S")

    def placed(times: pl.Series) -> pl.Series:
        return times.dt.replace_time_zone(timezone, ambiguous="latest", non_existent="null")

    found = placed(plain)
    if found.null_count():
        found = found.fill_null(placed(plain + timedelta(hours=1)))
    return found.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%d %H:%M:%S")


def _edge(text: str) -> str:
    """The beginning and the end of time are counted in UTC."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("UTC")).astimezone(UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _with_age_groups(states: pl.DataFrame) -> pl.DataFrame:
    """With the age group of each state, where the shop keeps none but the date of birth."""
    known = _with_all(states, ["birth_date", "age_group"])
    born, then = (pl.col(one).cast(pl.String).str.head(10) for one in ("birth_date", "updated_at"))
    years = (
        then.str.head(4).cast(pl.Int32) - born.str.head(4).cast(pl.Int32)
        - (then.str.tail(5) < born.str.tail(5)).cast(pl.Int32)
    )  # fmt: skip
    passed = pl.sum_horizontal((years >= age).cast(pl.Int32) for age in _AGES)
    place = pl.when(years.is_not_null()).then(passed)
    group = place.replace_strict(dict(enumerate(_AGE_GROUPS)), return_dtype=pl.String)
    return known.with_columns(pl.col("age_group").fill_null(group))


def _with_all(states: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """With the columns that this shop does not deliver, empty."""
    missing = [column for column in columns if column not in states.columns]
    return states.with_columns(pl.lit(None, pl.String).alias(column) for column in missing)


def _as_texts(states: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    def text(column: str) -> pl.Expr:
        if column in _DECIMALS:
            return pl.col(column).cast(pl.Decimal(18, 4)).cast(pl.String)
        return pl.col(column).cast(pl.String)

    return states.select(text(column).alias(column) for column in columns)


def _production(connection: Connection, table: str, key: str) -> pl.DataFrame:
    columns = [key, *_STATE_COLUMNS[table]]
    chosen = ", ".join(
        f"nullif({one}, '')" if one in _LOCATION else f"cast({one} as text)" for one in columns
    )
    return _fetched(
        connection,
        f"select {chosen}, {_instant('entity.updated_at')} {_PRODUCTION[table]}",
        [*columns, "began"],
    )


def _dimension(connection: Connection, table: str, key: str) -> pl.DataFrame:
    columns = [key, *_VERSION_COLUMNS[table]]
    chosen = ", ".join(f"cast({one} as text)" for one in columns)
    return _fetched(
        connection,
        f"select {chosen}, {_instant('valid_from')}, {_instant('valid_to')}"
        f" from warehouse.dim_{table[:-1]} where {table[:-1]}_key <> 0",
        [*columns, "valid_from", "valid_to"],
    )


def _instant(column: str) -> str:
    return f"to_char({column} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')"


def _fetched(connection: Connection, query: str, columns: list[str]) -> pl.DataFrame:
    rows = connection.execute(query).fetchall()
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def _compared(table: str, key: str, expected: pl.DataFrame, found: pl.DataFrame) -> HistoryScore:
    columns = expected.columns
    missing = expected.join(found, on=columns, how="anti", nulls_equal=True)
    surplus = found.join(expected, on=columns, how="anti", nulls_equal=True)
    keys = pl.concat([missing[key], surplus[key]]).unique().sort()
    return HistoryScore(table, len(expected), len(found), len(keys), keys.head(EXAMPLES).to_list())
