-- One row per place that a customer lives at or an order was sent to.
-- write: append
select
    customers.country,
    customers.state,
    customers.city,
    customers.postal_code
from checked.customers as customers
where
    customers.outcome = 'accepted'
    and concat(customers.country, customers.state, customers.city, customers.postal_code) <> ''
union
select
    transactions.shipping_country as country,
    transactions.shipping_state as state,
    transactions.shipping_city as city,
    '' as postal_code
from checked.transactions as transactions
where
    transactions.outcome = 'accepted'
    and concat(
        transactions.shipping_country, transactions.shipping_state, transactions.shipping_city
    ) <> ''
