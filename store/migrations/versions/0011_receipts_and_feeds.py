"""Why a message or call failed, and the passwords of calendar feeds."""

import sqlalchemy as sa
from alembic import op

from store.types import BigId, Utc

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("page_report") as page_report:
        page_report.add_column(sa.Column("failure", sa.String(16)))
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("used_at", Utc),
        sa.Column("revoked_at", Utc),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_calendar_feed_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
    )
    op.create_index(op.f("ix_calendar_feed_account_id"), "calendar_feed", ["account_id"])


def downgrade() -> None:
    op.drop_table("calendar_feed")
    with op.batch_alter_table("page_report") as page_report:
        page_report.drop_column("failure")
