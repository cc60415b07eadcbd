"""Where a workbook reads its data: an extract, CSV files, or the database itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol
from xml.etree import ElementTree as ET

from shopwright.visualization.tableau.fields import DataSource
from shopwright.visualization.tableau.identities import connection_id
from shopwright.visualization.tableau.markup import child

SourceKind = Literal["extract", "csv", "postgres"]
SCHEMA = "Extract"
EXTRACT_FILE = "Data/Extracts/shopwright.hyper"
CSV_FOLDER = "Data"


class Connection(Protocol):
    """A way to the data, written into each data source."""

    @property
    def kind(self) -> SourceKind:
        """Which of the three."""

    def add(self, parent: ET.Element, source: DataSource) -> None:
        """Writes the connection of a data source."""


def _federated(
    parent: ET.Element, kind: str, name: str, attributes: Mapping[str, str]
) -> tuple[ET.Element, str]:
    """The element that holds relations, and what they call the connection."""
    outer = child(parent, "connection", {"class": "federated"})
    id_ = connection_id(kind, name)
    named = child(
        child(outer, "named-connections"), "named-connection", {"caption": name, "name": id_}
    )
    child(named, "connection", {"class": kind, **attributes})
    return outer, id_


@dataclass(frozen=True)
class ExtractConnection:
    """The .hyper file that lies beside the workbook, or with it in its package."""

    kind: SourceKind = "extract"

    def add(self, parent: ET.Element, source: DataSource) -> None:
        """Writes it."""
        attributes = {
            "authentication": "auth-none", "dbname": EXTRACT_FILE, "default-settings": "yes",
            "schema": SCHEMA, "sslmode": "", "username": "tableau_internal_user",
        }  # fmt: skip
        outer, id_ = _federated(parent, "hyper", "shopwright", attributes)
        table = f"[{SCHEMA}].[{source.name}]"
        relation = {"connection": id_, "name": source.name, "table": table, "type": "table"}
        child(outer, "relation", relation)
        _add_metadata(outer, source)


@dataclass(frozen=True)
class CsvConnection:
    """CSV files, one for each data source."""

    kind: SourceKind = "csv"

    def add(self, parent: ET.Element, source: DataSource) -> None:
        """Writes it."""
        file = f"{source.name}.csv"
        attributes = {"directory": CSV_FOLDER, "filename": file, "password": "", "server": ""}
        outer, id_ = _federated(parent, "textscan", source.name, attributes)
        table = f"[{source.name}#csv]"
        relation = child(
            outer, "relation", {"connection": id_, "name": file, "table": table, "type": "table"}
        )
        layout = {"character-set": "UTF-8", "header": "yes", "locale": "en_US", "separator": ","}
        columns = child(relation, "columns", layout)
        for number, field in enumerate(source.columns):
            column = {"datatype": field.datatype, "name": field.name, "ordinal": str(number)}
            child(columns, "column", column)
        _add_metadata(outer, source)


@dataclass(frozen=True)
class PostgresConnection:
    """The database itself, asked as the reader by the SELECT of each data source."""

    server: str
    port: int
    database: str
    user: str
    kind: SourceKind = "postgres"

    def add(self, parent: ET.Element, source: DataSource) -> None:
        """Writes it. Tableau asks for the password and keeps it."""
        attributes = {
            "authentication": "username-password", "dbname": self.database,
            "one-time-sql": "", "port": str(self.port), "server": self.server, "sslmode": "",
            "username": self.user,
        }  # fmt: skip
        outer, id_ = _federated(parent, "postgres", "shopwright", attributes)
        relation = {"connection": id_, "name": source.name, "type": "text"}
        # Tableau reads what stands in << >> and < > of such a text as its parameters.
        text = source.select.replace("<", "<<").replace(">", ">>")
        child(outer, "relation", relation, text)
        _add_metadata(outer, source)


def _add_metadata(outer: ET.Element, source: DataSource) -> None:
    """What each column of the table is, so that Tableau knows before it asks."""
    records = child(outer, "metadata-records")
    for number, field in enumerate(source.columns):
        record = child(records, "metadata-record", {"class": "column"})
        facts = {
            "remote-name": field.name, "local-name": field.column,
            "parent-name": f"[{source.name}]", "remote-alias": field.name, "ordinal": str(number),
            "local-type": field.datatype,
            "aggregation": "Sum" if field.is_measure else "Count", "contains-null": "true",
        }  # fmt: skip
        for tag, value in facts.items():
            child(record, tag, text=value)
