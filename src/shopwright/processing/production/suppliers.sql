-- One row per supplier.
-- write: append
select distinct products.supplier as supplier_name
from checked.products as products
where products.outcome = 'accepted' and products.supplier is not null
