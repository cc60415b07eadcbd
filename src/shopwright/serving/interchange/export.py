"""The formats written to a folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from shopwright.serving.export import FolderUnusable
from shopwright.serving.interchange.expressions import NotExpressed
from shopwright.serving.interchange.metricflow import metricflow_files
from shopwright.serving.interchange.ossie import FILE, ossie_document

METRICFLOW, OSSIE = "metricflow", "ossie"


@dataclass(frozen=True)
class Exported:
    """What was written, and what it does not say."""

    folder: Path
    files: tuple[Path, ...]
    not_expressed: tuple[NotExpressed, ...]


def export_semantics(folder: Path, database: str) -> Exported:
    """Writes `metricflow/` and `ossie/` in a folder; the same metrics give the same files.

    `database` is the name of the database that the warehouse lies in. Raises FolderUnusable.
    """
    if folder.exists() and not folder.is_dir():
        raise FolderUnusable(f"{folder} is a file.", "Name a folder to write to.")
    flow, unsaid = metricflow_files()
    document, also_unsaid = ossie_document(database)
    texts = {f"{METRICFLOW}/{name}": text for name, text in flow.items()}
    texts[f"{OSSIE}/{FILE}"] = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".semantic-", dir=folder) as made:
        for number, text in enumerate(texts.values()):
            (Path(made) / str(number)).write_text(text, encoding="utf-8")
        for number, name in enumerate(texts):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(made) / str(number)).replace(folder / name)
    return Exported(folder, tuple(folder / name for name in texts), (*unsaid, *also_unsaid))
