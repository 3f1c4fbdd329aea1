"""Contact channels that are verified, what providers report of pages, and who guesses codes."""

import sqlalchemy as sa
from alembic import op

from store.types import BigId, Utc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("contact") as contact:
        contact.add_column(sa.Column("verified_at", Utc))
    op.create_table(
        "contact_code",
        sa.Column("contact_id", BigId, nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("sent_at", Utc, nullable=False),
        sa.Column("expires_at", Utc, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_contact_code_contact_id_contact")),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_contact_code")),
    )
    op.create_table(
        "page_report",
        sa.Column("page_id", BigId, nullable=False),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("progress", sa.String(16), nullable=False),
        sa.Column("first_at", Utc, nullable=False),
        sa.Column("last_at", Utc, nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_page_report_page_id_page")),
        sa.PrimaryKeyConstraint("page_id", "provider", "reference", name=op.f("pk_page_report")),
    )
    op.create_table(
        "reply_refusal",
        sa.Column("id", BigId, nullable=False),
        sa.Column("number_hash", sa.String(64), nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_refusal")),
    )
    op.create_index(op.f("ix_reply_refusal_number_hash"), "reply_refusal", ["number_hash"])


def downgrade() -> None:
    op.drop_table("reply_refusal")
    op.drop_table("page_report")
    op.drop_table("contact_code")
    with op.batch_alter_table("contact") as contact:
        contact.drop_column("verified_at")
