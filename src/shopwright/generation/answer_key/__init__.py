"""What the generator knows of its own data: every fault it planted and every figure it made.

It is computed from the shop's rows as they were made, block by block, with integers alone, and
shares no line with the pipeline's SQL.
"""

from shopwright.generation.answer_key.key import AnswerKey

__all__ = ["AnswerKey"]
