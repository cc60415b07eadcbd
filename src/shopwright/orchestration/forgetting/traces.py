"""What would give a person away: the words to look for, and who else they stand for."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from psycopg import Connection

from shopwright.ingestion.contract import contract
from shopwright.orchestration.forgetting.pseudonyms import CUSTOMER_ID, tables_of_customers

_LEAST_LETTERS = 5
_LEAST_DIGITS = 9
_USUAL = ("utf-8", "cp1252", "utf-16-le", "utf-16-be")
_WITHOUT_MARK = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_SINGLE = ("email", "phone", "address")
"""Columns whose value alone gives a person away. A birth date or a postal code does not."""


@dataclass(frozen=True)
class Trace:
    """Words that give the person away where all of them stand together, in one row or line."""

    kind: str
    words: tuple[str, ...]


@dataclass
class Traces:
    """What is looked for. `exact_id` says that the number is too short to be looked for anywhere:
    it is compared where customers are named. `shared` are kinds that others have as well.
    """

    customer_id: str
    found: list[Trace] = field(default_factory=list)
    exact_id: bool = False
    shared: list[str] = field(default_factory=list)

    @property
    def single_words(self) -> list[str]:
        """Values that are erased wherever they stand, in rows without the person's number too."""
        return [one.words[0] for one in self.found if one.kind in _SINGLE]

    @property
    def any_words(self) -> list[str]:
        """A text without any of these does not hold the person."""
        return [self.customer_id, *(one.words[0] for one in self.found)]

    def words_stand_in(self, text: str) -> bool:
        """Whether a line holds what gives the person away, in any case of letters."""
        lowered = text.lower()
        return any(all(word.lower() in lowered for word in one.words) for one in self.found)

    def stand_in(self, text: str) -> bool:
        """Whether it does, or holds the number as a word of its own."""
        return self.words_stand_in(text) or bool(self._alone.search(text))

    @cached_property
    def _alone(self) -> re.Pattern[str]:
        number = re.escape(self.customer_id)
        return re.compile(rf'(?<![^\s,;|"]){number}(?![^\s,;|"])')


def is_telling(word: str) -> bool:
    """Whether a word is long enough not to stand in other things by chance."""
    least = _LEAST_DIGITS if word.replace(".", "").isdigit() else _LEAST_LETTERS
    return len(word) >= least


def spellings(word: str, encodings: Iterable[str]) -> list[bytes]:
    """The word's bytes, as it is and in both cases, in these encodings and the usual ones."""
    found: dict[bytes, None] = {}
    for encoding in (*_USUAL, *encodings):
        for text in (word, word.lower(), word.upper()):
            with suppress(UnicodeError):
                found[text.encode(_WITHOUT_MARK.get(encoding, encoding))] = None
    return list(found)


def states_in_database(connection: Connection, customer_id: str) -> list[dict[str, Any]]:
    """The person's columns in every state that the database keeps, rows set aside included."""
    personal = [name for name, one in contract()["customers"].columns.items() if one.kind == "text"]
    names = ", ".join(name for name in personal if name in ("first_name", "last_name", *_SINGLE))
    found = [
        dict(zip(names.split(", "), row, strict=True))
        for row in connection.execute(
            f"select {names} from production.customers where customer_id = %(id)s"
            f" union select {names} from production.customer_history where customer_id = %(id)s",
            {"id": customer_id},
        )
    ]
    for table in ("quality.rejected_rows", "quality.warning_samples"):
        found += [
            row
            for (row,) in connection.execute(
                f"select row_data from {table} where trim(row_data ->> 'customer_id') = %s"
                " and table_name = any(%s)",
                [customer_id, tables_of_customers()],
            )
        ]
    for table in tables_of_customers():
        if connection.execute("select to_regclass(%s)", [f"staging.{table}"]).fetchone() != (None,):
            found += [
                row
                for (row,) in connection.execute(
                    f"select to_jsonb(staged) from staging.{table} as staged"
                    " where trim(customer_id) = %s",
                    [customer_id],
                )
            ]
    return found


def find_traces(
    connection: Connection, customer_id: str, states: Iterable[Mapping[str, Any]]
) -> Traces:
    """The words to look for, without those that other customers have too."""
    traces = Traces(customer_id)
    if is_telling(customer_id):
        traces.found.append(Trace(CUSTOMER_ID, (customer_id,)))
    else:
        traces.exact_id = True
    for kind, columns in _candidates(states):
        words = tuple(columns.values())
        if _is_shared(connection, customer_id, columns):
            traces.shared.append(kind)
        elif len(words) > 1 or is_telling(words[0]):
            trace = Trace(kind, words)
            if trace not in traces.found:
                traces.found.append(trace)
    traces.shared = sorted(set(traces.shared))
    return traces


def _candidates(states: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, dict[str, str]]]:
    for state in states:
        texts = {
            name: str(state[name]).strip() for name in ("first_name", "last_name", *_SINGLE)
            if state.get(name)
        }  # fmt: skip
        for name in _SINGLE:
            if texts.get(name):
                yield name, {name: texts[name]}
        names = {name: texts[name] for name in ("first_name", "last_name") if texts.get(name)}
        if names:
            yield "name", names


def _is_shared(connection: Connection, customer_id: str, columns: dict[str, str]) -> bool:
    same = " and ".join(f"lower({name}) = lower(%({name})s)" for name in columns)
    found = connection.execute(
        f"select exists (select from production.customers"
        f" where customer_id <> %(customer_id)s and {same})",
        {**columns, "customer_id": customer_id},
    ).fetchone()
    return found is not None and bool(found[0])
