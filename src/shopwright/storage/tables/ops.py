"""Schema `ops`: which deliveries came, what became of every row, and how each run went."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
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
    required("command", Text(), "What was asked for: run, back-fill, retry, rebuild"),
    required("version", Text(), "Version of Shopwright"),
    optional("error", Text(), "What went wrong"),
    optional("started_by", Text(), "What started it, such as command line, schedule or sensor"),
    optional("server_version", Text(), "Version of PostgreSQL"),
    optional("python_version", Text(), "Version of Python"),
    optional("peak_memory_bytes", BigInteger(), "Most memory of its process, PostgreSQL's aside"),
    optional("error_kind", Text(), "Name of the error, such as ClaimFailed"),
    optional("error_row_count", BigInteger(), "Rows that the error is about"),
    optional("error_delivery_name", Text(), "Delivery that the error is about"),
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

alerts = Table(
    "alerts",
    metadata,
    required("alert_id", BigInteger(), "Number of the alert", Identity(always=True)),
    required("cause", Text(), "What it is about: one alert at a time"),
    required("kind", Text(), "Kind of the cause, such as run failed or delivery missing"),
    required("state", Text(), "open, dismissed (somebody knows of it) or closed (it is over)"),
    required("message", Text(), "What happened"),
    required("show_command", Text(), "The command that shows more"),
    required("mend_command", Text(), "The command that mends it"),
    optional(
        "run_id", BigInteger(), "Run, if any", ForeignKey("ops.runs.run_id", ondelete="set null")
    ),
    optional("delivery_name", Text(), "Delivery, if any, or the day it should speak for"),
    optional("row_count", BigInteger(), "Rows concerned, where they can be counted"),
    required("opened_at", Timestamp, "When it was noticed"),
    required("last_seen_at", Timestamp, "When it was found last"),
    optional("last_notified_at", Timestamp, "When somebody was to be told of it last"),
    optional("closed_at", Timestamp, "When it was over"),
    PrimaryKeyConstraint("alert_id"),
    CheckConstraint("state in ('open', 'dismissed', 'closed')", name="state"),
    CheckConstraint("(state = 'closed') = (closed_at is not null)", name="closed"),
    Index("alerts_open_idx", "cause", unique=True, postgresql_where=text("state <> 'closed'")),
    schema=SCHEMA,
    comment="One row per cause that is, or was, something to look at",
)

notifications = Table(
    "notifications",
    metadata,
    required("notification_id", BigInteger(), "Number", Identity(always=True)),
    required("alert_id", BigInteger(), "Alert", ForeignKey("ops.alerts.alert_id")),
    required("notice", Text(), "opened, repeated or closed"),
    required("channel", Text(), "Kind of service, and a digest that tells two of a kind apart"),
    required("created_at", Timestamp, "When it became due, or would have but for quiet hours"),
    required("due_at", Timestamp, "Not to be sent before"),
    required("attempt_count", Integer(), "How often it was tried"),
    optional("sent_at", Timestamp, "When the service took it; null: to be tried again"),
    optional("problem", Text(), "Why the last attempt failed"),
    PrimaryKeyConstraint("notification_id"),
    CheckConstraint("notice in ('opened', 'repeated', 'closed')", name="notice"),
    Index("notifications_alert_idx", "alert_id"),
    schema=SCHEMA,
    comment="One row per message about an alert to one channel, sent or still to be sent",
)
