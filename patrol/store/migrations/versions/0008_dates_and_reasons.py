"""Give key sites their days, and campaigns a reason, who made them and surroundings."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sites") as table:
        table.add_column(sa.Column("first", sa.Date(), nullable=True))
        table.add_column(sa.Column("last", sa.Date(), nullable=True))
    with op.batch_alter_table("campaigns") as table:
        table.add_column(
            sa.Column("radius_m", sa.Double(), nullable=False, server_default=sa.text("0"))
        )
        table.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("actor", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("campaigns") as table:
        table.drop_column("actor")
        table.drop_column("reason")
        table.drop_column("radius_m")
    with op.batch_alter_table("sites") as table:
        table.drop_column("last")
        table.drop_column("first")
