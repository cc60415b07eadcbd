-- One row per way to pay.
-- write: append
select payment_methods.payment_method_name as payment_method
from production.payment_methods as payment_methods
