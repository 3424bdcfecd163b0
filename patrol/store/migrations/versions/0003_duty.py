"""Keep when a unit went on duty, so that positions from any other time can be refused."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("unit_statuses", sa.Column("duty_us", sa.BigInteger(), nullable=True))
    op.execute("UPDATE unit_statuses SET duty_us = at_us WHERE status <> 'off'")


def downgrade() -> None:
    op.drop_column("unit_statuses", "duty_us")
