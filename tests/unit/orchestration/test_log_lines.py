"""Log lines: JSON for machines with the run's number on each, words for people, no row's data."""

import io
import json
import logging
from collections.abc import Iterator

import psycopg
import pytest
from tests.conftest import DatabaseServer

from shopwright.orchestration import log_lines

_log = logging.getLogger("shopwright.tests")


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Takes away what a test added."""
    root, ours = logging.getLogger(), logging.getLogger("shopwright")
    handlers, level = list(root.handlers), ours.level
    yield
    root.handlers[:] = handlers
    ours.setLevel(level)


def test_a_line_is_a_json_object_with_the_number_of_its_run() -> None:
    stream = io.StringIO()
    log_lines.write_to(stream, {})
    _log.info("started")
    with log_lines.of_run(12):
        _log.warning("column changed", extra={"what": "é is missing", "rows": 3})
        _log.debug("too fine")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["event"], first["level"], first["run_id"]) == ("started", "info", None)
    del second["at"]
    assert second == {
        "level": "warning", "run_id": 12, "event": "column changed", "what": "é is missing",
        "rows": 3,
    }  # fmt: skip


def test_on_a_terminal_words_and_only_if_asked_for() -> None:
    quiet, asked = Terminal(), Terminal()
    assert log_lines.write_to(quiet, {}) is None
    log_lines.write_to(asked, {"SHOPWRIGHT_LOG": "info"})
    with log_lines.of_run(7):
        _log.info("batch published", extra={"rows": 3})
    assert quiet.getvalue() == ""
    assert asked.getvalue().endswith(" info    run 7: batch published (rows 3)\n")


@pytest.mark.parametrize(("level", "lines"), [("debug", 3), ("info", 2), ("error", 1), ("off", 0)])
def test_the_environment_says_how_much(level: str, lines: int) -> None:
    stream = io.StringIO()
    log_lines.write_to(stream, {"SHOPWRIGHT_LOG": level})
    _log.debug("a step")
    _log.info("a batch")
    _log.error("an end")
    assert len(stream.getvalue().splitlines()) == lines


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="'loud'"):
        log_lines.write_to(io.StringIO(), {"SHOPWRIGHT_LOG": "loud"})


def test_an_error_of_the_database_is_told_without_what_it_quotes(server: DatabaseServer) -> None:
    stream = io.StringIO()
    log_lines.write_to(stream, {})
    with psycopg.connect(server.url) as connection:
        try:
            connection.execute("select cast('ada@example.com' as integer)")
        except psycopg.Error as error:
            _log.error("broken", exc_info=error)
    assert "ada@example.com" not in stream.getvalue()
    line = json.loads(stream.getvalue())
    assert line["kind"] == "InvalidTextRepresentation"
    assert "the value is not shown" in line["error"]
    assert any("test_log_lines.py" in one for one in line["where"])
