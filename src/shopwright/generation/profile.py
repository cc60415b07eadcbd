"""What a made-up shop is like: every number that a user may read and change, checked."""

import math
from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from shopwright.config.errors import did_you_mean
from shopwright.generation.countries import COUNTRIES
from shopwright.generation.faults.rates import FaultRates
from shopwright.generation.holidays import MOVABLE_DAYS, is_begin
from shopwright.generation.mess.rates import MessRates
from shopwright.generation.shares import ShareInvalid

MOST_PRODUCTS = 60_000
MOST_LINES = 40
MOST_TRANSACTIONS = 99_999_999  # a number has eight digits
FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)

Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(gt=0, le=100)]
Weight = Annotated[float, Field(ge=0)]
Percentage = Annotated[int, Field(ge=0, le=90)]
Shares = str | float | int
Texts = Annotated[tuple[str, ...], Field(min_length=1)]


class _Section(BaseModel):
    """Unknown keys and values of another type are refused; nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Size(_Section):
    """`[size]`: the first and the last day, the exact number of sales, and how many products
    (left out, as many as a shop of that size carries)."""

    start: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    end: date = Field(le=LAST_DAY)
    transactions: int = Field(ge=0, le=MOST_TRANSACTIONS)
    products: int | None = Field(default=None, ge=10, le=MOST_PRODUCTS)

    @field_validator("end")
    @classmethod
    def _is_not_before_the_start(cls, end: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start is not None and end < start:
            raise ValueError(f"before start = {start}; allowed is {start} or later")
        return end

    @property
    def days(self) -> int:
        """Both ends included."""
        return (self.end - self.start).days + 1


class Demand(_Section):
    """`[demand]`: when people buy. Factors multiply the sales of a day; hours are weights."""

    growth_a_year: float = Field(gt=-0.9, le=10)
    weekdays: tuple[Factor, ...] = Field(min_length=7, max_length=7)
    months: tuple[Factor, ...] = Field(min_length=12, max_length=12)
    daily_noise: Share
    payday_lift: Factor
    payday_days: int = Field(ge=0, le=14)
    holiday_factor: Factor
    hours_on_workdays: tuple[Weight, ...] = Field(min_length=24, max_length=24)
    hours_on_weekends: tuple[Weight, ...] = Field(min_length=24, max_length=24)

    @field_validator("hours_on_workdays", "hours_on_weekends")
    @classmethod
    def _some_hour_sells(cls, hours: tuple[float, ...]) -> tuple[float, ...]:
        return _with_a_positive(hours)


class Campaign(_Section):
    """`[[campaigns]]`: days on which demand is multiplied and prices are reduced by `discount`
    per cent; `begins` is MM-DD or a movable day, moved by `offset` days; it is everywhere unless
    `countries` are named."""

    name: str = Field(min_length=1)
    begins: str
    offset: int = Field(default=0, ge=-60, le=60)
    days: int = Field(ge=1, le=60)
    demand: Factor
    discount: Percentage
    countries: Texts | None = None

    @field_validator("begins")
    @classmethod
    def _is_a_day(cls, begins: str) -> str:
        if not is_begin(begins):
            raise ValueError(f"allowed are MM-DD and {', '.join(MOVABLE_DAYS)}")
        return begins

    @field_validator("countries")
    @classmethod
    def _are_known(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        _refuse_unknown_countries(names or ())
        return names


class CustomerHabits(_Section):
    """`[customers]`: who buys, how often, for how long, and what changes about them."""

    guest_share: Share
    first_order_share: Annotated[float, Field(gt=0, le=1)]
    browsers_per_buyer: float = Field(ge=0, le=20)
    registered_earlier_days: int = Field(ge=1, le=3650)
    repeat_rate: Annotated[float, Field(ge=0, le=0.95)]
    median_life_days: float = Field(gt=0, le=10_000)
    life_shape: float = Field(ge=0.5, le=20)
    purchase_rate_spread: float = Field(ge=0, le=2)
    moves_a_year: Share
    new_emails_a_year: Share
    new_segments_a_year: Share

    @field_validator("first_order_share")
    @classmethod
    def _leaves_room(cls, share: float, info: ValidationInfo) -> float:
        guests = info.data.get("guest_share", 0.0)
        if guests + share > 1:
            most = round(1 - guests, 10)
            raise ValueError(f"with guest_share = {guests}; allowed is up to {most}")
        return share


class Baskets(_Section):
    """`[baskets]`: shares of baskets with 1, 2, 3 ... lines; how many of the later lines go with
    the first; shares of lines of 1, 2, 3 ... units; from which price (euro) on it is one unit."""

    sizes: tuple[Weight, ...] = Field(min_length=1, max_length=MOST_LINES)
    complement_share: Share
    quantities: tuple[Weight, ...] = Field(min_length=1, max_length=100)
    single_from_price: float = Field(gt=0)

    @field_validator("sizes", "quantities")
    @classmethod
    def _some_weigh(cls, weights: tuple[float, ...]) -> tuple[float, ...]:
        return _with_a_positive(weights)


class Popularity(_Section):
    """`[popularity]`: the product of rank r sells like (r + offset) ^ -exponent; ranks drift, so
    that after `memory_days` a product's place says 1/e of what it said."""

    zipf_exponent: float = Field(ge=0, le=3)
    zipf_offset: float = Field(ge=0, le=1000)
    memory_days: float = Field(gt=0, le=100_000)


class Range(_Section):
    """`[range]`: how products are priced and named, come and go. Without `variants` they are
    told apart by colours."""

    price_spread: float = Field(ge=0, le=2)
    margin_spread: float = Field(ge=0, le=0.5)
    launches_a_year: Share
    retirements_a_year: Share
    stock_outs_a_year: float = Field(ge=0, le=12)
    stock_out_days: float = Field(ge=1, le=60)
    styles: Texts
    variants: Texts | None = None


class Prices(_Section):
    """`[prices]`: the share of list prices that change in 30 days, and by how much (mean and
    standard deviation of the logarithm of new / old)."""

    changes_a_month: Share
    drift: float = Field(ge=-0.5, le=0.5)
    step: float = Field(ge=0, le=0.5)


class Promotions(_Section):
    """`[promotions]`: the share of shelves reduced each week, by which percentages, and how much
    more they sell; the share of shelves in a campaign; coupons of whole orders."""

    shelves_a_week: Share
    percentages: tuple[Percentage, ...] = Field(min_length=1)
    lift: Factor
    campaign_shelves: Share
    coupon_share: Share
    coupon_percentages: tuple[Percentage, ...] = Field(min_length=1)


class OrderHabits(_Section):
    """`[orders]`: shares of orders that are cancelled, that are delivered again as they go on,
    and that come through each channel."""

    cancelled_share: Share
    in_progress_share: Share
    web: Weight
    app: Weight
    shop: Weight

    @field_validator("shop")
    @classmethod
    def _some_channel_sells(cls, shop: float, info: ValidationInfo) -> float:
        if shop + info.data.get("web", 1) + info.data.get("app", 1) == 0:
            raise ValueError("one of web, app and shop must be above 0")
        return shop


class ReturnHabits(_Section):
    """`[returns]`: how many returns are of the whole order, and when they come. How often stands
    with each shelf."""

    whole_share: Share
    first_day: int = Field(ge=7, le=60)
    mean_more_days: float = Field(ge=0, le=60)
    last_day: int = Field(ge=7, le=120)

    @field_validator("last_day")
    @classmethod
    def _is_not_before_the_first(cls, last: int, info: ValidationInfo) -> int:
        first = info.data.get("first_day", 0)
        if last < first:
            raise ValueError(f"before first_day = {first}; allowed is {first} to 120")
        return last


class Shelf(_Section):
    """`[[shelves]]`: a sub-category. `price` is the median in euro, `margin` the share of it left
    after cost, `return_rate` the share of orders sent back whose first line is from here,
    `peak_month` and `swing` the season (0.4 sells 40 % more in the peak month and 40 % less half
    a year away), `weight` its part of the range, `goes_with` what is bought together with it."""

    category: str = Field(min_length=1)
    name: str = Field(min_length=1)
    products: Texts
    price: float = Field(gt=0, le=100_000)
    margin: float = Field(ge=0, le=0.95)
    return_rate: Share
    peak_month: int = Field(ge=1, le=12)
    swing: float = Field(ge=0, le=0.95)
    goes_with: Texts
    weight: Factor = 1.0


class Profile(_Section):
    """A whole shop.toml."""

    name: str = Field(min_length=1)
    seed: int = Field(ge=0)
    size: Size
    countries: dict[str, Factor] = Field(min_length=1)
    demand: Demand
    campaigns: tuple[Campaign, ...] = ()
    customers: CustomerHabits
    baskets: Baskets
    popularity: Popularity
    range: Range
    prices: Prices
    promotions: Promotions
    orders: OrderHabits
    returns: ReturnHabits
    shelves: tuple[Shelf, ...] = Field(min_length=1)
    faults: dict[str, Shares] = Field(default_factory=dict)
    mess: dict[str, Shares] = Field(default_factory=dict)

    @field_validator("faults", "mess")
    @classmethod
    def _are_shares(cls, table: dict[str, Shares], info: ValidationInfo) -> dict[str, Shares]:
        try:
            if info.field_name == "faults":
                FaultRates.from_table(table)
            else:
                MessRates.from_table(table)
        except ShareInvalid as error:
            problem = error.problem.removeprefix(f"{info.field_name}: ").removesuffix(".")
            raise ValueError(f"{problem}; allowed {error.allowed}") from error
        return table

    @field_validator("countries")
    @classmethod
    def _are_known(cls, countries: dict[str, float]) -> dict[str, float]:
        _refuse_unknown_countries(countries)
        return countries

    @field_validator("shelves")
    @classmethod
    def _go_with_each_other(cls, shelves: tuple[Shelf, ...]) -> tuple[Shelf, ...]:
        names = [shelf.name for shelf in shelves]
        for shelf in shelves:
            if names.count(shelf.name) > 1:
                raise ValueError(f"two shelves are named {shelf.name!r}; each name is allowed once")
            for partner in shelf.goes_with:
                if partner not in names:
                    raise ValueError(
                        f"{shelf.name!r} goes with {partner!r}, which is no shelf"
                        f"{did_you_mean(partner, names)}; allowed are {', '.join(names)}"
                    )
        return shelves

    @property
    def product_count(self) -> int:
        """As set, else what a shop of this size carries: 800 products at 10,000 sales, 5,000 at
        1,000,000."""
        if self.size.products is not None:
            return self.size.products
        return min(round(50 + 20 * math.pow(self.size.transactions, 0.4)), MOST_PRODUCTS)


def _refuse_unknown_countries(names: Iterable[str]) -> None:
    known = [country.name for country in COUNTRIES]
    for name in names:
        if name not in known:
            raise ValueError(
                f"unknown country {name!r}{did_you_mean(name, known)}; "
                f"allowed are {', '.join(known)}"
            )


def _with_a_positive(weights: tuple[float, ...]) -> tuple[float, ...]:
    if not sum(weights) > 0:
        raise ValueError("one of them must be above 0")
    return weights
