"""Columns that change: each is told once, when it changes, with the nearest match."""

from tests.shop import Shop

COLUMNS = ["customer_id", "first_name", "email", "city"]


def deliver(shop: Shop, day: int, columns: list[str], part: str = "") -> None:
    """A delivery of one customer with these columns."""
    values = [f"C{day}" if name.startswith("cust") else f"x{day}" for name in columns]
    shop.deliver_file(
        f"2024-05-{day:02}/customers{part}.csv", f"{','.join(columns)}\n{','.join(values)}\n"
    )


def told(shop: Shop) -> list[tuple[str, str, str | None]]:
    """What the run tells, which is what it keeps."""
    result = shop.run()
    found = [(one.change, one.column, one.other) for one in result.changes]
    assert (
        shop.rows(
            "select change, column_name, other_name from quality.column_changes where run_id = %s"
            " order by ctid",
            [result.run_id],
        )
        == found
    )
    return found


def test_a_change_is_told_once(shop: Shop) -> None:
    deliver(shop, 1, COLUMNS)
    assert told(shop) == []
    deliver(shop, 2, [*COLUMNS, "shoe_size"])
    assert told(shop) == [("new", "shoe_size", None)]
    deliver(shop, 3, [*COLUMNS, "shoe_size"])
    assert told(shop) == []
    deliver(shop, 4, ["customer_id", "city", "shoe_size"])
    assert told(shop) == [("missing", "first_name", None), ("missing", "email", None)]
    deliver(shop, 5, ["customer_id", "shoe_size", "city"])
    assert told(shop) == [("reordered", "shoe_size", None)]
    deliver(shop, 6, ["customer_id", "shoe_size", "city", "email"])
    assert told(shop) == [("new", "email", None)]


def test_a_renamed_column_is_recognised_and_can_be_mapped(shop: Shop) -> None:
    deliver(shop, 1, COLUMNS)
    deliver(shop, 2, ["customer_id", "FirstName", "email", "city"])
    result = shop.run()
    (change,) = result.changes
    assert (change.change, change.column, change.other) == ("renamed", "first_name", "FirstName")
    assert change.sentence == (
        "2024-05-02/customers: the column first_name seems to be called FirstName now; if it is "
        'first_name: [columns.customers] "FirstName" = "first_name".'
    )
    deliver(shop, 3, ["customer_id", "FirstName", "email", "city"])
    shop.deliver_file("2024-05-03/delivery.toml", '[columns.customers]\nFirstName = "first_name"\n')
    assert told(shop) == [("renamed", "FirstName", "first_name")]
    assert shop.rows("select customer_id, first_name from production.customers order by 1") == [
        ("C1", "x1"), ("C2", None), ("C3", "x3")
    ]  # fmt: skip


def test_a_first_delivery_tells_what_the_contract_does_not_know(shop: Shop) -> None:
    deliver(shop, 1, ["customer_id", "e-mail", "colour"])
    assert told(shop) == [("new", "e-mail", "email"), ("new", "colour", None)]


def test_the_parts_of_a_table_are_held_against_it_together(shop: Shop) -> None:
    for day in (1, 2):
        deliver(shop, day, ["customer_id", "email"], "-1")
        deliver(shop, day, ["customer_id", "city"], "-2")
    assert told(shop) == []


def test_a_late_delivery_is_held_against_the_one_before_it(shop: Shop) -> None:
    deliver(shop, 1, ["customer_id", "email"])
    deliver(shop, 9, ["customer_id", "city"])
    assert told(shop) == [("missing", "email", None), ("new", "city", None)]
    deliver(shop, 5, ["customer_id", "email"])
    assert told(shop) == []


def deliver_values(shop: Shop, day: int, values: list[str], column: str = "segment") -> None:
    """A delivery of customers with these values."""
    lines = [f'C{day}-{number},"{value}"' for number, value in enumerate(values)]
    shop.deliver_file(
        f"2024-05-{day:02}/customers.csv", "\n".join([f"customer_id,{column}", *lines, ""])
    )


NUMBERS = [f"{number},50" for number in range(30)]
DATES = [f"{day:02}.05.2024" for day in range(1, 31)]
TEXTS = ["regular"] * 30


def test_a_column_whose_values_are_of_another_kind_is_told_once(shop: Shop) -> None:
    kinds = [NUMBERS, [*NUMBERS[1:], "none"], TEXTS, TEXTS, DATES, NUMBERS[:5] + TEXTS[:5], DATES]
    found = []
    for day, values in enumerate(kinds, 1):
        deliver_values(shop, day, values)
        found.append(told(shop))
    assert found == [
        [], [], [("retyped", "segment", "text, no longer number")], [],
        [("retyped", "segment", "date, no longer text")], [], [],
    ]  # fmt: skip


def test_columns_of_a_batch_and_unknown_ones_are_looked_at_too(shop: Shop) -> None:
    deliver_values(shop, 1, TEXTS, "size of shoe")
    deliver_values(shop, 2, NUMBERS, "size of shoe")
    deliver_values(shop, 3, NUMBERS, "size of shoe")
    (_, change) = shop.run().changes
    assert change.sentence == (
        "2024-05-02/customers: the values of size of shoe seem to be number, no longer text."
    )


def test_too_few_values_are_of_no_kind(shop: Shop) -> None:
    deliver_values(shop, 1, NUMBERS)
    deliver_values(shop, 2, TEXTS[:19])
    deliver_values(shop, 3, [*TEXTS[:15], *NUMBERS[:20]])  # between the two: who knows
    assert told(shop) == []
    assert shop.rows(
        "select kind from quality.column_values where column_name = 'segment' order by delivery_key"
    ) == [("number",), (None,), (None,)]
