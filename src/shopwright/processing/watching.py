"""Rules that look at more than one row: what is odd about a batch once it is in the warehouse.

They only warn. Each is a SELECT in `watch/` of the odd rows, orders or days, whose first comment
is the sentence and whose second says which table and dimension of quality it belongs to.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from psycopg import Connection

from shopwright.config import Severity
from shopwright.ingestion.contract import contract

_OF = re.compile(r"^-- of: ([\w ]+), (\w+)$", re.MULTILINE)
EACH_TABLE = "each table"
"""Such a SELECT says of what table each odd row is, in `table_name`."""


@dataclass(frozen=True)
class Watch:
    """A SELECT of what is odd, with the sentence that says why."""

    name: str
    table: str
    dimension: str
    sentence: str
    select: str
    severity: Severity = "warn"


@cache
def watches() -> tuple[Watch, ...]:
    """All of them, by name."""
    folder = files("shopwright.processing.watch")
    found = []
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql"):
            text = file.read_text(encoding="utf-8").strip()
            of = _OF.search(text)
            assert of, file.name
            sentence = text.split("\n", 1)[0].removeprefix("-- ")
            name = file.name.removesuffix(".sql")
            for table in contract() if of[1] == EACH_TABLE else [of[1]]:
                select = (
                    f"select * from ({text}\n) as odd where table_name = '{table}'"
                    if of[1] == EACH_TABLE
                    else text
                )
                found.append(Watch(name, table, of[2], sentence, select))
    return tuple(found)


def watch(connection: Connection, run_id: int, batch_number: int, wanted: Iterable[Watch]) -> int:
    """Records what each finds in `quality.rule_results`. Gives the number of warnings."""
    warned = 0
    for one in wanted:
        if one.severity == "off":
            continue
        found = connection.execute(f"select count(*) from ({one.select}) as odd").fetchone()
        assert found is not None
        if found[0]:
            connection.execute(
                "insert into quality.rule_results values (%s, %s, %s, %s, %s, 'warn', %s)",
                [run_id, batch_number, one.table, one.name, one.dimension, found[0]],
            )
            warned += found[0]
    return warned
