"""Keep how wide and far a camera sees, when it is watched, its tags and its picture's size."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cameras", sa.Column("fov_deg", sa.Double(), nullable=True))
    op.add_column("cameras", sa.Column("range_m", sa.Double(), nullable=True))
    for name in ("schedule", "tags"):
        op.add_column("cameras", sa.Column(name, sa.Text(), nullable=False, server_default="[]"))
    op.add_column("cameras", sa.Column("width_px", sa.Integer(), nullable=True))
    op.add_column("cameras", sa.Column("height_px", sa.Integer(), nullable=True))


def downgrade() -> None:
    for name in ("height_px", "width_px", "tags", "schedule", "range_m", "fov_deg"):
        op.drop_column("cameras", name)
