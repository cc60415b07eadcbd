"""Faults planted into rows on purpose, each of them known: what, where, and what should follow."""

from shopwright.generation.faults.damage import Damage, Expected, Fault
from shopwright.generation.faults.kinds import DAMAGES, KINDS, MALFORMED_KINDS
from shopwright.generation.faults.rates import FaultRates

__all__ = [
    "DAMAGES",
    "KINDS",
    "MALFORMED_KINDS",
    "Damage",
    "Expected",
    "Fault",
    "FaultRates",
]
