"""Identities of devices at the broker."""

import sqlalchemy as sa
from alembic import op

from store.types import Utc

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_identity",
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("nats_hash", sa.Text(), nullable=False),
        sa.Column("mosquitto_hash", sa.Text(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_device_identity_device_id")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_identity")),
    )


def downgrade() -> None:
    op.drop_table("device_identity")
