"""Exact money: all amounts are integers, in cents or in ten-thousandths of a currency unit.

A discount is a whole percentage, so quantity * price * percentage / 100 ends at four decimals.
Tax is what is left between the net line and the gross line rounded to the cent: it has four
decimals too, and what a customer pays is whole cents although net lines are not.
"""

import numpy as np

from shopwright.generation.randomness import Integers

TEN_THOUSANDTHS = 10_000


def net_amounts(quantities: Integers, price_cents: Integers, percentages: Integers) -> Integers:
    """Ten-thousandths: quantity * price less the discount; negative for negative quantities."""
    return quantities * price_cents * (100 - percentages)


def tax_amounts(net: Integers, tax_permille: Integers) -> Integers:
    """Ten-thousandths of tax on net ten-thousandths, never negative (a return's tax is counted
    from its size); net and tax together are whole cents."""
    size = np.abs(net)
    gross_cents = (size * (1000 + tax_permille) + 50_000) // 100_000
    tax: Integers = np.maximum(gross_cents, -(-size // 100)) * 100 - size
    return tax


def sums_by_order(amounts: Integers, first_lines: Integers) -> Integers:
    """The sum of each order's lines; lines lie together and `first_lines` says where each starts.
    Every order has a line."""
    if not len(first_lines):
        return np.zeros(0, dtype=np.int64)
    sums: Integers = np.add.reduceat(amounts, first_lines)
    return sums
