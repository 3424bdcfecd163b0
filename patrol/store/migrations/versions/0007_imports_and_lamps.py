"""Keep reports of imports, faults that are left out, and street lamps."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_reports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_reports")),
    )
    op.create_index("ix_import_reports_at_us", "import_reports", ["at_us"])
    op.create_table(
        "fault_choices",
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("fault", name=op.f("pk_fault_choices")),
    )
    op.create_table(
        "lamps",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lamps")),
    )


def downgrade() -> None:
    op.drop_table("lamps")
    op.drop_table("fault_choices")
    op.drop_index("ix_import_reports_at_us", table_name="import_reports")
    op.drop_table("import_reports")
