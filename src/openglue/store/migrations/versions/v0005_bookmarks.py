"""Bookmarks: versions, and what they remember. Nothing was ever written to the table that they had before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.drop_table("bookmarks")
    op.create_table(
        "bookmarks",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("rev", BIG, nullable=False),
        sa.Column("run", BIG, nullable=False),
        sa.Column("attempt", BIG, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("previous_run_id", sa.Text(), nullable=True),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("at", BIG, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_bookmarks_job_id")),
        sa.PrimaryKeyConstraint("job_id", "version", name=op.f("pk_bookmarks")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_bookmarks_author", "bookmarks", ["author", "version"], unique=False)
    op.create_index("ix_bookmarks_at", "bookmarks", ["at"], unique=False)
    op.create_table(
        "bookmark_states",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("rev", BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_bookmark_states_job_id")),
        sa.PrimaryKeyConstraint("job_id", "rev", name=op.f("pk_bookmark_states")),
        sqlite_strict=True,
    )
