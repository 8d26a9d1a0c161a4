"""The Data Catalog: databases, tables, partitions, connections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "databases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_on", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_databases")),
        sqlite_strict=True,
    )
    op.create_table(
        "tables",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("database_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("partition_indexes", sa.Text(), nullable=False),
        sa.Column("created_on", BIG, nullable=False),
        sa.Column("updated_on", BIG, nullable=False),
        sa.ForeignKeyConstraint(["database_name"], ["databases.name"], name=op.f("fk_tables_database_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tables")),
        sa.UniqueConstraint("database_name", "name", name=op.f("uq_tables_database_name_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "partitions",
        sa.Column("table_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value_list", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_on", BIG, nullable=False),
        sa.ForeignKeyConstraint(["table_id"], ["tables.id"], name=op.f("fk_partitions_table_id")),
        sa.PrimaryKeyConstraint("table_id", "key", name=op.f("pk_partitions")),
        sqlite_strict=True,
    )
    op.create_table(
        "connections",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_on", BIG, nullable=False),
        sa.Column("updated_on", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_connections")),
        sqlite_strict=True,
    )
