-- One row per brand.
-- write: append
select distinct products.brand as brand_name
from checked.products as products
where products.outcome = 'accepted' and products.brand is not null
