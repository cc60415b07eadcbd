-- One row per way to pay.
-- write: append
select distinct transactions.payment_method as payment_method_name
from checked.transactions as transactions
where transactions.outcome = 'accepted' and transactions.payment_method is not null
