"""What a run touches, computed once: the transactions, customers and dates whose facts may differ.

A SELECT of the warehouse defines its whole table. To bring the table up to date the runner lets it
read only the touched rows (`Transform.narrowed`), so that the cost follows the delivery and not the
history. These temporary tables hold them:

transactions_before, _after            what was delivered, as it was and is in production
placed_dates                           the business dates of both
touched_transaction_ids                what was delivered, or points at a changed version
touched_transactions, touched_items    their rows in production
sales_before, sales_after              their facts, line by line
orders_before, orders_after            their facts, order by order
customer_orders_before, _after         all orders of the customers they belong to
date_orders_after                      all orders of the dates they fall on
pairs_of_other_baskets                 how many pairs of products all other orders make
touched_customer_orders                what the customers have bought whose scores may differ
dim_customer_before, dim_product_before   the versions that the facts before point at, as they were
                                          (old_dim_..., of `versions`: those that this run writes)
"""

from psycopg import Connection, sql

from shopwright.processing.temporary import make_temporary

DIMENSIONS = {"customer": "fact_orders", "product": "fact_sales"}
"""The dimensions with versions, and the facts by which transactions of a version are found."""

MEASURES = ("last_order_date", "order_count", "net_amount")
"""What the scores of a customer are made of."""

BEFORE = {
    "warehouse.dim_customer": "dim_customer_before",
    "warehouse.dim_product": "dim_product_before",
}
"""What the facts before are joined with: a version may say something else by now, or be gone."""

NARROWED_BY = {
    "transaction_id": {
        "before": {
            "warehouse.fact_sales": "sales_before",
            "warehouse.fact_orders": "orders_before",
        },
        "after": {"warehouse.fact_sales": "sales_after", "warehouse.fact_orders": "orders_after"},
    },
    "customer_id": {
        "before": {"warehouse.fact_orders": "customer_orders_before"},
        "after": {"warehouse.fact_orders": "customer_orders_after"},
    },
    "order": {
        "before": {"production.transactions": "transactions_before"},
        "after": {"production.transactions": "transactions_after"},
    },
    "date_key": {"after": {"warehouse.fact_orders": "date_orders_after"}},
    "score": {"after": {"warehouse.agg_customer_orders": "touched_customer_orders"}},
}
"""For the `by` of a transform: what it reads in place of the facts, before and after."""


def keep_transactions(connection: Connection, name: str) -> None:
    """Fills a table of the delivered transactions as production holds them at this moment."""
    make_temporary(
        connection,
        name,
        "select transactions.* from production.transactions as transactions"
        " inner join (select distinct transaction_id from checked.transactions) as delivered"
        " using (transaction_id)",
        ["transaction_id", "business_date"],
    )


def keep_transactions_after(connection: Connection) -> None:
    """Fills the table of the delivered transactions as they have become, and placed_dates."""
    keep_transactions(connection, "transactions_after")
    _make_dates(
        connection,
        "placed_dates",
        "select business_date from transactions_before"
        " union select business_date from transactions_after",
    )


def _make_dates(connection: Connection, name: str, select: str) -> None:
    """A temporary table of the few dates that there are: the planner takes them for a thousand."""
    make_temporary(connection, name, select)
    connection.execute(f"analyze {name}")


def find_transactions(connection: Connection) -> int:
    """Fills touched_transaction_ids and the two tables of their rows. Gives their number."""
    for dimension, facts in DIMENSIONS.items():
        _find_transactions_of_versions(connection, dimension, facts)
    make_temporary(
        connection,
        "touched_transaction_ids",
        """
        select transaction_id from compared_transactions where is_written
        union
        select transaction_id from compared_transaction_items where is_written
        union
        select sales.transaction_id
        from warehouse.fact_sales as sales
        inner join compared_transaction_items as compared using (item_id)
        where compared.is_written and not compared.is_new
        union
        select transaction_id from transactions_of_changed_customers
        union
        select transaction_id from transactions_of_changed_products
        """,
    )
    make_temporary(
        connection,
        "touched_transactions",
        "select transactions.* from production.transactions as transactions"
        " inner join touched_transaction_ids using (transaction_id)",
        ["transaction_id", "customer_id", "business_date"],
    )
    make_temporary(
        connection,
        "touched_items",
        "select items.* from production.transaction_items as items"
        " inner join touched_transaction_ids using (transaction_id)",
        ["item_id", "transaction_id", "product_id"],
    )
    found = connection.execute("select count(*) from touched_transaction_ids").fetchone()
    assert found is not None
    return int(found[0])


def _find_transactions_of_versions(connection: Connection, dimension: str, facts: str) -> None:
    """The transactions whose facts lie in a version's interval that is new, changed or gone."""
    make_temporary(
        connection,
        f"changed_{dimension}_keys",
        f"""
        select versions.{dimension}_key, changed.valid_from, changed.valid_to
        from changed_dim_{dimension} as changed
        inner join warehouse.dim_{dimension} as versions using ({dimension}_id)
        union
        select versions.{dimension}_key, changed.valid_from, changed.valid_to
        from changed_dim_{dimension} as changed
        inner join old_dim_{dimension} as versions using ({dimension}_id)
        """,
    )
    make_temporary(
        connection,
        f"transactions_of_changed_{dimension}s",
        f"""
        select distinct facts.transaction_id
        from changed_{dimension}_keys as changed
        inner join warehouse.{facts} as facts
            on facts.{dimension}_key = changed.{dimension}_key
            and facts.transaction_at >= changed.valid_from
            and facts.transaction_at < changed.valid_to
        """,
    )


def has_changed_transactions(connection: Connection) -> bool:
    """Whether a transaction that was known says something else now."""
    found = connection.execute(
        "select exists (select from compared_transactions where is_newer)"
    ).fetchone()
    return found is not None and bool(found[0])


def keep_before(connection: Connection) -> None:
    """Fills the tables of the facts as they are before this run writes any."""
    make_temporary(
        connection,
        "sales_before",
        "select sales.* from warehouse.fact_sales as sales"
        " inner join touched_items using (item_id)",
        ["item_id", "product_key"],
    )
    make_temporary(
        connection,
        "orders_before",
        "select orders.* from warehouse.fact_orders as orders"
        " inner join touched_transaction_ids using (transaction_id)",
        ["transaction_id", "customer_key", "date_key"],
    )
    make_temporary(
        connection,
        "pairs_of_other_baskets",
        """
        with baskets as (
            select count(distinct product_key) as product_count
            from sales_before
            where not is_return
            group by transaction_id
        )
        select (select coalesce(sum(order_count), 0) from warehouse.agg_product_pairs)
            - coalesce(sum(product_count * (product_count - 1) / 2), 0) as pair_count
        from baskets
        where product_count between 2 and 20
        """,
    )
    make_temporary(connection, "fifths_before", "select * from warehouse.agg_value_fifths")


def find_customers_and_dates(connection: Connection) -> None:
    """From the touched orders before and after: their customers, dates and versions."""
    make_temporary(
        connection,
        "touched_customers",
        """
        select distinct versions.customer_id
        from (
            select customer_key from orders_before union select customer_key from orders_after
        ) as orders
        inner join (
            select customer_key, customer_id from warehouse.dim_customer
            union all
            select customer_key, customer_id from old_dim_customer
        ) as versions using (customer_key)
        where orders.customer_key <> 0
        """,
    )
    make_temporary(
        connection,
        "touched_customer_keys",
        """
        select customer_key from warehouse.dim_customer
        inner join touched_customers using (customer_id)
        union
        select customer_key from old_dim_customer
        inner join touched_customers using (customer_id)
        """,
    )
    _make_dates(
        connection,
        "touched_dates",
        """
        select dates.date_key, dates.full_date
        from (select date_key from orders_before union select date_key from orders_after) as orders
        inner join warehouse.dim_date as dates using (date_key)
        """,
    )
    _keep_customer_orders(connection, "customer_orders_before")
    _keep_versions(connection, "customer", "select customer_key from customer_orders_before")
    _keep_versions(connection, "product", "select product_key from sales_before")


def _keep_versions(connection: Connection, dimension: str, keys: str) -> None:
    make_temporary(
        connection,
        f"dim_{dimension}_before",
        f"""
        with keys as (select distinct {dimension}_key from ({keys}) as facts)
        select old.* from old_dim_{dimension} as old inner join keys using ({dimension}_key)
        union all
        select versions.* from warehouse.dim_{dimension} as versions
        inner join keys using ({dimension}_key)
        where not exists (
            select from old_dim_{dimension} as old
            where old.{dimension}_key = versions.{dimension}_key
        )
        """,
    )


def keep_after(connection: Connection) -> None:
    """Fills the tables of the touched customers' and dates' orders as they have become."""
    _keep_customer_orders(connection, "customer_orders_after")
    make_temporary(
        connection,
        "date_orders_after",
        "select orders.* from warehouse.fact_orders as orders"
        " inner join touched_dates using (date_key)",
        ["customer_key", "date_key"],
    )


def find_scores(connection: Connection) -> None:
    """The customers whose scores may differ: those with touched orders, and those whose date,
    number or amount lies between a bound of the fifths as it was and as it is now.
    """
    moved = connection.execute(
        """
        select
            least(before.last_order_date, after.last_order_date),
            greatest(before.last_order_date, after.last_order_date),
            least(before.order_count, after.order_count),
            greatest(before.order_count, after.order_count),
            least(before.net_amount, after.net_amount),
            greatest(before.net_amount, after.net_amount)
        from fifths_before as before
        inner join warehouse.agg_value_fifths as after using (score)
        """
    ).fetchall()
    conditions: list[sql.Composable] = [
        sql.SQL("orders.customer_id in (select customer_id from touched_customers)")
    ]
    conditions += [
        sql.SQL("orders.{0} > {1} and orders.{0} <= {2}").format(
            sql.Identifier(measure), sql.Literal(lower), sql.Literal(upper)
        )
        for bounds in moved
        for measure, lower, upper in zip(MEASURES, bounds[::2], bounds[1::2], strict=True)
        if lower != upper
    ]
    if not moved:  # there were no scores, or there are none any more
        conditions = [sql.SQL("true")]
    make_temporary(
        connection,
        "touched_customer_orders",
        sql.SQL("select orders.* from warehouse.agg_customer_orders as orders where {}").format(
            sql.SQL(" or ").join(conditions)
        ),
        ["customer_id"],
    )


def _keep_customer_orders(connection: Connection, name: str) -> None:
    make_temporary(
        connection,
        name,
        "select orders.* from warehouse.fact_orders as orders"
        " inner join touched_customer_keys using (customer_key)",
        ["customer_key", "date_key"],
    )
