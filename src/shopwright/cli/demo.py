"""The verb that shows it all: demo."""

import sys
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Annotated

import typer

from shopwright.cli.dashboard import serve_dashboard
from shopwright.cli.data import generate_whole
from shopwright.cli.options import opened_database
from shopwright.cli.printing import amount, count, plural, print_table, progress, say
from shopwright.cli.runs import print_accounts, print_rules

if TYPE_CHECKING:
    from shopwright.cli.overview import TopFigures
    from shopwright.config.workspace import Workspace
    from shopwright.storage.database import Database

_MARK = Path(".shopwright") / "demo"
"""A file that tells a demo from a workspace with somebody's own data."""

_STEP_GROUPS = (
    ("staging", "staging"),
    ("checking", "checked."),
    ("checking", "states."),
    ("checking", "waiting rows"),
    ("checking", "quality."),
    ("checking", "outcomes"),
    ("checking", "watch"),
    ("production", "production."),
    ("warehouse: dimensions", "warehouse.dim_"),
    ("warehouse: facts", "touched "),
    ("warehouse: facts", "warehouse.fact_"),
    ("warehouse: aggregates", "warehouse.agg_"),
    ("keys, indexes", "constraints"),
    ("keys, indexes", "overtaken states"),
    ("claims", "claims"),
    ("commit", "commit"),
)


def demo(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Made if it is missing.")] = Path(
        "demo"
    ),
    profile: Annotated[
        str,
        typer.Option(
            metavar="NAME|FILE",
            help="What the shop is like: fashion, grocery, electronics, or a file.",
        ),
    ] = "fashion",
    days: Annotated[int, typer.Option(metavar="NUMBER", help="Days of business.")] = 90,
    transactions: Annotated[
        int, typer.Option(metavar="NUMBER", help="Sales over all days.")
    ] = 10_000,
    seed: Annotated[
        int, typer.Option(metavar="NUMBER", help="The same seed gives the same shop.")
    ] = 1,
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="End when all is published.")
    ] = False,
) -> None:
    """Generate a shop, publish its warehouse, show its figures and dashboard.

    On a demo that is there already it publishes what is pending and shows the same.

    \b
    Examples:
      shopwright demo
      shopwright demo --profile grocery corner-shop
    """
    from shopwright.generation import load_profile
    from shopwright.orchestration.run import run as run_pending

    shop = load_profile(profile)  # what is no profile is refused before anything is made
    workspace = _workspace(folder)
    with progress() as report:
        if not any(workspace.deliveries.iterdir()):
            generate_whole(
                workspace.deliveries,
                lambda done, total: report("generating days", done, total),
                profile=shop,
                days=days,
                transactions=transactions,
                seed=seed,
            )
    with opened_database(workspace) as database:
        with progress() as report:
            result = run_pending(workspace, database, report=report)
        if result.deliveries:
            found = plural(len(result.deliveries), "delivery", "deliveries")
            say(f"Published {found} in {result.seconds:.1f} s.")
        else:
            say("Nothing was pending: every delivery is published.")
        _print_summary(workspace, database)
        _print_ways_on(folder)
        if not no_serve:
            say()
            serve_dashboard(workspace, database, opens=sys.stdout.isatty())


def _workspace(folder: Path) -> "Workspace":
    from shopwright.config.workspace import SETTINGS_FILE, Workspace, WorkspaceExists

    if not (folder / SETTINGS_FILE).exists():
        made = Workspace.create(folder, name="Demo shop")
        (made.folder / _MARK).touch()
        return made
    workspace = Workspace.open(folder)
    if not (workspace.folder / _MARK).exists():
        raise WorkspaceExists(
            f"{workspace.folder} is a workspace with data of its own, not a demo.",
            "Name another folder: `shopwright demo FOLDER`. This one is published by "
            "`shopwright run`.",
        )
    return workspace


def _print_summary(workspace: "Workspace", database: "Database") -> None:
    from shopwright.cli.overview import accounts, broken_rules, step_seconds, top_figures

    say()
    say("What became of the rows")
    print_accounts(accounts(database))
    print_rules(broken_rules(database))
    say("Where the time went")
    _print_steps(step_seconds(database))
    _print_figures(top_figures(database), workspace.settings.shop.currency)


def group_of(step: str) -> str:
    """The group that a step of a run is shown in."""
    return next((group for group, start in _STEP_GROUPS if step.startswith(start)), "other")


def _print_steps(steps: list[tuple[str, int, float]]) -> None:
    groups: dict[str, tuple[int, float]] = {}
    for name, row_count, seconds in steps:
        before = groups.get(group_of(name), (0, 0.0))
        groups[group_of(name)] = (before[0] + row_count, before[1] + seconds)
    columns = ["step", "rows", "seconds"]
    rows = [[name, count(found), f"{took:.2f}"] for name, (found, took) in groups.items()]
    total = sum(took for _, took in groups.values())
    print_table(columns, [*rows, ["all", "", f"{total:.2f}"]], right=columns[1:])


def _print_figures(figures: "TopFigures", currency: str) -> None:
    say(f"Figures in {currency}")
    facts = [
        ["net of sales and returns", amount(figures.net_amount)],
        ["orders", count(figures.order_count)],
        ["average order value", amount(figures.average_order_amount)],
        ["returns", count(figures.return_count)],
        ["refunded", amount(figures.refund_amount)],
    ]
    print_table(["figure", "value"], facts, right=["value"])
    months = [[f"{day:%Y-%m}", count(orders), amount(net)] for day, orders, net in figures.months]
    print_table(["month", "orders", "net"], months, right=["orders", "net"])
    products = [
        [name, f"{units.normalize():,f}", amount(net)] for name, units, net in figures.products
    ]
    print_table(["top products", "units", "net"], products, right=["units", "net"])


def _print_ways_on(folder: Path) -> None:
    command = "shopwright" if which("shopwright") else Path(sys.argv[0]).absolute()
    say("Go on with:")
    say(f"  cd {folder}")
    say(f"  {command} dashboard")
    say(f"  {command} status")
    say(f'  {command} query --sql "select * from warehouse.agg_daily_sales limit 10"')
    say(f"  {command} psql -- -c '\\d production.transaction_items'")
    say(f"  {command} export --format parquet")
