"""Columns that are emptier than in the weeks before: warned of, by table, and soon found."""

from datetime import date, timedelta

from tests.shop import Shop, customer, product

from shopwright.processing.watching import watches

NAME = "more_is_empty_than_usual"


def deliver(shop: Shop, day: int, empty: int, rows: int = 40) -> None:
    """A delivery of customers of which some have no e-mail address, and products with all."""
    emails = ["" if number < empty else "a@shop.example" for number in range(rows)]
    shop.deliver(
        str(date(2024, 1, 1) + timedelta(days=day)),
        customers=[customer(f"C{day}-{n}", email=one) for n, one in enumerate(emails)],
        products=[product(f"P{day}-{n}", brand="A") for n in range(rows)],
    )


def warned(shop: Shop) -> list[tuple[str, str, str, int]]:
    """What the newest run found, by table."""
    run_id = shop.run().run_id
    return shop.rows(
        "select table_name, dimension, severity, row_count::int from quality.rule_results"
        " where rule_name = %s and run_id = %s",
        [NAME, run_id],
    )


def test_a_column_that_is_emptier_than_usual_is_warned_of(shop: Shop) -> None:
    for day in range(4):
        deliver(shop, day, empty=4)
    assert warned(shop) == []
    deliver(shop, 7, empty=13)  # of 40; usual are 4, and odd is what is over 13.7
    assert warned(shop) == []
    deliver(shop, 8, empty=20)
    assert warned(shop) == [("customers", "completeness", "warn", 1)]
    assert shop.account("customers", "2024-01-09") == (40, 40, 0, 0, 0)
    assert shop.row(
        "select row_count::int, empty_count::int from quality.column_values"
        " where column_name = 'email' order by delivery_key desc limit 1"
    ) == (40, 20)


def test_too_little_to_compare_with_warns_of_nothing(shop: Shop) -> None:
    for day in range(3):
        deliver(shop, day, empty=0)
    deliver(shop, 3, empty=40)  # three deliveries before
    deliver(shop, 100, empty=40)  # none in the eight weeks before
    assert warned(shop) == []
    for day in range(101, 104):
        deliver(shop, day, empty=0)
    shop.run()
    deliver(shop, 105, empty=19, rows=19)  # too few rows
    assert warned(shop) == []


def test_it_can_be_switched_off_for_a_table(shop: Shop) -> None:
    for day in range(4):
        deliver(shop, day, empty=0)
    shop.run()
    shop.set_severity("customers", **{NAME: "off"})
    deliver(shop, 5, empty=40)
    assert warned(shop) == []


def test_of_two_years_of_counts_only_eight_weeks_are_read(shop: Shop) -> None:
    deliver(shop, 0, empty=0)
    shop.run()
    shop.execute(
        """
        insert into ops.deliveries
        select cast(to_char(day, 'YYYYMMDD') as bigint) * 1000 + 1, cast(day as text), day, 1, '',
            '', 1, now()
        from generate_series(date '2022-01-01', date '2023-12-31', interval '1 day') as day;
        insert into quality.column_values
        select table_name, concat(column_name, number), deliveries.delivery_key, 100, 1, 'text'
        from quality.column_values as counts
        cross join generate_series(0, 9) as number
        cross join ops.deliveries
        where deliveries.delivery_date < date '2024-01-01';
        update quality.column_values set column_name = rtrim(column_name, '0')
        where column_name like '%0';
        analyze quality.column_values; analyze ops.deliveries
        """
    )
    assert shop.value("select count(*) from quality.column_values") > 29_000
    plans = [
        shop.value(f"explain (analyze, format json) select count(*) from ({one.select}) as odd")
        for one in watches()
        if one.name == NAME
    ]
    assert len(plans) == 4
    assert max(_rows_read(plan[0]["Plan"]) for plan in plans) < 5_000  # of eight weeks


def _rows_read(plan: dict[str, object]) -> float:
    """The most rows that any node of a plan gave, over all its loops."""
    children = plan.get("Plans", [])
    assert isinstance(children, list)
    own = float(str(plan["Actual Rows"])) * float(str(plan["Actual Loops"]))
    return max([own, *(_rows_read(child) for child in children)])
