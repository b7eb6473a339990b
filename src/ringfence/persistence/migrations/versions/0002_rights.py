"""The tables of people's rights; written by `ringfence.persistence.migrations.autogenerate`."""

revision = "0002_rights"
down_revision = "0001_spine"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
