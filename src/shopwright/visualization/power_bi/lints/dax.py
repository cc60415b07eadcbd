"""DAX: the tables, columns, measures and functions that it names."""

import re

from shopwright.visualization.power_bi.fields import CHANNELS, HOURS, SHIPPING_COUNTRIES, WAREHOUSE
from shopwright.visualization.power_bi.measures import METRICS, STEPS_PREFIX
from shopwright.visualization.power_bi.reading import Faults, ReadProject, unquoted
from shopwright.visualization.power_bi.selects import ANALYSIS_PREFIX, HEALTH_PREFIX

_DAX = re.compile(
    r"""(?P<text>"(?:[^"]|"")*")|(?P<table>'(?:[^']|'')+'|(?<![\w\]])[A-Za-z_]\w*(?=\[))?"""
    r"""\[(?P<field>(?:[^\]]|\]\])+)\]|(?P<call>[A-Za-z_][\w.]*)(?=\s*\()|(?P<alone>'(?:[^']|'')+')"""
)
FUNCTIONS = frozenset({
    "ADDCOLUMNS", "ALL", "ALLSELECTED", "CALCULATE", "COALESCE", "COUNTROWS", "DATEADD",
    "DATEDIFF", "DATESBETWEEN", "DAY", "DISTINCTCOUNT", "DIVIDE", "EDATE", "FALSE", "FILTER",
    "IF", "INT", "ISBLANK", "ISINSCOPE", "KEEPFILTERS", "LOOKUPVALUE", "MAX", "MIN", "NOT",
    "RELATED", "REMOVEFILTERS", "SAMEPERIODLASTYEAR", "SELECTEDVALUE", "SUM", "SUMMARIZE",
    "SUMX", "SWITCH", "TRUE", "VALUES",
})  # fmt: skip
"""What our DAX calls; a function that a user's own tables call is not known here."""


def dax_names_exist(project: ReadProject) -> Faults:
    """Tables, columns, measures and functions that DAX names; brackets and quotes close."""
    for table in project.tables:
        is_ours = table.name in _OUR_TABLES or table.name.startswith(
            (STEPS_PREFIX, ANALYSIS_PREFIX, HEALTH_PREFIX)
        )
        for one in [*table.of_kind("measure"), *table.of_kind("column")]:
            if not one.expression:
                continue
            where = f"{table.name}[{one.name}]"
            for fault in _dax_faults(one.expression, project, table.name, is_ours):
                yield f"{where}: {fault}"


_OUR_TABLES = {METRICS, *WAREHOUSE, CHANNELS, SHIPPING_COUNTRIES, HOURS}


def _dax_faults(text: str, project: ReadProject, home: str, is_ours: bool) -> Faults:
    made = {found[1] for found in re.finditer(r'"(_\w+)"', text)}  # columns of ADDCOLUMNS
    own = project.columns[home].keys()
    for found in _DAX.finditer(text):
        if found["text"]:
            continue
        if found["alone"] and unquoted(found["alone"]) not in project.columns:
            yield f"there is no table {found['alone']}"
        elif found["field"]:
            name, table = found["field"].replace("]]", "]"), unquoted(found["table"] or "")
            if table and name not in project.columns.get(table, {}):
                is_measure = name in {one.name for one in project.measures.get(table, [])}
                if not is_measure:
                    yield f"there is no column {table}[{name}]"
            elif not table and name not in project.measure_names() | made | own:
                yield f"there is no measure [{name}]"
        elif found["call"] and is_ours and found["call"].upper() not in FUNCTIONS:
            yield f"there is no function {found['call']}"
    bare = re.sub(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')+\'|\[(?:[^\]]|\]\])+\]', "", text)
    if bare.count("(") != bare.count(")") or set(bare) & set("\"'[]"):
        yield "a bracket or quote lacks its other half"
