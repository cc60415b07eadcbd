"""The proof: a search through every text of the database and every file, for whatever is left."""

from collections.abc import Iterable

from psycopg import Connection, sql

from shopwright.config.workspace import Workspace
from shopwright.orchestration.forgetting.file_search import Remnant, Search, search_files
from shopwright.orchestration.forgetting.malformed_lines import lines_left
from shopwright.orchestration.forgetting.pseudonyms import CUSTOMER_ID
from shopwright.orchestration.forgetting.traces import Trace, Traces, spellings
from shopwright.storage.database import Database


def search(workspace: Workspace, database: Database, traces: Traces) -> Search:
    """Looks for the person in every text column of every schema, in the planner's statistics, in
    every file of the workspace (packed ones unpacked) and in the embedded server's own files.

    In files and in bytes, in the encodings that any file was ever delivered in, too.
    """
    found = Search(
        kinds=sorted({CUSTOMER_ID, *(one.kind for one in traces.found)}), shared=traces.shared
    )
    with database.connect() as connection:
        connection.execute("set transaction read only")
        encodings = [
            one for (one,) in connection.execute("select distinct encoding from ops.files")
        ]
        _search_tables(connection, traces, encodings, found)
        _search_statistics(connection, traces, found)
        if count := lines_left(connection, traces):
            found.remnants.append(Remnant(f"malformed_lines, {count} rows", CUSTOMER_ID))
    inside = None if database.server is None else database.server.data_folder
    search_files(workspace, inside, traces, encodings, found)
    return found


def _search_tables(
    connection: Connection, traces: Traces, encodings: Iterable[str], found: Search
) -> None:
    columns: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, column, kind in connection.execute(
        """
        select nspname, relname, attname, typname
        from pg_attribute
        inner join pg_class on pg_class.oid = attrelid
        inner join pg_namespace on pg_namespace.oid = relnamespace
        inner join pg_type on pg_type.oid = atttypid
        where relkind in ('r', 'm') and attnum > 0 and not attisdropped
            and nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
            and nspname not like 'pg\\_temp%' and nspname not like 'pg\\_toast\\_temp%'
            and (typcategory in ('S', 'A') or typname in ('json', 'jsonb', 'bytea'))
        order by nspname, relname, attnum
        """
    ):
        columns.setdefault((schema, table), []).append((column, kind))
    for (schema, table), texts in columns.items():
        checks = [_standing(texts, trace, encodings) for trace in traces.found]
        kinds = [trace.kind for trace in traces.found]
        if traces.exact_id:
            checks += _exactly(texts, traces.customer_id)
            kinds += [CUSTOMER_ID] * (len(checks) - len(kinds))
        counts = connection.execute(
            sql.SQL("select count(*), {} from {}").format(
                sql.SQL(", ").join(
                    sql.SQL("count(*) filter (where {})").format(check)
                    for check in checks or [sql.SQL("false")]
                ),
                sql.Identifier(schema, table),
            )
        ).fetchone()
        assert counts is not None
        found.tables += 1
        found.columns += len(texts)
        found.rows += counts[0]
        found.remnants += [
            Remnant(f"{schema}.{table}, {count} rows", kind)
            for count, kind in zip(counts[1:], kinds, strict=False)
            if count
        ]


def _standing(
    texts: list[tuple[str, str]], trace: Trace, encodings: Iterable[str]
) -> sql.Composable:
    """A condition: all words of the trace stand in the row."""
    row = sql.SQL("lower(concat_ws(' ', {}))").format(
        sql.SQL(", ").join(
            sql.SQL("encode({}, 'escape')" if kind == "bytea" else "{}").format(
                sql.Identifier(column)
            )
            for column, kind in texts
        )
    )
    has_bytes = any(kind == "bytea" for _, kind in texts)
    return sql.SQL(" and ").join(
        sql.SQL("({})").format(
            sql.SQL(" or ").join(
                sql.SQL("strpos({}, {}) > 0").format(row, sql.Literal(one))
                for one in (word.lower(), *(_escaped(word, encodings) if has_bytes else ()))
            )
        )
        for word in trace.words
    )


def _escaped(word: str, encodings: Iterable[str]) -> list[str]:
    """How PostgreSQL's `escape` writes the word's bytes, in lower case."""
    return [
        "".join(
            f"\\{byte:03o}" if byte == 0 or byte > 127 else "\\\\" if byte == 92 else chr(byte)
            for byte in spelling
        ).lower()
        for spelling in spellings(word, encodings)
    ]


def _exactly(texts: list[tuple[str, str]], customer_id: str) -> list[sql.Composable]:
    """Conditions: the number stands where a customer is named."""
    names = [column for column, _ in texts]
    conditions: list[sql.Composable] = [
        sql.SQL("trim(customer_id) = {}").format(sql.Literal(customer_id))
        for column in names
        if column == CUSTOMER_ID
    ]
    if {"row_key", "table_name"} <= {*names}:
        conditions.append(
            sql.SQL("table_name = 'customers' and row_key = {}").format(sql.Literal(customer_id))
        )
    return conditions + [
        sql.SQL("trim({} ->> 'customer_id') = {}").format(
            sql.Identifier(column), sql.Literal(customer_id)
        )
        for column, kind in texts
        if kind == "jsonb"
    ]


def _search_statistics(connection: Connection, traces: Traces, found: Search) -> None:
    """The planner keeps samples of columns."""
    for trace in traces.found:
        words = trace.words[-1:]  # the last name: a sample of one column holds no other
        for schema, table, column in connection.execute(
            "select schemaname, tablename, attname from pg_stats"
            " where strpos(lower(concat(most_common_vals, histogram_bounds, most_common_elems)),"
            " %s) > 0 and schemaname not in ('pg_catalog', 'information_schema')",
            [words[0].lower()],
        ):
            if trace.kind != "name" or column not in ("first_name", "last_name"):
                place = f"statistics of {schema}.{table}.{column}"
                found.remnants.append(Remnant(place, trace.kind))
