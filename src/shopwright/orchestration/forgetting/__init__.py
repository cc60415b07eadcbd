"""Forgetting a customer: what names them is erased everywhere, what they bought still counts."""
