"""What a run touches, computed once: the transactions, customers and dates whose sales may differ.

A SELECT of the warehouse defines its whole table. To bring the table up to date the runner lets it
read only the touched rows (`Transform.narrowed`), so that the cost follows the delivery and not the
history. These temporary tables hold them:

touched_transaction_ids                        what was delivered, or points at a changed version
touched_transactions, touched_items            their rows in production
sales_before, sales_after                      their facts
customer_sales_before, customer_sales_after    all facts of the customers they belong to
date_sales_after                               all facts of the dates they fall on
dim_customer_before, dim_product_before        the versions that the facts before point at, as they
                                               were (old_dim_... holds those that this run writes)
"""

from psycopg import Connection

_DIMENSIONS = (("customer", "customer_id"), ("product", "product_id"))

DIMENSIONS_BEFORE = {
    "warehouse.dim_customer": "dim_customer_before",
    "warehouse.dim_product": "dim_product_before",
}
"""What the facts before are joined with: a version may say something else by now, or be gone."""

NARROWED_BY = {
    "transaction_id": ("sales_before", "sales_after"),
    "customer_id": ("customer_sales_before", "customer_sales_after"),
    "date_key": ("", "date_sales_after"),
}
"""For the `by` of a transform that reads facts: what it reads instead, before and after."""


def find_touched_transactions(connection: Connection) -> int:
    """Fills touched_transaction_ids and the two tables of their rows. Gives their number."""
    connection.execute(
        """
        create temp table touched_transaction_ids on commit drop as
        select transaction_id from written_transactions
        union
        select items.transaction_id
        from production.transaction_items as items
        inner join written_transaction_items using (item_id)
        union
        select sales.transaction_id
        from warehouse.fact_sales as sales
        inner join written_transaction_items using (item_id)
        """
    )
    for dimension, business_key in _DIMENSIONS:
        connection.execute(
            f"""
            insert into touched_transaction_ids
            select distinct sales.transaction_id
            from changed_dim_{dimension} as changed
            inner join (
                select {business_key}, {dimension}_key from warehouse.dim_{dimension}
                union all
                select {business_key}, {dimension}_key from old_dim_{dimension}
            ) as versions using ({business_key})
            inner join warehouse.fact_sales as sales
                on sales.{dimension}_key = versions.{dimension}_key
                and sales.transaction_at >= changed.valid_from
                and sales.transaction_at < changed.valid_to
            where not exists (
                select from touched_transaction_ids as known
                where known.transaction_id = sales.transaction_id
            )
            """
        )
    connection.execute("analyze touched_transaction_ids")
    connection.execute(
        """
        create temp table touched_transactions on commit drop as
        select transactions.* from production.transactions as transactions
        inner join touched_transaction_ids using (transaction_id)
        """
    )
    connection.execute(
        """
        create temp table touched_items on commit drop as
        select items.* from production.transaction_items as items
        inner join touched_transaction_ids using (transaction_id)
        """
    )
    connection.execute("analyze touched_transactions; analyze touched_items")
    found = connection.execute("select count(*) from touched_transaction_ids").fetchone()
    assert found is not None
    return int(found[0])


def keep_sales_before(connection: Connection, new_sales: str) -> None:
    """Fills the tables of facts as they are, and sales_after from the SELECT of the new ones."""
    connection.execute(
        """
        create temp table sales_before on commit drop as
        select sales.* from warehouse.fact_sales as sales
        inner join touched_transaction_ids using (transaction_id)
        """
    )
    connection.execute(f"create temp table sales_after on commit drop as {new_sales}")
    connection.execute("analyze sales_before; analyze sales_after")
    connection.execute(
        """
        create temp table touched_customers on commit drop as
        select versions.customer_id
        from (
            select customer_key from sales_before union select customer_key from sales_after
        ) as sales
        inner join (
            select customer_key, customer_id from warehouse.dim_customer
            union all
            select customer_key, customer_id from old_dim_customer
        ) as versions using (customer_key)
        where sales.customer_key <> 0
        group by versions.customer_id
        """
    )
    connection.execute(
        """
        create temp table touched_customer_keys on commit drop as
        select customer_key from warehouse.dim_customer
        inner join touched_customers using (customer_id)
        union
        select customer_key from old_dim_customer
        inner join touched_customers using (customer_id)
        """
    )
    connection.execute(
        """
        create temp table touched_dates on commit drop as
        select dates.date_key, dates.full_date
        from (select date_key from sales_before union select date_key from sales_after) as sales
        inner join warehouse.dim_date as dates using (date_key)
        """
    )
    connection.execute(
        "analyze touched_customers; analyze touched_customer_keys; analyze touched_dates"
    )
    _keep_customer_sales(connection, "customer_sales_before")
    for dimension, _ in _DIMENSIONS:
        connection.execute(
            f"""
            create temp table dim_{dimension}_before on commit drop as
            with keys as (
                select {dimension}_key from sales_before
                union
                select {dimension}_key from customer_sales_before
            )
            select old.* from old_dim_{dimension} as old
            inner join keys using ({dimension}_key)
            union all
            select versions.* from warehouse.dim_{dimension} as versions
            inner join keys using ({dimension}_key)
            where not exists (
                select from old_dim_{dimension} as old
                where old.{dimension}_key = versions.{dimension}_key
            )
            """
        )
        connection.execute(f"analyze dim_{dimension}_before")


def keep_sales_after(connection: Connection) -> None:
    """Fills the tables of the touched customers' and dates' facts as they have become."""
    _keep_customer_sales(connection, "customer_sales_after")
    connection.execute(
        """
        create temp table date_sales_after on commit drop as
        select sales.* from warehouse.fact_sales as sales
        inner join touched_dates using (date_key)
        """
    )
    connection.execute("analyze date_sales_after")


def _keep_customer_sales(connection: Connection, name: str) -> None:
    connection.execute(
        f"""
        create temp table {name} on commit drop as
        select sales.* from warehouse.fact_sales as sales
        inner join touched_customer_keys using (customer_key)
        """
    )
    connection.execute(f"analyze {name}")
