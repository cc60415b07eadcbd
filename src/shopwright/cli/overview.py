"""How a workspace stands: what `status`, `demo` and `doctor` read from its database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from shopwright.cli.printing import database_name
from shopwright.config.errors import ShopwrightError
from shopwright.config.workspace import Workspace
from shopwright.ingestion.archive import find_archived
from shopwright.ingestion.contract import contract
from shopwright.ingestion.deliveries import Delivery, DeliveryInvalid, readable_deliveries
from shopwright.orchestration.alerting.disk_causes import fullest
from shopwright.orchestration.alerting.listing import Listed, listed
from shopwright.orchestration.pending import pending
from shopwright.orchestration.record import TableAccount, is_at_work
from shopwright.orchestration.scheduling.home import home, scheduler_at_work
from shopwright.processing.watching import unit_of
from shopwright.storage.database import Database


@dataclass(frozen=True)
class LastRun:
    """The newest run on record. `seconds` is None where it is still at work or was killed."""

    run_id: int
    command: str
    outcome: str
    started_at: datetime
    seconds: float | None
    error: str | None


@dataclass(frozen=True)
class BrokenRule:
    """How many rows of a run broke a rule, or days, orders or whatever `unit` is."""

    table: str
    rule: str
    severity: str
    rows: int
    unit: str


@dataclass
class Overview:
    """A workspace at a glance. `scheduler` is the process that schedules from this machine;
    `problem` is what keeps a delivery from being read."""

    workspace: str
    shop: str
    timezone: str
    currency: str
    database: str
    server_version: str
    database_bytes: int
    next_run_at: datetime
    scheduler: str | None
    published: int = 0
    pending: list[str] = field(default_factory=list)
    problem: str | None = None
    newest_business_date: date | None = None
    accounts: list[TableAccount] = field(default_factory=list)
    last_run: LastRun | None = None
    last_published_at: datetime | None = None
    published_seconds_ago: float | None = None
    open_rejections: dict[str, int] = field(default_factory=dict)
    free_bytes: int = 0
    fullest_disk: str = ""
    alerts: list[Listed] = field(default_factory=list)
    next: str = ""


def look(workspace: Workspace, database: Database) -> Overview:
    """Reads how the workspace stands, and changes nothing."""
    shop = workspace.settings.shop
    found = Overview(
        workspace=str(workspace.folder),
        shop=shop.name,
        timezone=shop.timezone,
        currency=shop.currency,
        database=database_name(database),
        server_version=version_text(database.server_version),
        database_bytes=_one(database, "select pg_database_size(current_database())"),
        next_run_at=next_run(workspace.settings.schedule.at, shop.timezone, datetime.now(UTC)),
        scheduler=scheduler_at_work(home(workspace)),
    )
    found.free_bytes, folder = fullest(workspace)
    found.fullest_disk = str(folder)
    mend = ""
    try:
        waiting, refused = _waiting(workspace, database)
        found.pending = [one.name for one in waiting]
        for error in refused:
            raise error
    except ShopwrightError as error:
        found.problem, mend = error.problem, error.mend
    if is_migrated(database):
        found.published = _one(database, "select count(*) from ops.deliveries")
        query = "select max(business_date) from production.transactions"
        found.newest_business_date = _one(database, query)
        found.accounts = accounts(database)
        found.last_run = last_run(database)
        _add_freshness(found, database)
    if _one(database, "select to_regclass('ops.open_rejections') is not null"):
        rows = _rows(
            database,
            "select status, sum(row_count)::bigint from ops.open_rejections group by status"
            " order by status",
        )
        found.open_rejections = dict(rows)
        found.alerts = listed(database)
    found.next = mend or _next_step(found)
    return found


def _add_freshness(found: Overview, database: Database) -> None:
    [found.last_published_at, found.published_seconds_ago] = _rows(
        database,
        "select max(published_at),"
        " cast(extract(epoch from now() - max(published_at)) as double precision)"
        " from ops.deliveries",
    )[0]


def next_run(at: time, timezone: str, now: datetime) -> datetime:
    """When the schedule starts a run next, in the shop's time, where a scheduler is at work.

    On a day whose clock leaves that time out, it is as much later as the clock is put forward.
    """
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    for days in (0, 1):
        starts = datetime.combine(today + timedelta(days=days), at, zone)
        if starts.astimezone(UTC) > now:
            break
    return starts.astimezone(UTC).astimezone(zone)


def _next_step(found: Overview) -> str:
    if found.last_run and found.last_run.outcome == "running":
        return "Wait for the run that is at work."
    if found.alerts:
        return f"See what is wrong and how to mend it: shopwright alerts ({len(found.alerts)} open)"
    if found.pending:
        return "Publish what is pending: shopwright run"
    if not found.published:
        return (
            f"Put deliveries into {found.workspace}/deliveries, or make some: shopwright generate, "
            "or shopwright import MAPPING FOLDER"
        )
    if any(one.rejected or one.waiting for one in found.accounts):
        return "See the rows that were set aside: shopwright rejected list"
    return "Ask the warehouse: shopwright query --sql 'select * from warehouse.agg_daily_sales'"


def is_migrated(database: Database) -> bool:
    """Whether a run has made the tables yet."""
    return _one(database, "select to_regclass('ops.deliveries') is not null") is True


def pending_deliveries(workspace: Workspace, database: Database) -> list[Delivery]:
    """What the next run would publish. Raises DeliveryInvalid."""
    waiting, refused = _waiting(workspace, database)
    for error in refused:
        raise error
    return waiting


def _waiting(
    workspace: Workspace, database: Database
) -> tuple[list[Delivery], list[DeliveryInvalid]]:
    """What is pending, and why others cannot be read."""
    there, refused = readable_deliveries(workspace.deliveries)
    archived, refused_in_archive = find_archived(workspace.archive)
    with database.connect() as connection:
        waiting = pending(connection, there, archived)
    return waiting, [*refused.values(), *refused_in_archive.values()]


def accounts(database: Database) -> list[TableAccount]:
    """What became of all rows that ever came, per table of the contract."""
    rows = _rows(
        database,
        "select table_name, sum(row_count)::bigint, sum(accepted_count)::bigint,"
        " sum(duplicate_count)::bigint, sum(rejected_count)::bigint, sum(waiting_count)::bigint,"
        " sum(malformed_count)::bigint"
        " from ops.delivery_tables group by table_name",
    )
    order = list(contract())
    return sorted((TableAccount(*row) for row in rows), key=lambda one: order.index(one.table))


def last_run(database: Database) -> LastRun | None:
    """The newest run; 'interrupted' where it says it runs and nobody is at work."""
    rows = _rows(
        database,
        "select run_id, command, outcome, started_at,"
        " cast(extract(epoch from finished_at - started_at) as double precision), error"
        " from ops.runs order by run_id desc limit 1",
    )
    if not rows:
        return None
    run_id, command, outcome, started_at, seconds, error = rows[0]
    if outcome == "running" and not is_at_work(database):
        outcome = "interrupted"
    return LastRun(run_id, command, outcome, started_at, seconds, error or None)


def broken_rules(database: Database, run_id: int | None = None) -> list[BrokenRule]:
    """The rules that rows of a run, or of all runs, broke; the most often broken first."""
    rows = _rows(
        database,
        "select table_name, rule_name, severity, sum(row_count)::bigint as row_count"
        " from quality.rule_results where run_id = coalesce(%s, run_id)"
        " group by table_name, rule_name, severity order by row_count desc, table_name, rule_name",
        [run_id],
    )
    return [
        BrokenRule(table, rule, severity, count, unit_of(table, rule))
        for table, rule, severity, count in rows
    ]


def step_seconds(database: Database) -> list[tuple[str, int, float]]:
    """Name, rows and seconds of each step of the newest run that published deliveries."""
    return _rows(
        database,
        "select step_name, sum(row_count)::bigint, sum(seconds) from ops.steps"
        " where run_id = (select max(run_id) from ops.deliveries)"
        " group by step_name order by min(step_number)",
    )


@dataclass(frozen=True)
class TopFigures:
    """The warehouse in a few figures, in reporting currency."""

    order_count: int
    return_count: int
    net_amount: Decimal
    refund_amount: Decimal
    average_order_amount: Decimal
    months: Sequence[tuple[date, int, Decimal]]
    products: Sequence[tuple[str, Decimal, Decimal]]


def top_figures(database: Database) -> TopFigures:
    """Totals, net per month, and the five products with the most net."""
    [totals] = _rows(
        database,
        "select coalesce(sum(order_count), 0)::bigint, coalesce(sum(return_count), 0)::bigint,"
        " coalesce(sum(net_amount), 0), coalesce(sum(refund_amount), 0),"
        " coalesce(sum(net_amount) / nullif(sum(order_count), 0), 0)"
        " from warehouse.agg_daily_sales",
    )
    months = _rows(
        database,
        "select cast(date_trunc('month', business_date) as date) as month_start_date,"
        " sum(order_count)::bigint, sum(net_amount)"
        " from warehouse.agg_daily_sales group by month_start_date order by month_start_date",
    )
    products = _rows(
        database,
        "select product_name, sum(unit_count), sum(net_amount) as net_amount"
        " from warehouse.agg_product_performance"
        " inner join warehouse.dim_product using (product_id) where is_current"
        " group by product_id, product_name order by net_amount desc, product_id limit 5",
    )
    return TopFigures(*(*totals, months, products))


def version_text(number: int) -> str:
    """180004 as PostgreSQL 18.4."""
    return f"PostgreSQL {number // 10_000}.{number % 10_000}"


def _rows(database: Database, query: str, values: Sequence[Any] = ()) -> list[Any]:
    with database.connect() as connection:
        return connection.execute(query, values).fetchall()


def _one(database: Database, query: str) -> Any:
    return _rows(database, query)[0][0]
