"""Who was forgotten: the pseudonym that stands in place of a customer_id, and rows that come later.

The pseudonym is a salted hash: it cannot be read back, yet a row that comes later can be told to
speak of somebody who was forgotten, and becomes the pseudonym's before it is looked at further.
"""

import hashlib
import secrets

from psycopg import Connection, sql

from shopwright.ingestion.contract import contract

CUSTOMER_ID = "customer_id"
PREFIX = "forgotten-"
_DIGITS = 20


def pseudonym(salt: str, customer_id: str) -> str:
    """What `customer_id` becomes; the same for the same salt, here and in SQL."""
    return PREFIX + hashlib.sha256((salt + customer_id).encode()).hexdigest()[:_DIGITS]


def remember(connection: Connection, customer_id: str) -> str:
    """Puts a customer on the list of the forgotten, under a pseudonym, and gives that."""
    found = connection.execute("select salt from quality.forgotten_customers limit 1").fetchone()
    salt = found[0] if found else secrets.token_hex(16)
    name = pseudonym(salt, customer_id)
    connection.execute(
        "insert into quality.forgotten_customers values (%s, %s, now())"
        " on conflict (pseudonym) do update set forgotten_at = now()",
        [name, salt],
    )
    return name


def is_forgotten(connection: Connection, customer_id: str) -> bool:
    """Whether the customer is on the list."""
    return any(pseudonym(salt, customer_id) == name for name, salt in forgotten(connection).items())


def forgotten(connection: Connection) -> dict[str, str]:
    """The pseudonyms of all who were forgotten, with their salt."""
    return dict(
        connection.execute("select pseudonym, salt from quality.forgotten_customers").fetchall()
    )


def kept_columns(table: str) -> list[str]:
    """What may stay of a row of a forgotten person: the contract's columns that are not personal.

    A column that the contract does not know may hold anything, so it goes too.
    """
    return [
        name
        for name, column in contract()[table].columns.items()
        if not column.personal and name != CUSTOMER_ID
    ]


def tables_of_customers() -> list[str]:
    """The contract's tables whose rows name a customer."""
    return [name for name, table in contract().items() if CUSTOMER_ID in table.columns]


def anonymise_staged_rows(connection: Connection) -> int:
    """Rows in staging that name somebody who was forgotten become the pseudonym's. Gives their
    number. Costs nothing where nobody was forgotten.
    """
    found = connection.execute("select salt from quality.forgotten_customers limit 1").fetchone()
    if found is None:
        return 0
    return sum(_anonymise(connection, table, found[0]) for table in tables_of_customers())


def _anonymise(connection: Connection, table: str, salt: str) -> int:
    columns = {
        name
        for (name,) in connection.execute(
            "select attname from pg_attribute where attrelid = to_regclass(%s) and attnum > 0"
            " and not attisdropped",
            [f"staging.{table}"],
        )
    }
    if CUSTOMER_ID not in columns:
        return 0
    erased = sorted(
        name
        for name in columns - {*kept_columns(table), CUSTOMER_ID}
        if not name.startswith("_")  # which says where the row stood
    )
    return connection.execute(
        sql.SQL(
            "with hashed as ("
            " select ctid as row_id, {prefix} || left(encode(sha256("
            "  convert_to({salt} || trim(customer_id), 'UTF8')), 'hex'), {digits}) as pseudonym"
            " from {table} where customer_id is not null),"
            " found as materialized ("
            " select * from hashed inner join quality.forgotten_customers using (pseudonym))"
            " update {table} as staged set {assignments} from found"
            " where staged.ctid = found.row_id"
        ).format(
            prefix=sql.Literal(PREFIX),
            salt=sql.Literal(salt),
            digits=sql.Literal(_DIGITS),
            table=sql.Identifier("staging", table),
            assignments=sql.SQL(", ").join(
                [
                    sql.SQL("customer_id = found.pseudonym"),
                    *(sql.SQL("{} = null").format(sql.Identifier(name)) for name in erased),
                ]
            ),
        )
    ).rowcount
