"""What is said to devices; what devices said of themselves."""

import sqlalchemy as sa
from alembic import op

from store.types import BigId, Json, Utc

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "downlink",
        sa.Column("id", BigId, nullable=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("about", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("due_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("heard_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_downlink_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_downlink")),
        sa.UniqueConstraint("device_id", "kind", "about", name=op.f("uq_downlink_device_id_kind_about")),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_downlink_waiting", "downlink", ["due_at"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index("ix_downlink_about", "downlink", ["kind", "about"])
    op.add_column("presence", sa.Column("firmware", sa.String(32), nullable=True))
    op.add_column("presence", sa.Column("voice", sa.Integer(), nullable=True))
    op.add_column("presence", sa.Column("boot", sa.String(64), nullable=True))
    op.add_column("presence", sa.Column("seq", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("presence", "seq")
    op.drop_column("presence", "boot")
    op.drop_column("presence", "voice")
    op.drop_column("presence", "firmware")
    op.drop_table("downlink")
