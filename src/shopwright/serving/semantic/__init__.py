"""The semantic layer: what a metric means, and which table of the warehouse answers it exactly.

`answer` gives the rows, `compile_query` the statement. Values are bound parameters, names are
looked up in the files of `serving/metrics` and in `dimensions`.
"""

from shopwright.serving.semantic.answers import Result, answer
from shopwright.serving.semantic.compiler import Compiled, compile_query
from shopwright.serving.semantic.questions import Filters, Question, QuestionRefused

__all__ = [
    "Compiled",
    "Filters",
    "Question",
    "QuestionRefused",
    "Result",
    "answer",
    "compile_query",
]
