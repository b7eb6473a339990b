"""The tables of people's rights; written by `ringfence.persistence.migrations.autogenerate`."""

import sqlalchemy as sa
from alembic import op

revision = "0002_rights"
down_revision = "0001_spine"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("publication", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sa.UniqueConstraint("subject", "publication", name=op.f("uq_announcement_subject_publication")),
    )
    op.create_index(op.f("ix_announcement_due"), "announcement", ["due"], unique=False)
    op.create_index(op.f("ix_announcement_subject_id"), "announcement", ["subject", "id"], unique=False)
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
        sa.Column("law", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guard")),
    )
    op.create_index(op.f("ix_guard_origin"), "guard", ["origin"], unique=False)
    op.create_index(op.f("ix_guard_subject"), "guard", ["subject"], unique=False)
    op.create_index(op.f("ix_guard_until"), "guard", ["until"], unique=False)
    op.create_table(
        "notice_edition",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_edition")),
    )
    op.create_table(
        "notice_publication",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("published", sa.Double(), nullable=False),
        sa.Column("holds_from", sa.Double(), nullable=False),
        sa.Column("needs", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_publication")),
        sa.UniqueConstraint("provider", "number", name=op.f("uq_notice_publication_provider_number")),
    )
    op.add_column("erasure", sa.Column("keeps", sa.LargeBinary(), nullable=True))
