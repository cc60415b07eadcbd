"""Rules that look at more than one row: what is odd about a batch once it is in the warehouse.

They only warn. Each is a SELECT in `watch/` of the odd orders, days or whatever it is about, whose
first comment is the sentence, and whose second says which table and dimension of quality it belongs
to and what it gives one row for. They may read the temporary table `delivered_days`: the business
dates of the delivered transactions.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from psycopg import Connection

from shopwright.config import Severity
from shopwright.ingestion.contract import contract

_OF = re.compile(r"^-- of: ([\w ]+), (\w+), each an? (\w+)$", re.MULTILINE)
ROW = "row"
EXAMPLES = 5
"""Of what a watch finds, kept so that people know where to look: the newest days, the last keys."""
EACH_TABLE = "each table"
"""Such a SELECT says of what table each odd row is, in `table_name`."""


@dataclass(frozen=True)
class Watch:
    """A SELECT of what is odd, with the sentence that says why. `unit` is what it counts: `day`.

    One that looks at each table is a watch of each, all with the same SELECT.
    """

    name: str
    table: str
    dimension: str
    unit: str
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
            is_of_each = of[1] == EACH_TABLE
            select = (
                text
                if is_of_each
                else f"select '{of[1]}' as table_name, odd.* from ({text}\n) as odd"
            )
            found += [
                Watch(name, table, of[2], of[3], sentence, select)
                for table in (contract() if is_of_each else [of[1]])
            ]
    return tuple(found)


def unit_of(table: str, rule_name: str) -> str:
    """What the count of a broken rule counts: rows, unless it looks at more than one."""
    for one in watches():
        if (one.table, one.name) == (table, rule_name):
            return one.unit
    return ROW


def watch(connection: Connection, run_id: int, batch_number: int, wanted: Iterable[Watch]) -> int:
    """Records what each finds in `quality.rule_results`. Gives the number of warnings."""
    by_select: dict[str, dict[str, Watch]] = defaultdict(dict)
    for one in wanted:
        if one.severity != "off":
            by_select[one.select][one.table] = one
    connection.execute(
        "create temp table delivered_days on commit drop as"
        " select distinct cast(transaction_at as date) as business_date"
        " from checked.transactions where is_latest"
    )
    connection.execute("analyze delivered_days")
    warned = 0
    for select, by_table in by_select.items():
        counts = connection.execute(
            f"""
            select table_name, count(*), (array_agg(example order by example desc))[:{EXAMPLES}]
            from (
                select table_name, array_to_string(array(
                    select value from jsonb_each_text(to_jsonb(odd) - 'table_name')
                ), ', ') as example
                from ({select}\n) as odd
            ) as told
            group by table_name
            """
        ).fetchall()
        for table, count, examples in counts:
            if found := by_table.get(table):
                connection.execute(
                    "insert into quality.rule_results values (%s, %s, %s, %s, %s, 'warn', %s, %s)",
                    [run_id, batch_number, table, found.name, found.dimension, count, examples],
                )
                warned += count
    return warned
