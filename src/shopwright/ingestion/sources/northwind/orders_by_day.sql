-- One row per order, with the day of the shop's first order, on which all that is undated begins.
select
    *,
    min(order_date) over () as first_order_date,
from read_csv('orders.csv', all_varchar = true)
