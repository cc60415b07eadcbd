"""Shopwright: an online shop's CSV extracts become a star-schema warehouse, in one command."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shopwright.serving.notebook import Shop as Shop

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`from shopwright import Shop`, which loads what is heavy only where it is wanted."""
    if name == "Shop":
        from shopwright.serving.notebook import Shop

        return Shop
    raise AttributeError(f"module 'shopwright' has no attribute {name!r}")
