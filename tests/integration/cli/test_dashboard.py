"""The verb dashboard: served by a process of its own, and written to one file."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.integration.cli.conftest import shopwright

from shopwright.visualization.definitions import pages
from shopwright.visualization.web.report_file import LARGEST


def _started(
    workspace: Path, *options: str, **environment: str
) -> tuple[subprocess.Popen[str], str]:
    """A server, and the address that it prints."""
    path = os.pathsep.join(filter(None, map(os.path.abspath, sys.path)))
    process = subprocess.Popen(
        [sys.executable, "-m", "shopwright.cli", "dashboard", "--no-open", "--port", "0", *options],
        cwd=workspace, env={**os.environ, "PYTHONPATH": path, **environment}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    said = process.stdout.readline()
    found = re.fullmatch(r"The dashboard is at (http://\S+)\n", said)
    assert found, said or process.communicate()[1]
    return process, found[1]


def _asked(address: str, path: str, **headers: str) -> tuple[int, str]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def report(published: Path) -> Iterator[tuple[str, str]]:
    """What was printed, and the file."""
    file = published / "report.html"
    result = shopwright("dashboard", "--export", file, "-w", published)
    assert result.exit_code == 0, result.output
    yield result.output, file.read_text(encoding="utf-8")
    file.unlink()


def test_it_serves_until_it_is_stopped(published: Path) -> None:
    process, address = _started(published)
    try:
        assert urlsplit(address).hostname == "127.0.0.1"
        status, text = _asked(address, "/api/pages/executive")
        assert status == 200
        # 20 + 5.5035 - 10, as the deliveries of these tests say
        assert json.loads(text)["visuals"]["executive.net"]["rows"] == [[15.5035]]
        assert _asked(address, "/")[0] == 200
    finally:
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert output.endswith("Stopped.\n")
    assert errors == ""


def test_elsewhere_it_wants_the_token_that_it_prints(published: Path) -> None:
    process, address = _started(published, "--host", "0.0.0.0")
    try:
        token = re.search(r"\?token=(\S{20,})$", address)
        assert token
        local = address.replace("0.0.0.0", "127.0.0.1")
        assert _asked(local, "/api/dashboard")[0] == 403
        status, text = _asked(local, "/api/dashboard", Authorization=f"Bearer {token[1]}")
        assert (status, json.loads(text)["title"]) == (200, "Corner shop")
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_a_short_token_and_a_port_in_use_are_refused(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPWRIGHT_DASHBOARD_TOKEN", "short")
    result = shopwright("dashboard", "--host", "0.0.0.0", "--no-open", "-w", published)
    assert result.exit_code == 2
    assert "shorter than 16 characters" in result.stderr
    process, address = _started(published)
    try:
        port = str(urlsplit(address).port)
        result = shopwright("dashboard", "--no-open", "--port", port, "-w", published)
        assert result.exit_code == 2
        assert f"Cannot listen at 127.0.0.1, port {port}" in result.stderr
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_the_report_is_one_file_that_asks_nobody(report: tuple[str, str]) -> None:
    said, html = report
    assert re.match(r"Wrote \S*report.html \([\d.]+ MB\)\.\n", said)
    assert len(html.encode()) < LARGEST
    outside = re.sub(r"(<script[^>]*>).*?</script>", r"\1", html, flags=re.DOTALL)
    assert outside.count("<script") == 3
    assert not re.search(r"(?:src|href)=[\"'](?!data:|#)", outside)
    assert "connect-src" not in html
    assert "default-src 'none'" in html


def test_the_report_holds_every_page_and_says_what_it_cannot(report: tuple[str, str]) -> None:
    _, html = report
    block = re.search(r'<script type="application/json" id="shopwright-data">(.*?)</script>', html)
    assert block
    data = json.loads(block[1])
    assert data["pages"].keys() == pages().keys()
    for name, page in pages().items():
        assert len(data["pages"][name][""]["visuals"]) == len(page.visuals)
    usual = data["pages"]["executive"][""]["visuals"]
    assert usual["executive.net"]["rows"] == [[15.5035]]
    assert usual["executive.orders"]["rows"] == [[2]]
    assert "category=Unknown" in data["pages"]["executive"]
    preset = data["pages"]["executive"]["from=2024-04-26&to=2024-05-02"]["visuals"]
    assert preset["executive.categories"] == {"$same": ""}
    drilled = data["visuals"]["executive.categories"]["drill=category%3AUnknown"]
    assert drilled["rows"] == [["Unknown", 15.5035]]
    assert any("cannot be added up" in one for one in data["dashboard"]["limits"])


def test_a_report_wants_a_folder_that_exists(published: Path, tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "report.html"
    result = shopwright("dashboard", "--export", file, "-w", published)
    assert result.exit_code == 2
    assert "there is no folder" in result.stderr


def test_before_anything_is_published_it_says_so(new_workspace: Path) -> None:
    result = shopwright("dashboard", "--no-open", "-w", new_workspace)
    assert result.exit_code == 1
    assert "shopwright run" in result.stderr
