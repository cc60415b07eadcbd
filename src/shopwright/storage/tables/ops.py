"""Schema `ops`: which deliveries came, what became of every row, and how each run went."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    Double,
    ForeignKey,
    Identity,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from shopwright.storage.tables.columns import Timestamp, metadata, optional, required

SCHEMA = "ops"

runs = Table(
    "runs",
    metadata,
    required("run_id", BigInteger(), "Number of the run", Identity(always=True)),
    required("started_at", Timestamp, "When it started"),
    optional("finished_at", Timestamp, "When it ended; null while it runs or where it was killed"),
    required("outcome", Text(), "running, published, nothing to do, failed or interrupted"),
    required("command", Text(), "What was asked for: run, retry, rebuild"),
    required("version", Text(), "Version of Shopwright"),
    optional("error", Text(), "What went wrong"),
    PrimaryKeyConstraint("run_id"),
    CheckConstraint(
        "outcome in ('running', 'published', 'nothing to do', 'failed', 'interrupted')",
        name="outcome",
    ),
    schema=SCHEMA,
    comment="One row per run",
)

steps = Table(
    "steps",
    metadata,
    required("run_id", BigInteger(), "Run", ForeignKey("ops.runs.run_id")),
    required("step_number", Integer(), "Order of the step within the run, from 1"),
    required("step_name", Text(), "Table or task"),
    required("row_count", BigInteger(), "Rows written or found"),
    required("seconds", Double(), "Duration"),
    PrimaryKeyConstraint("run_id", "step_number"),
    schema=SCHEMA,
    comment="One row per step of a run",
)

refused_deliveries = Table(
    "refused_deliveries",
    metadata,
    required("run_id", BigInteger(), "Run", ForeignKey("ops.runs.run_id")),
    required("delivery_name", Text(), "Name of the folder"),
    required("problem", Text(), "Why it could not be read, and the mend"),
    PrimaryKeyConstraint("run_id", "delivery_name"),
    schema=SCHEMA,
    comment="One row per run and delivery that it could not read; the next run tries again",
)

deliveries = Table(
    "deliveries",
    metadata,
    required(
        "delivery_key",
        BigInteger(),
        "Date and revision, 20240131001: a later delivery supersedes an earlier",
        autoincrement=False,
    ),
    required("delivery_name", Text(), "Name of the folder"),
    required("delivery_date", Date(), "Day that the delivery speaks for"),
    required("revision", Integer(), "1 for the first delivery of the day, 2 for the next"),
    required("content_hash", Text(), "SHA-256 over the files: the same content is not read twice"),
    required("declaration", Text(), "What delivery.toml said of the files, as JSON, or empty"),
    required("run_id", BigInteger(), "Run that published it", ForeignKey("ops.runs.run_id")),
    required("published_at", Timestamp, "When it was published"),
    PrimaryKeyConstraint("delivery_key"),
    schema=SCHEMA,
    comment="One row per published delivery; a corrected one is a delivery of its own",
)

files = Table(
    "files",
    metadata,
    required("file_id", Integer(), "Number of the file", Identity(always=False)),
    required("delivery_key", BigInteger(), "Delivery", ForeignKey("ops.deliveries.delivery_key")),
    required("table_name", Text(), "Table of the input contract"),
    required("file_name", Text(), "Name of the file within the delivery"),
    required("byte_count", BigInteger(), "Size as delivered"),
    required("modified_ns", BigInteger(), "When the file was changed last, nanoseconds since 1970"),
    required("content_hash", Text(), "SHA-256 of the bytes as delivered"),
    required("row_count", BigInteger(), "Rows in the file, malformed lines included"),
    required("malformed_count", BigInteger(), "Lines that are no rows"),
    required("column_names", ARRAY(Text()), "The columns in the file's order, as mapped"),
    required("encoding", Text(), "Encoding, declared or found"),
    required("delimiter", Text(), "What stands between two fields, declared or found"),
    optional("decimal_mark", Text(), "What amounts have before the cents, where declared"),
    optional("thousands_mark", Text(), "What amounts have between thousands, where declared"),
    optional("date_format", Text(), "How dates are written, where declared"),
    PrimaryKeyConstraint("file_id"),
    schema=SCHEMA,
    comment="One row per file of a published delivery",
)

overtaken_states = Table(
    "overtaken_states",
    metadata,
    required("table_name", Text(), "Table of the input contract"),
    required("key_hash", BigInteger(), "Hash of the business key, which may be personal"),
    required("updated_at", Timestamp, "When the state began"),
    required("state_hash", BigInteger(), "Hash of what it said"),
    required("delivery_key", BigInteger(), "Delivery that brought it"),
    PrimaryKeyConstraint("table_name", "key_hash", "updated_at", "state_hash"),
    schema=SCHEMA,
    comment="One row per accepted state that a newer one has overtaken, known if it returns",
)

delivery_tables = Table(
    "delivery_tables",
    metadata,
    required("delivery_key", BigInteger(), "Delivery", ForeignKey("ops.deliveries.delivery_key")),
    required("table_name", Text(), "Table of the input contract"),
    required("row_count", BigInteger(), "Rows delivered"),
    required("accepted_count", BigInteger(), "Rows published"),
    required("duplicate_count", BigInteger(), "Rows that repeat another one"),
    required("rejected_count", BigInteger(), "Rows set aside because of a rule"),
    required("waiting_count", BigInteger(), "Rows set aside until what they refer to arrives"),
    required("malformed_count", BigInteger(), "Lines that are no rows", server_default="0"),
    PrimaryKeyConstraint("delivery_key", "table_name"),
    CheckConstraint(
        "row_count = accepted_count + duplicate_count + rejected_count"
        " + waiting_count + malformed_count",
        name="every_row_accounted_for",
    ),
    schema=SCHEMA,
    comment="One row per delivery and table: every row accounted for",
)
