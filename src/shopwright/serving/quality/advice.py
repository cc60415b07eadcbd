"""What a shop can do about rows that break a rule, by kind of rule."""

from shopwright.processing.rules import Rule

_BY_KIND = {
    ("reject", "completeness"): (
        "Fill the value in where the rows are made, and deliver them again."
    ),
    ("reject", "uniqueness"): (
        "Find out which of the rows is right, and deliver that one alone under a newer moment."
    ),
    ("reject", "validity"): (
        "Correct the value where the rows are made, and deliver them again. Where all rows of a "
        "file are concerned, the export writes it in another form: change the export."
    ),
    ("reject", "consistency"): (
        "Two values of a row contradict each other. Correct the one that is wrong, and deliver "
        "the rows again."
    ),
    ("reject", "timeliness"): (
        "Look at the clock and at the default dates of the system that wrote the rows; deliver "
        "them again with the right time."
    ),
    ("wait", "integrity"): (
        "Nothing, if what they refer to is still to come: they are tried again in every run. "
        "Otherwise deliver what is missing."
    ),
    ("warn", "validity"): (
        "The rows are published, with this value left empty. Correct it where the rows are made; "
        "the next delivery that holds it right mends it here too."
    ),
    ("warn", "consistency"): (
        "The rows are published as they are. Check whether this is meant; if not, correct it "
        "where the rows are made."
    ),
}
_BY_SEVERITY = {
    "reject": "Correct the rows where they are made, and deliver them again.",
    "wait": "They are tried again in every run; deliver what they wait for.",
    "warn": "The rows are published. Check whether this is meant.",
}


def advice(rule: Rule) -> str:
    """A sentence or two for whoever owns the data."""
    return _BY_KIND.get((rule.severity, rule.dimension), _BY_SEVERITY[rule.severity])


_BY_REASON = {
    "instead of": (
        "A line with too many fields has a delimiter inside a text: have the export put texts "
        "into quotes. One with too few was cut short: have the file delivered again."
    ),
    "byte 0x": (
        "The file is damaged, or in another encoding than it is read in: declare that in "
        'shopwright.toml or in a delivery.toml, as [dialect] encoding = "cp1252", or have it '
        "delivered again."
    ),
    "line break": "Have the export put texts with line breaks into quotes.",
    "quote": "Have the export double the quotes that stand inside of texts.",
    "header": "Nothing, if files were put together: the other lines are taken.",
    "NUL": "The file was damaged on its way: have it delivered again.",
}


def advice_for_line(reason: str) -> str:
    """The same for a line that is no row."""
    return next(
        (text for word, text in _BY_REASON.items() if word in reason),
        "Correct the line where it is made, and have the file delivered again.",
    )
