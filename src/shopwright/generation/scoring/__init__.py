"""Marks a warehouse like an exam: what it holds and rejected against the answer key."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from shopwright.generation.scoring.answers import (
    NoAnswerKey,
    NothingPublished,
    published_deliveries,
    read_answers,
)
from shopwright.generation.scoring.figures import FigureScore, LevelScore, score_figures
from shopwright.generation.scoring.findings import Findings, score_findings
from shopwright.generation.scoring.histories import HistoryScore, score_histories
from shopwright.generation.scoring.marks import DuplicateScore, KindScore, RuleScore
from shopwright.storage.database import Database

__all__ = ["NoAnswerKey", "NothingPublished", "Score", "score"]


class _Part(Protocol):
    @property
    def is_right(self) -> bool: ...


def _all_right(*parts: Sequence[_Part]) -> bool:
    return all(one.is_right for part in parts for one in part)


@dataclass
class Score:
    """Everything that was compared. `unpublished` names deliveries of the key that no run has
    published yet."""

    answer_key: Path
    unpublished: list[str] = field(default_factory=list)
    figures: list[FigureScore] = field(default_factory=list)
    levels: list[LevelScore] = field(default_factory=list)
    histories: list[HistoryScore] = field(default_factory=list)
    rules: list[RuleScore] = field(default_factory=list)
    kinds: list[KindScore] = field(default_factory=list)
    duplicates: list[DuplicateScore] = field(default_factory=list)

    @property
    def figures_are_right(self) -> bool:
        """Whether every figure, at every level, and every history is as expected."""
        return _all_right(self.figures, self.levels, self.histories)

    @property
    def is_perfect(self) -> bool:
        """Whether nothing at all differs from the answer key."""
        return (
            not self.unpublished
            and self.figures_are_right
            and _all_right(self.rules, self.kinds, self.duplicates)
        )


def score(folder: Path, database: Database) -> Score:
    """Compares what is published in the database with the answer key in `folder`.

    Raises NoAnswerKey or NothingPublished.
    """
    answers = read_answers(folder)
    with database.connect() as connection:
        published = published_deliveries(connection)
        figures, levels = score_figures(connection, answers)
        findings: Findings = score_findings(connection, answers)
        histories = score_histories(connection, answers, database.timezone)
    return Score(
        folder,
        [name for name in answers.deliveries["delivery"] if name not in published],
        figures,
        levels,
        histories,
        findings.rules,
        findings.kinds,
        findings.duplicates,
    )
