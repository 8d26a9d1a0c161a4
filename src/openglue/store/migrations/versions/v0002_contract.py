"""Account limits, queueing, retries, events, idempotent starts and scripts."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNOWNED = sa.text("active = 1 AND owner IS NULL AND state <> 'WAITING'")
WAITING = sa.text("state = 'WAITING'")
TO_NOTIFY = sa.text("active = 1 AND notify_at IS NOT NULL")


def upgrade() -> None:
    op.drop_table("limits")
    op.drop_table("idempotency")
    op.drop_table("outbox")
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("runs", BIG, nullable=False),
        sa.Column("dpu_16ths", BIG, nullable=False),
        sa.Column("waiting", BIG, nullable=False),
        sa.Column("events", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sqlite_strict=True,
    )
    op.create_table(
        "cursors",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
        sqlite_strict=True,
    )
    op.create_table(
        "idempotency",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_sha", sa.Text(), server_default="", nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sqlite_strict=True,
    )
    op.create_table(
        "scripts",
        sa.Column("sha", sa.Text(), nullable=False),
        sa.Column("used_on", BIG, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha", name=op.f("pk_scripts")),
        sqlite_strict=True,
    )
    op.create_index("ix_scripts_used_on", "scripts", ["used_on"], unique=False)
    op.add_column("jobs", sa.Column("slots", BIG, server_default="0", nullable=False))
    op.drop_column("runs", "environment_sha")
    op.add_column("runs", sa.Column("environment", sa.Text(), nullable=True))
    op.add_column("runs", sa.Column("waits_for", sa.Text(), nullable=True))
    op.add_column("runs", sa.Column("dpu_16ths", BIG, server_default="0", nullable=False))
    for name in ("queue_until", "not_before", "notify_at"):
        op.add_column("runs", sa.Column(name, BIG, nullable=True))
    op.create_index("ix_runs_started_on", "runs", ["started_on"], unique=False)
    op.drop_index("ix_runs_active_job", "runs")
    op.drop_index("ix_runs_unowned", "runs")
    for name, columns, where in (
        ("ix_runs_unowned", ["command", "started_on", "seq"], UNOWNED),
        ("ix_runs_waiting", ["started_on", "id"], WAITING),
        ("ix_runs_to_notify", ["notify_at"], TO_NOTIFY),
    ):
        op.create_index(name, "runs", columns, unique=False, sqlite_where=where, postgresql_where=where)
    _count()


def _count() -> None:
    """The counters of what is running while this version takes over."""
    database = op.get_bind()
    active = database.execute(sa.text("SELECT id, job_id, fixed FROM runs WHERE active = 1")).all()
    total = 0
    for run_id, job_id, fixed in active:
        members = json.loads(fixed)
        sixteenths = round(members.get("MaxCapacity", 0) * 16)
        total += sixteenths
        minutes = (members.get("NotificationProperty") or {}).get("NotifyDelayAfter")
        database.execute(
            sa.text("UPDATE runs SET dpu_16ths = :dpu, notify_at = started_on + :late WHERE id = :run"),
            {"dpu": sixteenths, "late": None if minutes is None else minutes * 60_000, "run": run_id},
        )
        database.execute(sa.text("UPDATE jobs SET slots = slots + 1 WHERE id = :job"), {"job": job_id})
    database.execute(
        sa.text("INSERT INTO account (id, runs, dpu_16ths, waiting, events) VALUES (1, :runs, :dpu, 0, 0)"),
        {"runs": len(active), "dpu": total},
    )
