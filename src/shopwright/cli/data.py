"""Verbs that bring deliveries: generate, import."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shopwright.cli.options import JsonOption, WorkspaceOption, open_workspace
from shopwright.cli.printing import (
    byte_size,
    count,
    note,
    plural,
    print_json,
    print_table,
    progress,
    say,
)

if TYPE_CHECKING:
    from shopwright.config.workspace import Workspace
    from shopwright.generation import GenerationSummary, Profile
    from shopwright.ingestion.mapping import ImportSummary, MappingInfo


def generate(
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="What the shop is like: fashion, grocery, electronics, or a file.",
            show_default="the workspace's shop.toml, else fashion",
        ),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", help="Days of business.", show_default="the profile's"),
    ] = None,
    transactions: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", help="Sales over all days.", show_default="the profile's"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            help="The same seed gives the same bytes.",
            show_default="the profile's",
        ),
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="The first day.",
            show_default="the profile's",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where to write. Without it, the workspace's deliveries.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Draw what was written into one HTML file as well.",
            show_default=False,
        ),
    ] = None,
    print_profile: Annotated[
        bool,
        typer.Option("--print-profile", help="Print the profile instead, to be kept and changed."),
    ] = False,
    faults: Annotated[
        str | None,
        typer.Option(
            metavar="SHARES",
            help="Damage rows: 1%, or by kind: negative_price=2%,broken_email=1%.",
            show_default="the profile's",
        ),
    ] = None,
    mess: Annotated[
        str | None,
        typer.Option(
            metavar="SHARES",
            help="Let deliveries come late, twice, in parts: 5%, or late=5%,gzip=20%.",
            show_default="the profile's",
        ),
    ] = None,
    answer_key: Annotated[
        bool,
        typer.Option(
            "--answer-key/--no-answer-key",
            help="Write what is true of the shop beside the deliveries, for `score`.",
        ),
    ] = True,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Write deliveries of a made-up shop, one folder for each day with rows.

    A profile says what the shop is like; docs/generator.md explains its numbers.

    \b
    Examples:
      shopwright generate --days 90 --transactions 10000 --seed 1
      shopwright generate --profile grocery --out /tmp/grocery --report /tmp/grocery.html
      shopwright generate --profile fashion --print-profile > shop.toml
      shopwright generate --faults 1%,encoding_damage=0 --mess late=5%,twice=5%
    """
    if print_profile:
        _print_profile(profile)
        return
    from shopwright.generation.faults import FaultRates
    from shopwright.generation.mess import MessRates

    opened = open_workspace(workspace) if out is None else None
    folder = out if opened is None else opened.deliveries
    assert folder is not None
    chosen = _profile(profile, opened)
    rates = {
        "faults": None if faults is None else FaultRates.parse(faults),
        "mess": None if mess is None else MessRates.parse(mess),
    }
    with progress(quiet=json) as shown:
        summary = generate_whole(
            folder,
            lambda done, total: shown("generating days", done, total),
            profile=chosen,
            days=days,
            transactions=transactions,
            seed=seed,
            start=start.date() if start is not None else None,
            answer_key=answer_key_beside(folder) if answer_key else None,
            **rates,
        )
        if report is not None:
            shown("drawing", 0, 0)
            _draw(summary.folder, report, chosen)
    if json:
        print_json(summary)
        return
    say(
        f"Wrote {plural(summary.deliveries, 'delivery', 'deliveries')} "
        f"({byte_size(summary.bytes)}) to {summary.folder} in {summary.seconds:.1f} s."
    )
    rows = [[table, count(number)] for table, number in summary.rows.items()]
    print_table(["table", "rows"], rows, right=["rows"])
    if answer_key:
        say(f"What is true of them stands in {answer_key_beside(folder) / 'summary.md'}.")
    if report is not None:
        say(f"Drew it in {report}")
    if out is None:
        say("Publish them with: shopwright run")


def _profile(named: str | None, workspace: "Workspace | None") -> "Profile":
    """The one that was named, else the workspace's own, else the default."""
    from shopwright.generation.profile_files import DEFAULT_PROFILE, PROFILE_FILE, load_profile

    if named is not None:
        return load_profile(named)
    own = workspace.folder / PROFILE_FILE if workspace is not None else None
    return load_profile(own if own is not None and own.exists() else DEFAULT_PROFILE)


def _print_profile(named: str | None) -> None:
    from shopwright.generation.profile_files import DEFAULT_PROFILE, profile_text

    say(profile_text(named or DEFAULT_PROFILE).removesuffix("\n"))


def _draw(deliveries: Path, report: Path, profile: "Profile") -> None:
    from shopwright.generation.report import write_report

    write_report(deliveries, report, profile)


def answer_key_beside(folder: Path) -> Path:
    """Where the answer key of the deliveries in a folder lies."""
    name = "answer_key" if folder.name == "deliveries" else f"{folder.name}_answer_key"
    return folder.absolute().with_name(name)


def generate_whole(
    folder: Path,
    done: Callable[[int, int], None],
    *,
    answer_key: Path | None = None,
    **arguments: Any,
) -> "GenerationSummary":
    """Generates beside the folder and moves it there, so that Ctrl-C leaves no half a shop.

    A folder that holds other files is written to directly. An answer key of before is replaced.
    """
    from shopwright.generation import generate

    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        return generate(folder, progress=done, answer_key=answer_key, **arguments)
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".generate-", dir=folder.parent) as scratch:
        written, key = Path(scratch) / "days", Path(scratch) / "answer_key"
        summary = generate(
            written, progress=done, answer_key=key if answer_key else None, **arguments
        )
        if answer_key is not None:
            shutil.rmtree(answer_key, ignore_errors=True)
            key.replace(answer_key)
        written.replace(folder)
    return replace(summary, folder=folder)


def import_(
    mapping: Annotated[
        str | None,
        typer.Argument(metavar="MAPPING", help="Name of the mapping.", show_default=False),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", help="Folder of the files to import.", show_default=False),
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="List the mappings instead, yours and the built-in ones.")
    ] = False,
    delivery_date: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="Make one delivery of everything, for this day.",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Turn a foreign folder of files into deliveries.

    The files are CSV, Parquet, JSON or Excel. A mapping is a folder of up to four SELECTs; your
    own lie in the workspace's mappings.

    \b
    Examples:
      shopwright import online_retail ~/Downloads/online_retail
      shopwright import --list
    """
    from shopwright.ingestion.mapping import import_mapping, list_mappings

    if list_:
        _print_mappings(list_mappings(_mappings_folder(workspace)), json)
        return
    if mapping is None or folder is None:
        missing = "MAPPING and FOLDER" if mapping is None else "FOLDER"
        raise typer.BadParameter(f"{missing} missing. `shopwright import --list` lists mappings.")
    opened = open_workspace(workspace)
    phrases = {"selects": "running SELECTs", "tables": "splitting by day", "deliveries": "placing"}
    with progress(quiet=json) as report:
        summary = import_mapping(
            mapping,
            folder,
            opened.deliveries,
            user_mappings=opened.mappings,
            delivery_date=delivery_date.date() if delivery_date is not None else None,
            progress=lambda what, done, total: report(phrases.get(what, what), done, total),
        )
    _print_import(summary, json)


def _mappings_folder(workspace: Path | None) -> Path | None:
    """Of the workspace, if there is one: the built-in mappings can be listed anywhere."""
    from shopwright.config.workspace import WorkspaceNotFound

    try:
        return open_workspace(workspace).mappings
    except WorkspaceNotFound:
        if workspace is not None:
            raise
        return None


def _print_mappings(mappings: list["MappingInfo"], json: bool) -> None:
    if json:
        print_json([asdict(one) for one in mappings])
        return
    rows = [
        [one.name, "built in" if one.is_built_in else str(one.folder), ", ".join(one.tables)]
        for one in mappings
    ]
    print_table(["mapping", "where", "tables"], rows)


def _print_import(summary: "ImportSummary", json: bool) -> None:
    if json:
        print_json({**asdict(summary), "remarks": summary.remarks()})
        return
    say(
        f"Wrote {plural(len(summary.deliveries), 'delivery', 'deliveries')}, "
        f"{summary.first_date} to {summary.last_date}, in {summary.seconds:.1f} s."
    )
    rows = [[table, count(number)] for table, number in summary.rows.items()]
    print_table(["table", "rows"], rows, right=["rows"])
    for remark in summary.remarks():
        note(f"Note: {remark}")
    say("Publish them with: shopwright run")
