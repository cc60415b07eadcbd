"""Schema `quality`: rows set aside, what rules found, what claims said, scores, the forgotten."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shopwright.storage.tables.columns import Timestamp, metadata, optional, required

SCHEMA = "quality"

rejected_rows = Table(
    "rejected_rows",
    metadata,
    required("rejected_row_id", BigInteger(), "Number of the entry", Identity(always=True)),
    required("table_name", Text(), "Table of the input contract"),
    required("file_id", Integer(), "File that the row came in", ForeignKey("ops.files.file_id")),
    required("row_number", BigInteger(), "Line of the file in which the row begins"),
    required(
        "status",
        Text(),
        "rejected, waiting (for its parent), published since, resolved or dismissed",
    ),
    optional("row_key", Text(), "Business key of the row, where it has one"),
    required("broken_rules", ARRAY(Text()), "Names of the rules that the row broke"),
    required("row_data", JSONB(), "The row, whole, as it was delivered"),
    required("row_hash", Text(), "MD5 of the row, so that the same row is not kept twice"),
    required(
        "first_run_id", BigInteger(), "Run that set the row aside", ForeignKey("ops.runs.run_id")
    ),
    optional(
        "published_run_id", BigInteger(), "Run that published it", ForeignKey("ops.runs.run_id")
    ),
    optional(
        "resolved_run_id",
        BigInteger(),
        "Run that published a later row of the same key",
        ForeignKey("ops.runs.run_id"),
    ),
    optional("dismissed_reason", Text(), "Why somebody gave it up"),
    PrimaryKeyConstraint("rejected_row_id"),
    CheckConstraint(
        "status in ('rejected', 'waiting', 'published', 'resolved', 'dismissed')", name="status"
    ),
    CheckConstraint("(status = 'dismissed') = (dismissed_reason is not null)", name="dismissed"),
    CheckConstraint("(status = 'resolved') = (resolved_run_id is not null)", name="resolved"),
    Index(
        "rejected_rows_kept_idx",
        "table_name",
        "row_hash",
        unique=True,
        postgresql_where=text("status <> 'published'"),
    ),
    Index(
        "rejected_rows_open_idx",
        "table_name",
        "row_key",
        postgresql_where=text("status = 'rejected'"),
    ),
    Index("rejected_rows_file_idx", "file_id"),
    schema=SCHEMA,
    comment="One row per delivered row that was set aside, kept whole with the rules it broke",
)

warning_samples = Table(
    "warning_samples",
    metadata,
    required("run_id", BigInteger(), "Run", ForeignKey("ops.runs.run_id")),
    required("batch_number", Integer(), "Batch of the run, from 1"),
    required("table_name", Text(), "Table of the input contract"),
    required("rule_name", Text(), "Name of the rule"),
    required("file_id", Integer(), "File that the row came in", ForeignKey("ops.files.file_id")),
    required("row_number", BigInteger(), "Line in which the row begins; the header is line 1"),
    required("row_data", JSONB(), "The row, whole, as it was delivered"),
    PrimaryKeyConstraint(
        "run_id", "batch_number", "table_name", "rule_name", "file_id", "row_number"
    ),
    schema=SCHEMA,
    comment="One row per published row shown for a rule that warns, up to five a batch",
)

malformed_lines = Table(
    "malformed_lines",
    metadata,
    required("file_id", Integer(), "File that the line came in", ForeignKey("ops.files.file_id")),
    required("line_number", BigInteger(), "Line of the file; the header is line 1"),
    required("raw", LargeBinary(), "The line's bytes as delivered, without its end"),
    required("reason", Text(), "Why it is no row"),
    required("run_id", BigInteger(), "Run that set it aside", ForeignKey("ops.runs.run_id")),
    PrimaryKeyConstraint("file_id", "line_number"),
    schema=SCHEMA,
    comment="One row per delivered line that is no row of its table, kept whole",
)

column_changes = Table(
    "column_changes",
    metadata,
    required("delivery_key", BigInteger(), "Delivery", ForeignKey("ops.deliveries.delivery_key")),
    required("table_name", Text(), "Table of the input contract"),
    required("change", Text(), "new, missing, renamed, reordered or retyped"),
    required("column_name", Text(), "Column, by its name before if it seems renamed"),
    optional("other_name", Text(), "What it seems to be called or to hold now, or to mean"),
    required("run_id", BigInteger(), "Run that found it", ForeignKey("ops.runs.run_id")),
    PrimaryKeyConstraint("delivery_key", "table_name", "change", "column_name"),
    CheckConstraint(
        "change in ('new', 'missing', 'renamed', 'reordered', 'retyped')", name="change"
    ),
    schema=SCHEMA,
    comment="One row per delivery, table and column that is not as in the delivery before",
)

column_values = Table(
    "column_values",
    metadata,
    required("table_name", Text(), "Table of the input contract"),
    required("column_name", Text(), "Column, as mapped"),
    required("delivery_key", BigInteger(), "Delivery", ForeignKey("ops.deliveries.delivery_key")),
    required("row_count", BigInteger(), "Rows of the delivery's files that have the column"),
    required("empty_count", BigInteger(), "Rows in which it is empty"),
    optional("kind", Text(), "number, date or text: what its values are; null where unclear"),
    PrimaryKeyConstraint("table_name", "column_name", "delivery_key"),
    CheckConstraint("empty_count between 0 and row_count", name="empty_count"),
    CheckConstraint("kind in ('number', 'date', 'text')", name="kind"),
    Index("column_values_delivery_idx", "delivery_key"),
    schema=SCHEMA,
    comment="One row per delivery, table and column: how full it came, and of what kind",
)

rule_results = Table(
    "rule_results",
    metadata,
    required("run_id", BigInteger(), "Run", ForeignKey("ops.runs.run_id")),
    required("batch_number", Integer(), "Batch of the run, from 1"),
    required("table_name", Text(), "Table of the input contract"),
    required("rule_name", Text(), "Name of the rule"),
    required("dimension", Text(), "Dimension of quality that the rule belongs to"),
    required("severity", Text(), "reject, wait or warn"),
    required("row_count", BigInteger(), "Rows that broke it"),
    optional(
        "examples",
        ARRAY(Text()),
        "Some of what was found, by a rule that looks at many rows together",
    ),
    PrimaryKeyConstraint("run_id", "batch_number", "table_name", "rule_name"),
    schema=SCHEMA,
    comment="One row per run, batch and rule that some row broke",
)

claim_results = Table(
    "claim_results",
    metadata,
    required("run_id", BigInteger(), "Run", ForeignKey("ops.runs.run_id")),
    required("batch_number", Integer(), "Batch of the run, from 1"),
    required("claim_name", Text(), "The claim, a sentence"),
    required("holds", Boolean(), "Whether it was true"),
    required("row_count", BigInteger(), "Rows that speak against it"),
    PrimaryKeyConstraint("run_id", "batch_number", "claim_name"),
    schema=SCHEMA,
    comment="One row per run, batch and claim that was examined before publishing",
)

scores = Table(
    "scores",
    metadata,
    required("run_id", BigInteger(), "Run", ForeignKey("ops.runs.run_id")),
    required("batch_number", Integer(), "Batch of the run, from 1"),
    required("delivery_key", BigInteger(), "Delivery", ForeignKey("ops.deliveries.delivery_key")),
    required("table_name", Text(), "Table of the input contract"),
    required("dimension", Text(), "Dimension of quality; all: the row breaks no rule whatever"),
    required("row_count", BigInteger(), "Rows delivered"),
    required("set_aside_count", BigInteger(), "Rows that break a rule which rejects or waits"),
    required("warned_count", BigInteger(), "Other rows that break a rule which warns"),
    required("score", Double(), "Share of the rows without a flaw, 0 to 1"),
    PrimaryKeyConstraint("delivery_key", "table_name", "dimension"),
    CheckConstraint(
        "set_aside_count + warned_count between 0 and row_count",
        name="counts",
    ),
    schema=SCHEMA,
    comment="One row per delivery, table and dimension of quality: how the rows came in",
)

forgotten_customers = Table(
    "forgotten_customers",
    metadata,
    required("pseudonym", Text(), "What stands in place of customer_id since: a salted hash of it"),
    required("salt", Text(), "Random, the same in every row: a run hashes each customer_id once"),
    required("forgotten_at", Timestamp, "When it was asked for last"),
    PrimaryKeyConstraint("pseudonym"),
    schema=SCHEMA,
    comment="One row per customer who was forgotten: later rows become the pseudonym's",
)
