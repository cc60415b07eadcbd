"""The project's folder, written so that what a user added to it stays."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shopwright.config.errors import ShopwrightError
from shopwright.visualization.power_bi import lints, tmdl
from shopwright.visualization.power_bi.pbir import to_json
from shopwright.visualization.power_bi.project import (
    EXPRESSIONS,
    MODEL,
    PAGES,
    REPORT,
    TABLES,
    Project,
)
from shopwright.visualization.power_bi.report import Gap

MANIFEST = "shopwright.json"
"""What the last build wrote, so that the next one can tell it from what a user added."""
Files = Mapping[str, str]


class FolderInUse(ShopwrightError):
    """The folder holds files that no build of Shopwright wrote, or is a file."""

    exit_code = 2


class OwnMeasuresInTheWay(ShopwrightError):
    """A table that the build writes anew holds measures that a user added to it."""


class ProjectInvalid(ShopwrightError):
    """The project would not work in Power BI: a lint found something."""


@dataclass(frozen=True)
class Written:
    """What a build wrote: how many files there are, how many changed, and whose were kept."""

    folder: Path
    source: str
    files: int
    changed: int
    pages: int
    visuals: int
    measures: int
    kept: tuple[str, ...]
    gaps: tuple[Gap, ...] = field(default_factory=tuple)


def write(made: Project, folder: Path, source: str) -> Written:
    """Writes the project into a folder, new or built before, and keeps what a user added.

    Nothing is written unless every lint holds. Raises FolderInUse, OwnMeasuresInTheWay or
    ProjectInvalid.
    """
    before = _manifest(folder)
    found = _files_in(folder) if before else {}
    own = {path: text for path, text in found.items() if path not in before["files"]} if before else {}  # fmt: skip  # noqa: E501
    own = {path: text for path, text in own.items() if path not in made.files}
    if before:
        _refuse_lost_measures(made.files, found, before["measures"])
    files = merged(made.files, own, found)
    files[EXPRESSIONS] = _kept_parameters(
        files[EXPRESSIONS], found.get(EXPRESSIONS, ""), before["parameters"] if before else {}
    )
    if faults := lints.faults(files | own):
        raise ProjectInvalid(
            f"The project in {folder} would not work in Power BI: {'; '.join(faults[:5])}.",
            "Where it is a page or table of your own, correct it in Power BI or remove it; "
            "nothing was written.",
        )
    changed = _put(folder, files, dict(_PARAMETER.findall(made.files[EXPRESSIONS])))
    stale = [path for path in (before["files"] if before else []) if path not in files]
    for path in stale:
        (folder / path).unlink(missing_ok=True)
    _remove_empty(folder, stale)
    kept = tuple(sorted(path for path in own if path.startswith((REPORT, MODEL))))
    return Written(
        folder, source, len(files), changed + len(stale), made.page_count, made.visual_count,
        made.measure_count, kept, made.gaps,
    )  # fmt: skip


def _manifest(folder: Path) -> dict[str, Any] | None:
    """What the last build wrote, or None for a folder that is new or empty."""
    if folder.exists() and not folder.is_dir():
        raise FolderInUse(f"{folder} is a file.", "Name a folder to build in.")
    if not folder.exists() or not any(folder.iterdir()):
        return None
    file = folder / MANIFEST
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
        inside = [one for one in read["files"] if ".." not in Path(one).parts]
        return {
            "files": inside,
            "measures": list(read["measures"]),
            "parameters": dict(read["parameters"]),
        }
    except (OSError, ValueError, KeyError, TypeError):
        raise FolderInUse(
            f"{folder} holds files, and no {MANIFEST} that says which of them a build wrote.",
            "Name a new or empty folder, or one that was built in before.",
        ) from None


def _files_in(folder: Path) -> dict[str, str]:
    """The texts of a project by their paths; what Power BI keeps for itself is left alone."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and ".pbi/" not in name and name != MANIFEST:
            try:
                found[name] = path.read_text(encoding="utf-8-sig")
            except UnicodeDecodeError:
                continue  # a picture
    return found


_MEASURE = re.compile(r"^\tmeasure ('(?:[^']|'')+'|\w+)", re.MULTILINE)


def _measures(text: str) -> list[str]:
    return [one.strip("'").replace("''", "'") for one in _MEASURE.findall(text)]


def _refuse_lost_measures(new: Files, found: Files, before: Sequence[str]) -> None:
    for path, text in new.items():
        if not path.startswith(TABLES) or path not in found:
            continue
        known = {*before, *_measures(text)}
        if lost := [one for one in _measures(found[path]) if one not in known]:
            raise OwnMeasuresInTheWay(
                f"{path} is written anew by every build and holds measures of yours: "
                f"{', '.join(lost)}.",
                "Move them to a table of your own (Enter data, then set their home table), save, "
                "and build again; nothing was written.",
            )


def merged(new: Files, own: Files, found: Files) -> dict[str, str]:
    """The files to write, with the user's pages, tables, parameters and relationships in them."""
    files = dict(new)
    files[f"{PAGES}/pages.json"] = _merged_pages(new, own, found)
    model = f"{MODEL}/definition/model.tmdl"
    for table in _own_tables(own):
        files[model] += f"ref table {tmdl.quoted(table)}\n"
    for name, head in (("relationships", "relationship"), ("expressions", "expression")):
        path = f"{MODEL}/definition/{name}.tmdl"
        ours = {one for one, _ in _blocks(new[path], head)}
        for one, block in _blocks(found.get(path, ""), head):
            if one not in ours and (
                one not in _PARAMETERS if head == "expression" else _is_of_own(block, own)
            ):
                files[path] += f"\n{block}"
    return files


_PARAMETERS = ("PgServer", "PgDatabase", "Folder")
_PARAMETER = re.compile(r'^expression (\w+) = ("(?:[^"]|"")*") meta', re.MULTILINE)


def _kept_parameters(new: str, found: str, before: Mapping[str, str]) -> str:
    """With the values that a user set since the last build; `before` are the ones it wrote."""
    there = dict(_PARAMETER.findall(found))

    def kept(match: re.Match[str]) -> str:
        value = there.get(match[1], match[2])
        changed = value if value != before.get(match[1], value) else match[2]
        return f"expression {match[1]} = {changed} meta"

    return _PARAMETER.sub(kept, new)


def _merged_pages(new: Files, own: Files, found: Files) -> str:
    """Ours, then those that the user added, in the order in which they were."""
    path = f"{PAGES}/pages.json"
    made = json.loads(new[path])
    added = [name for name in _own_pages(own) if name not in made["pageOrder"]]
    before = json.loads(found[path])["pageOrder"] if path in found else []
    added.sort(key=lambda one: before.index(one) if one in before else len(before))
    return to_json(made | {"pageOrder": [*made["pageOrder"], *added]})


def _own_pages(own: Files) -> list[str]:
    page = re.compile(rf"{re.escape(PAGES)}/([^/]+)/page\.json")
    return [match[1] for path in own if (match := page.fullmatch(path))]


def _own_tables(own: Files) -> list[str]:
    texts = [text for path, text in own.items() if path.startswith(TABLES)]
    names = (re.search(r"^table ('(?:[^']|'')+'|\S+)", text, re.MULTILINE) for text in texts)
    return [one[1].strip("'").replace("''", "'") for one in names if one]


def _blocks(text: str, head: str) -> Iterable[tuple[str, str]]:
    """The objects of a TMDL file with their names."""
    pattern = rf"^(?:///.*\n)*{head} ('(?:[^']|'')+'|[^\s=]+).*\n(?:(?:[\t ].*)?\n)*"
    for match in re.finditer(pattern, text if text.endswith("\n") else text + "\n", re.MULTILINE):
        yield match[1], match[0].rstrip("\n") + "\n"


def _is_of_own(relationship: str, own: Files) -> bool:
    """Whether it leads from or to a table of the user's; ours may have gone with their tables."""
    ends = re.findall(r"(?:from|to)Column: ('(?:[^']|'')+'|[^.]+)\.", relationship)
    return any(one.strip("'") in _own_tables(own) for one in ends)


def _put(folder: Path, files: Files, parameters: Mapping[str, str]) -> int:
    """Writes what changed, the manifest last. Gives how many files did."""
    measures = sorted(
        {one for path, text in files.items() if path.startswith(TABLES) for one in _measures(text)}
    )
    manifest = to_json(
        {"files": sorted(files), "measures": measures, "parameters": dict(parameters)}
    )
    changed = 0
    for path, text in {**files, MANIFEST: manifest}.items():
        target, content = folder / path, text.encode()
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            changed += path != MANIFEST
    return changed


def _remove_empty(folder: Path, gone: Sequence[str]) -> None:
    for path in gone:
        for parent in (folder / path).parents:
            if parent == folder or not parent.is_dir() or any(parent.iterdir()):
                break
            parent.rmdir()
