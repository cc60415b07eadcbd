"""Forgetting: the database in one transaction, then the delivered files, then the proof."""

from collections.abc import Callable
from dataclasses import dataclass

from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import Workspace
from shopwright.ingestion.archive import archived_deliveries
from shopwright.ingestion.deliveries import Delivery, find_deliveries
from shopwright.orchestration.forgetting import delivered_files
from shopwright.orchestration.forgetting.erasure import erase
from shopwright.orchestration.forgetting.file_search import Search
from shopwright.orchestration.forgetting.pseudonyms import is_forgotten, remember
from shopwright.orchestration.forgetting.remains import write_anew
from shopwright.orchestration.forgetting.search import search
from shopwright.orchestration.forgetting.traces import find_traces, states_in_database
from shopwright.orchestration.record import the_lock
from shopwright.storage.database import Database
from shopwright.storage.migrations import migrate

Report = Callable[[str, int, int], None]


class CustomerNotFound(ShopwrightError):
    """Nobody of that number is known, and nobody was forgotten under it."""


@dataclass(frozen=True)
class Person:
    """What there is of a person before it is erased."""

    customer_id: str
    orders: int
    states: int
    file_rows: int
    is_forgotten: bool


@dataclass(frozen=True)
class Forgotten:
    """What was erased, where rows were changed, and what a search found afterwards."""

    pseudonym: str
    rows: dict[str, int]
    files: list[str]
    left: list[str]
    search: Search


def look_up(workspace: Workspace, database: Database, customer_id: str) -> Person:
    """What there is of a person. Raises CustomerNotFound."""
    migrate(database)
    deliveries = _all_deliveries(workspace)
    with database.connect() as connection:
        orders = connection.execute(
            "select count(*) from production.transactions where customer_id = %s", [customer_id]
        ).fetchone()
        assert orders is not None
        person = Person(
            customer_id,
            orders[0],
            len(states_in_database(connection, customer_id)),
            len(delivered_files.states_in_files(deliveries, workspace.settings, customer_id)),
            is_forgotten(connection, customer_id),
        )
    if not (person.orders or person.states or person.file_rows or person.is_forgotten):
        raise CustomerNotFound(
            "Nobody of that customer_id is in the database or in a delivery.",
            "Look the number up: shopwright query --as-owner --sql "
            "\"select customer_id from production.customers where email = '...'\"",
        )
    return person


def forget(
    workspace: Workspace,
    database: Database,
    customer_id: str,
    *,
    report: Report = lambda *_: None,
) -> Forgotten:
    """Erases a person from the database and from the delivered files, and proves it by a search.

    The database and the ledger change in one transaction, then the files take each other's place.
    Killed between the two, the next run finds the rows and makes them the pseudonym's; forgetting
    again ends it. Raises RunInProgress, DeliveryInvalid.
    """
    migrate(database)
    with the_lock(database):
        report("looking for the person", 0, 0)
        deliveries = _all_deliveries(workspace)
        with database.connect() as connection:
            states = [
                *states_in_database(connection, customer_id),
                *delivered_files.states_in_files(deliveries, workspace.settings, customer_id),
            ]
            traces = find_traces(connection, customer_id, states)
            pseudonym = remember(connection, customer_id)
            report("writing files anew", 0, 0)
            rewritten = delivered_files.rewrite(deliveries, workspace.settings, traces, pseudonym)
            report("erasing from the database", 0, 0)
            rows = erase(connection, traces, pseudonym)
            delivered_files.record(connection, rewritten)
            connection.commit()
        delivered_files.put_in_place(rewritten)
        report("writing tables anew", 0, 0)
        left = write_anew(database)
        report("searching", 0, 0)
        found = search(workspace, database, traces)
    files = [one.file.name for _, several in rewritten for one in several]
    return Forgotten(pseudonym, rows, files, left, found)


def _all_deliveries(workspace: Workspace) -> list[Delivery]:
    """Those of the archive too. Raises DeliveryInvalid."""
    return [*find_deliveries(workspace.deliveries), *archived_deliveries(workspace.archive)]
