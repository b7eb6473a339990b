"""The spine's tables: written by `python -m ringfence.persistence.migrations.autogenerate`."""

import sqlalchemy as sa
from alembic import op

revision = "0001_spine"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fence",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fence")),
    )
    op.create_table(
        "push_instance",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_instance")),
    )
    op.create_index(op.f("ix_push_instance_due"), "push_instance", ["due"], unique=False)
    op.create_index(op.f("ix_push_instance_subject"), "push_instance", ["subject"], unique=False)
