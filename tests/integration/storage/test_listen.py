"""The embedded server on the network: the reader comes in by password, nobody else at all."""

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from tests.integration.cli.conftest import deliver
from typer.testing import CliRunner, Result

from shopwright.cli import app
from shopwright.cli.access import VARIABLE
from shopwright.config.workspace import Workspace
from shopwright.storage.database import open_database

PASSWORD = "a reader's password, with ' and \\"


@dataclass(frozen=True)
class Listening:
    """A published workspace whose embedded server listens, and the port."""

    folder: Path
    port: int

    def command(self, *arguments: str, **more: object) -> Result:
        """Runs a verb in the workspace."""
        return CliRunner().invoke(app, [*arguments, "-w", str(self.folder)], **more)  # type: ignore[arg-type]

    def settle(self, listen: str | None) -> None:
        """Writes where to listen, and where the data lies."""
        file, data = self.folder / "shopwright.toml", self.folder.parent / "data" / "base"
        settings = f'[database]\ndata_folder = "{data}"\n'
        settings += f'listen = "{listen}"\n' if listen else ""
        head, _, rest = file.read_text().partition("[database]\n")
        file.write_text(head + settings + rest[rest.index("# Left empty") :])

    def connect(self, user: str, password: str | None) -> psycopg.Connection:
        """Comes in over the network."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, dbname="shopwright", user=user, password=password,
            connect_timeout=10, passfile="/dev/null",
        )  # fmt: skip


@contextmanager
def workspace() -> Iterator[Path]:
    """A workspace of its own server: who may come in is a matter of the whole server."""
    with tempfile.TemporaryDirectory(prefix="shopwright-listen-") as folder:
        Path(folder).chmod(0o755)  # for root, PostgreSQL runs as another user
        yield Workspace.create(Path(folder) / "shop").folder


@pytest.fixture(scope="module")
def listening() -> Iterator[Listening]:
    """A published workspace whose server listens, and runs as long as the tests."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with workspace() as folder:
        found = Listening(folder, port)
        found.settle(f"127.0.0.1:{port}")
        deliver(folder)
        result = found.command("run")
        assert result.exit_code == 0, result.output
        with open_database(Workspace.open(folder)):
            yield found


@pytest.fixture(scope="module")
def silent() -> Iterator[Listening]:
    """An empty workspace whose server listens nowhere."""
    with workspace() as folder:
        found = Listening(folder, 0)
        found.settle(None)
        yield found


def refusal(listening: Listening, user: str, password: str | None) -> str:
    """What the server says to one who may not come in."""
    with pytest.raises(psycopg.OperationalError) as refused:
        listening.connect(user, password)
    return str(refused.value)


def test_the_reader_comes_in_by_its_password_alone(listening: Listening) -> None:
    # given no password yet
    assert "password authentication failed" in refusal(listening, "shopwright_reader", "any")
    # when it is given one
    given = listening.command("reader-password", env={VARIABLE: PASSWORD})
    assert given.exit_code == 0, given.output
    # expect it to come in with that one, and not with another or none
    with listening.connect("shopwright_reader", PASSWORD) as connection:
        assert connection.pgconn.used_password
        assert connection.execute("select count(*) from warehouse.fact_sales").fetchone() == (3,)
    assert "password authentication failed" in refusal(listening, "shopwright_reader", "wrong")
    assert "no password supplied" in refusal(listening, "shopwright_reader", None)


def test_the_owner_does_not_come_in(listening: Listening) -> None:
    opened = Workspace.open(listening.folder)
    with open_database(opened) as database, database.connect(autocommit=True) as connection:
        connection.execute("alter role shopwright password 'the owner has one'")
    for password in ("the owner has one", None):
        assert "pg_hba.conf rejects connection" in refusal(listening, "shopwright", password)


def test_the_reader_sees_no_personal_data_and_changes_nothing(listening: Listening) -> None:
    listening.command("reader-password", env={VARIABLE: PASSWORD})
    denied = psycopg.errors.InsufficientPrivilege
    with listening.connect("shopwright_reader", PASSWORD) as connection:
        connection.autocommit = True
        for statement in (
            "select email from production.customers",
            "select row_data from quality.rejected_rows",
            "delete from warehouse.fact_sales",
            "alter role shopwright_reader superuser",
            "select rolpassword from pg_authid",
        ):
            with pytest.raises(denied):
                connection.execute(statement)


def test_a_password_is_made_and_shown_once(listening: Listening) -> None:
    first, second = (listening.command("reader-password") for _ in range(2))
    made = [one.stdout.strip() for one in (first, second)]
    assert len(set(made)) == 2
    assert min(map(len, made)) >= 32
    assert made[1] not in second.stderr
    assert f"at 127.0.0.1, port {listening.port}" in second.stderr
    listening.connect("shopwright_reader", made[1]).close()
    assert "authentication failed" in refusal(listening, "shopwright_reader", made[0])


def test_a_password_that_was_given_is_never_told(listening: Listening) -> None:
    # by the environment, or typed twice
    for result in (
        listening.command("reader-password", env={VARIABLE: PASSWORD}),
        listening.command("reader-password", "--ask", input=f"{PASSWORD}\n{PASSWORD}\n"),
    ):
        assert result.exit_code == 0, result.output
        assert PASSWORD not in result.output
    logs = list((listening.folder.parent / "data" / "base" / "log").glob("*.log"))
    assert logs
    assert not any(PASSWORD in one.read_text(errors="replace") for one in logs)
    listening.connect("shopwright_reader", PASSWORD).close()


@pytest.mark.parametrize("password", ["brief", "twelve chars\n", "\x07" + "a" * 20])
def test_a_password_that_no_one_should_use_is_refused(listening: Listening, password: str) -> None:
    result = listening.command("reader-password", env={VARIABLE: password})
    assert result.exit_code == 2
    assert "The password is shorter than 12 characters" in result.stderr
    assert password not in result.output


def test_there_is_no_reader_before_the_first_run(silent: Listening) -> None:
    result = silent.command("reader-password")
    assert result.exit_code == 1
    assert "shopwright run" in result.stderr
    assert result.stdout == ""


def test_without_an_address_it_listens_nowhere(silent: Listening, tmp_path: Path) -> None:
    with open_database(Workspace.open(silent.folder)) as database, database.connect() as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)
    result = silent.command("tableau", str(tmp_path / "out"), "--source", "postgres")
    assert result.exit_code == 2
    assert 'Write listen = "127.0.0.1:5432" under [database]' in result.stderr
    assert not (tmp_path / "out").exists()


def test_another_server_is_not_told_where_to_listen(silent: Listening) -> None:
    silent.settle("127.0.0.1:5432")
    result = silent.command("status", env={"SHOPWRIGHT_DATABASE_URL": "postgresql://nobody@h/d"})
    silent.settle(None)
    assert result.exit_code == 2
    assert "listen belongs to the embedded database" in result.stderr


def test_a_port_that_another_uses_is_told(listening: Listening, silent: Listening) -> None:
    silent.settle(f"127.0.0.1:{listening.port}")
    result = silent.command("status")
    assert result.exit_code == 1
    assert "Address already in use" in result.stderr
    assert "set another port in listen under [database]" in result.stderr


def test_a_live_workbook_names_the_address_and_the_reader(
    listening: Listening, tmp_path: Path
) -> None:
    result = listening.command("tableau", str(tmp_path / "out"), "--source", "postgres")
    assert result.exit_code == 0, result.output
    text = (tmp_path / "out" / "shopwright.twb").read_text()
    assert f'port="{listening.port}" server="127.0.0.1"' in text
    assert 'username="shopwright_reader"' in text
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["shopwright.twb"]
