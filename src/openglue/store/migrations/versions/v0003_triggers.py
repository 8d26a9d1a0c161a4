"""Triggers: what they watch, what they have seen, what they fired for and what that started.

No version has written a row into the two tables that are made anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LIVE = sa.text("deleted_on IS NULL")
SCHEDULED = sa.text("next_fire IS NOT NULL")
PENDING = sa.text("run_id IS NULL AND note IS NULL")
UNCONSUMED = sa.text("fire_id IS NULL")


def upgrade() -> None:
    op.drop_table("fires")
    op.drop_table("triggers")
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
        sa.Column("deleted_on", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triggers")),
        sqlite_strict=True,
    )
    op.create_table(
        "watches",
        sa.Column("job_name", sa.Text(), nullable=False),
        sa.Column("trigger_id", sa.Text(), nullable=False),
        sa.Column("after_event", BIG, nullable=False),
        sa.ForeignKeyConstraint(["trigger_id"], ["triggers.id"], name=op.f("fk_watches_trigger_id")),
        sa.PrimaryKeyConstraint("job_name", "trigger_id", name=op.f("pk_watches")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fires",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("trigger_id", sa.Text(), nullable=False),
        sa.Column("fire_key", sa.Text(), nullable=False),
        sa.Column("root_fire", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["trigger_id"], ["triggers.id"], name=op.f("fk_fires_trigger_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fires")),
        sa.UniqueConstraint("trigger_id", "fire_key", name=op.f("uq_fires_trigger_id_fire_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "actions",
        sa.Column("fire_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("trigger_name", sa.Text(), nullable=False),
        sa.Column("job_name", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("predecessors", sa.Text(), nullable=False),
        sa.Column("root_fire", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["fire_id"], ["fires.id"], name=op.f("fk_actions_fire_id")),
        sa.PrimaryKeyConstraint("fire_id", "number", name=op.f("pk_actions")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sightings",
        sa.Column("trigger_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("job_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("root_fire", sa.Text(), nullable=False),
        sa.Column("trigger_name", sa.Text(), nullable=True),
        sa.Column("ended_on", BIG, nullable=False),
        sa.Column("fire_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["trigger_id"], ["triggers.id"], name=op.f("fk_sightings_trigger_id")),
        sa.PrimaryKeyConstraint("trigger_id", "run_id", name=op.f("pk_sightings")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    for name, table, columns, unique, where in (
        ("uq_triggers_live_name", "triggers", ["name"], True, LIVE),
        ("ix_triggers_next_fire", "triggers", ["next_fire"], False, SCHEDULED),
        ("ix_watches_after_event", "watches", ["after_event"], False, None),
        ("ix_fires_of_trigger", "fires", ["trigger_id", "at", "id"], False, None),
        ("ix_fires_at", "fires", ["at", "id"], False, None),
        ("ix_actions_pending", "actions", ["at", "fire_id", "number"], False, PENDING),
        ("ix_sightings_waiting", "sightings", ["trigger_id", "root_fire"], False, UNCONSUMED),
        ("ix_sightings_ended_on", "sightings", ["ended_on"], False, None),
    ):
        op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)
    # Triggers read the events from here on.
    op.execute("INSERT INTO cursors (name, seq) SELECT 'triggers', events FROM account")
