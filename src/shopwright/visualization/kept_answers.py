"""Answers kept until something new is published."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

from shopwright.serving.analyses import Analysis
from shopwright.serving.semantic import Filters, Result
from shopwright.visualization.warehouse import Asked


class KeptAnswers:
    """Answers by question, until the stamp changes. One question is asked once at a time."""

    most = 6000

    def __init__(self, stamp: Callable[[], Hashable]) -> None:
        """Keeps none yet."""
        self._stamp = stamp
        self._seen: Hashable = None
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._asking: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, ask: Callable[[], Any]) -> Any:
        """The answer that is kept, or the one that `ask` gives."""
        self._forget_old()
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
            asking = self._asking.setdefault(key, threading.Lock())
        with asking:
            with self._lock:
                if key in self._answers:
                    return self._answers[key]
                seen = self._seen
            try:
                found = ask()
            finally:
                with self._lock:
                    self._asking.pop(key, None)
            if seen == self._seen:
                self.keep(key, found)
            return found

    def has(self, key: Hashable) -> bool:
        """Whether it is kept."""
        self._forget_old()
        with self._lock:
            return key in self._answers

    def keep(self, key: Hashable, answer: Any) -> None:
        """Keeps an answer, and forgets the one not asked for the longest."""
        with self._lock:
            self._answers[key] = answer
            if len(self._answers) > self.most:
                self._answers.popitem(last=False)

    def _forget_old(self) -> None:
        with self._lock:
            stamp = self._stamp()
            if stamp != self._seen:
                self._answers.clear()
                self._seen = stamp


class AskedOnce:
    """A warehouse of which a whole, that several tables of a page show, is asked once."""

    def __init__(self, asked: Asked, kept: KeptAnswers) -> None:
        self._asked = asked
        self._kept = kept

    def answer(
        self, metrics: Sequence[str], by: Sequence[str] = (), where: Filters | None = None, *,
        order: Sequence[str] = (), limit: int | None = None, continuous: bool = False,
    ) -> Result:  # fmt: skip
        """The figures of metrics by dimensions."""
        ask = partial(
            self._asked.answer, metrics, by, where, order=order, limit=limit, continuous=continuous
        )
        if by or where is None:
            return ask()
        values = tuple(sorted((name, tuple(one)) for name, one in where.values.items()))
        found: Result = self._kept.get(
            ("whole", tuple(metrics), where.start, where.end, values), ask
        )
        return found

    def select(self, analysis: Analysis, given: Mapping[str, object]) -> Result:
        """The rows of a named SELECT."""
        return self._asked.select(analysis, given)
