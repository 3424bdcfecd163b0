"""Keep old positions minute by minute, packed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sealed_minutes",
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("minute_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fixes", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("unit_id", "minute_us", name=op.f("pk_sealed_minutes")),
    )
    op.create_index("ix_sealed_minutes_minute_us", "sealed_minutes", ["minute_us"])


def downgrade() -> None:
    # A step back would have to unpack every minute; the positions are the newest releases' own.
    op.drop_table("sealed_minutes")
