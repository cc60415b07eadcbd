"""Every kind of fault, in the order in which they are planted."""

from shopwright.generation.faults.dates import FUTURE_DATES, IMPOSSIBLE_DATES
from shopwright.generation.faults.figures import (
    DISCOUNTS_OVER_100,
    LINE_TOTALS,
    NEGATIVE_PRICES,
    THOUSANDS_SEPARATORS,
)
from shopwright.generation.faults.lines import (
    ENCODING_DAMAGE,
    TRUNCATED_LAST_LINES,
    UNQUOTED_DELIMITERS,
)
from shopwright.generation.faults.references import LATE_REFERENCES, UNKNOWN_REFERENCES
from shopwright.generation.faults.repetitions import CONFLICTING_DUPLICATES, EXACT_DUPLICATES
from shopwright.generation.faults.texts import BLANKS_AND_CASE, BROKEN_EMAILS, GARBLED_TEXTS
from shopwright.generation.faults.values import MISSING_KEYS, SWAPPED_COLUMNS, WRONG_TYPES

DAMAGES = (
    *TRUNCATED_LAST_LINES,  # first: it needs the last row of a file
    *LATE_REFERENCES,  # and these the first rows of their keys
    *THOUSANDS_SEPARATORS,  # and these rows with amounts of a thousand and more
    *MISSING_KEYS,
    *UNKNOWN_REFERENCES,
    *EXACT_DUPLICATES,
    *CONFLICTING_DUPLICATES,
    *WRONG_TYPES,
    *IMPOSSIBLE_DATES,
    *FUTURE_DATES,
    *NEGATIVE_PRICES,
    *DISCOUNTS_OVER_100,
    *LINE_TOTALS,
    *BROKEN_EMAILS,
    *ENCODING_DAMAGE,
    *GARBLED_TEXTS,
    *BLANKS_AND_CASE,
    *UNQUOTED_DELIMITERS,
    *SWAPPED_COLUMNS,
)
KINDS = tuple(dict.fromkeys(damage.kind for damage in DAMAGES))
MALFORMED_KINDS = tuple(
    dict.fromkeys(damage.kind for damage in DAMAGES if damage.expected == "malformed")
)
