"""How deliveries arrive: late, twice, out of order, in parts, packed, in another dialect.

Nothing of it is a fault: the warehouse should end as if every day had come in order and alike.
"""

from shopwright.generation.mess.rates import MESS_KINDS, MessRates

__all__ = ["MESS_KINDS", "MessRates"]
