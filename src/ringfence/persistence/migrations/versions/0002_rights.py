"""The tables of people's rights; written by `ringfence.persistence.migrations.autogenerate`."""

import sqlalchemy as sa
from alembic import op

revision = "0002_rights"
down_revision = "0001_spine"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guard",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("table_number", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Text(), nullable=True),
        sa.Column("storage", sa.BigInteger(), nullable=False),
        sa.Column("protects", sa.Boolean(), nullable=False),
        sa.Column("ends", sa.Boolean(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("until", sa.Double(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guard")),
    )
    op.create_index(op.f("ix_guard_origin"), "guard", ["origin"], unique=False)
    op.create_index(op.f("ix_guard_subject"), "guard", ["subject"], unique=False)
    op.create_index(op.f("ix_guard_until"), "guard", ["until"], unique=False)
    op.add_column("erasure", sa.Column("keeps", sa.LargeBinary(), nullable=True))
