"""The first schema: every table that the design names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "definitions",
        sa.Column("sha", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha", name=op.f("pk_definitions")),
        sqlite_strict=True,
    )
    op.create_table(
        "idempotency",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_idempotency_at"), "idempotency", ["at"], unique=False)
    op.create_table(
        "keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_on", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
        sqlite_strict=True,
    )
    op.create_table(
        "limits",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("used", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_limits")),
        sqlite_strict=True,
    )
    op.create_table(
        "nodes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("started_on", BIG, nullable=False),
        sa.Column("lease_until", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nodes")),
        sqlite_strict=True,
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_outbox_at"), "outbox", ["at"], unique=False)
    op.create_table(
        "tags",
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("resource", "key", name=op.f("pk_tags")),
        sqlite_strict=True,
    )
    op.create_table(
        "triggers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("next_fire", BIG, nullable=True),
        sa.Column("created_on", BIG, nullable=False),
        sa.Column("last_modified_on", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triggers")),
        sa.UniqueConstraint("name", name=op.f("uq_triggers_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "fires",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("trigger_id", sa.Text(), nullable=False),
        sa.Column("fire_key", sa.Text(), nullable=False),
        sa.Column("root_fire", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.ForeignKeyConstraint(["trigger_id"], ["triggers.id"], name=op.f("fk_fires_trigger_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fires")),
        sa.UniqueConstraint("trigger_id", "fire_key", name=op.f("uq_fires_trigger_id_fire_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition_sha", sa.Text(), nullable=False),
        sa.Column("created_on", BIG, nullable=False),
        sa.Column("last_modified_on", BIG, nullable=False),
        sa.Column("deleted_on", BIG, nullable=True),
        sa.Column("next_seq", BIG, nullable=False),
        sa.ForeignKeyConstraint(["definition_sha"], ["definitions.sha"], name=op.f("fk_jobs_definition_sha")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_jobs_live_name",
        "jobs",
        ["name"],
        unique=True,
        sqlite_where=sa.text("deleted_on IS NULL"),
        postgresql_where=sa.text("deleted_on IS NULL"),
    )
    op.create_table(
        "bookmarks",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("rev", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("run", BIG, nullable=False),
        sa.Column("attempt", BIG, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("previous_run_id", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_bookmarks_job_id")),
        sa.PrimaryKeyConstraint("job_id", "rev", name=op.f("pk_bookmarks")),
        sqlite_strict=True,
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("job_name", sa.Text(), nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("retry_no", sa.Integer(), nullable=False),
        sa.Column("previous_run_id", sa.Text(), nullable=True),
        sa.Column("trigger_name", sa.Text(), nullable=True),
        sa.Column("root_fire", sa.Text(), nullable=True),
        sa.Column("definition_sha", sa.Text(), nullable=False),
        sa.Column("script_sha", sa.Text(), nullable=True),
        sa.Column("environment_sha", sa.Text(), nullable=True),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("fence", BIG, nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lease_until", BIG, nullable=True),
        sa.Column("start_token", sa.Text(), nullable=True),
        sa.Column("started_on", BIG, nullable=False),
        sa.Column("claimed_on", BIG, nullable=True),
        sa.Column("running_on", BIG, nullable=True),
        sa.Column("last_modified_on", BIG, nullable=False),
        sa.Column("completed_on", BIG, nullable=True),
        sa.Column("execution_ms", BIG, nullable=False),
        sa.Column("timeout_minutes", BIG, nullable=False),
        sa.Column("state_detail", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("fixed", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["definition_sha"], ["definitions.sha"], name=op.f("fk_runs_definition_sha")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_runs_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("job_id", "seq", name=op.f("uq_runs_job_id_seq")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_runs_owned",
        "runs",
        ["owner"],
        unique=False,
        sqlite_where=sa.text("active = 1 AND owner IS NOT NULL"),
        postgresql_where=sa.text("active = 1 AND owner IS NOT NULL"),
    )
    op.create_index(
        "ix_runs_unowned",
        "runs",
        ["command", "started_on", "seq"],
        unique=False,
        sqlite_where=sa.text("active = 1 AND owner IS NULL"),
        postgresql_where=sa.text("active = 1 AND owner IS NULL"),
    )
    op.create_index(
        "ix_runs_active_job",
        "runs",
        ["job_id"],
        unique=False,
        sqlite_where=sa.text("active = 1"),
        postgresql_where=sa.text("active = 1"),
    )
    op.create_table(
        "ledger",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_ledger_run_id")),
        sa.PrimaryKeyConstraint("run_id", "seq", name=op.f("pk_ledger")),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "log_segments",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("first_offset", BIG, nullable=False),
        sa.Column("end_offset", BIG, nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name=op.f("fk_log_segments_node_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_log_segments_run_id")),
        sa.PrimaryKeyConstraint("run_id", "stream", "first_offset", name=op.f("pk_log_segments")),
        sqlite_strict=True,
    )
