"""Announced devices."""

import sqlalchemy as sa
from alembic import op

from store.types import Utc

revision = "0012"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("topic", sa.String(255), nullable=False),
        sa.Column("part", sa.String(64), nullable=False),
        sa.Column("identifier", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("model", sa.String(120), nullable=False),
        sa.Column("state_topic", sa.String(255), nullable=False),
        sa.Column("family", sa.String(32), nullable=False),
        sa.Column("address", sa.String(255), nullable=False),
        sa.Column("heard_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "part", name=op.f("pk_announcement")),
    )


def downgrade() -> None:
    op.drop_table("announcement")
