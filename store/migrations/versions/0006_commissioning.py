"""Commissioning, pauses, mass losses, the age of alarms and the canary."""

import sqlalchemy as sa
from alembic import op

from store.types import BigId, Json, Utc

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the tables."""
    op.add_column("alarm", sa.Column("aged", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "lost_device",
        sa.Column("alarm_id", BigId, nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("lost_at", Utc(), nullable=False),
        sa.Column("restored_at", Utc(), nullable=True),
        sa.Column("own_alarm_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["alarm_id"], ["alarm.id"], name=op.f("fk_lost_device_alarm_id")),
        sa.PrimaryKeyConstraint("alarm_id", "device_id", name=op.f("pk_lost_device")),
    )
    op.create_index(op.f("ix_lost_device_device_id"), "lost_device", ["device_id"], unique=False)
    op.create_table(
        "pause",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("devices", Json, nullable=False),
        sa.Column("from_at", Utc(), nullable=False),
        sa.Column("until_at", Utc(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("responder_id", sa.String(length=64), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("kind IN ('shelved', 'test')", name=op.f("ck_pause_kind")),
        sa.CheckConstraint("scope IN ('home', 'resident', 'device')", name=op.f("ck_pause_scope")),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_pause_end")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_pause_reason")),
        sa.ForeignKeyConstraint(["responder_id"], ["responder.id"], name=op.f("fk_pause_responder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    op.create_index(
        "ix_pause_current",
        "pause",
        ["until_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "commissioning",
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("pressed_at", Utc(), nullable=True),
        sa.Column("alarm_id", sa.BigInteger(), nullable=True),
        sa.Column("paged_at", Utc(), nullable=True),
        sa.Column("confirmed_at", Utc(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["confirmed_by"], ["responder.id"], name=op.f("fk_commissioning_confirmed_by")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_commissioning_device_id")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_commissioning")),
    )
    op.create_table(
        "canary_flight",
        sa.Column("id", BigId, nullable=False),
        sa.Column("sent_at", Utc(), nullable=False),
        sa.Column("returned_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canary_flight")),
    )
    op.create_index(op.f("ix_canary_flight_sent_at"), "canary_flight", ["sent_at"], unique=False)


def downgrade() -> None:
    """Take them away."""
    for name in ("canary_flight", "commissioning", "pause", "lost_device"):
        op.drop_table(name)
    op.drop_column("alarm", "aged")
