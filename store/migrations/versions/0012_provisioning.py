"""Announced devices; homes that show themselves in a Home Assistant; claim codes; former identities."""

import sqlalchemy as sa
from alembic import op

from store.types import Json, Utc

revision = "0012"
down_revision = "0011"
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
    op.create_table(
        "shared_home",
        sa.Column("home_id", sa.String(64), nullable=False),
        sa.Column("residents", Json, nullable=False),
        sa.Column("health", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("nats_hash", sa.Text(), nullable=False),
        sa.Column("mosquitto_hash", sa.Text(), nullable=False),
        sa.Column("since_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc()),
        sa.ForeignKeyConstraint(["home_id"], ["home.id"], name=op.f("fk_shared_home_home_id")),
        sa.PrimaryKeyConstraint("home_id", name=op.f("pk_shared_home")),
    )
    op.create_table(
        "device_claim",
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("until_at", Utc(), nullable=False),
        sa.Column("used_at", Utc()),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_device_claim_device_id")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_claim")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_device_claim_code_hash")),
    )
    op.add_column("device_identity", sa.Column("serial", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "former_identity",
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("nats_hash", sa.Text(), nullable=False),
        sa.Column("mosquitto_hash", sa.Text(), nullable=False),
        sa.Column("until_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_former_identity_device_id")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_former_identity")),
    )


def downgrade() -> None:
    op.drop_table("former_identity")
    op.drop_column("device_identity", "serial")
    op.drop_table("device_claim")
    op.drop_table("shared_home")
    op.drop_table("announcement")
