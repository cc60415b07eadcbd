"""Schema `quality`: the rows that were not accepted, what each rule found, what each claim said."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shopwright.storage.tables.columns import metadata, optional, required

SCHEMA = "quality"

rejected_rows = Table(
    "rejected_rows",
    metadata,
    required("rejected_row_id", BigInteger(), "Number of the entry", Identity(always=True)),
    required("table_name", Text(), "Table of the input contract"),
    required("file_id", Integer(), "File that the row came in", ForeignKey("ops.files.file_id")),
    required("row_number", BigInteger(), "Row of the file, the one below the header is 1"),
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
