"""On-call: areas in time and on the map, layers, substitutions, absences, holidays, skills, notes."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from store.types import BigId, Json, Utc

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NEW = ("hand_over_note", "absence", "substitution", "area_term")


def _added() -> list[tuple[str, sa.Column[Any]]]:
    """Return the columns of tables that were there before, without the one that refers to another table."""
    return [
        ("area", sa.Column("postal_codes", Json, nullable=False, server_default="[]")),
        ("area", sa.Column("geometry", Json, nullable=True)),
        ("responder", sa.Column("skills", Json, nullable=False, server_default="[]")),
        ("rotation", sa.Column("ends_on", sa.Date(), nullable=True)),
        ("rotation", sa.Column("layer", sa.Integer(), nullable=False, server_default="1")),
        ("rotation", sa.Column("days", sa.String(length=16), nullable=False, server_default="all")),
        ("rotation", sa.Column("anchor_number", sa.Integer(), nullable=False, server_default="0")),
        ("rotation", sa.Column("anchor_place", sa.Integer(), nullable=False, server_default="0")),
        ("home", sa.Column("postal_code", sa.String(length=16), nullable=False, server_default="")),
        ("home", sa.Column("longitude", sa.Float(), nullable=True)),
        ("home", sa.Column("latitude", sa.Float(), nullable=True)),
    ]


def upgrade() -> None:
    op.create_table(
        "calendar",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("eves", sa.Boolean(), nullable=False),
        sa.Column("begins", sa.String(length=5), nullable=False),
        sa.Column("days", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar")),
    )
    # Both engines add a column with its reference in this form; Alembic would write two statements, and SQLite has no
    # second one.
    op.execute(
        "ALTER TABLE team ADD COLUMN calendar_id VARCHAR(64) CONSTRAINT fk_team_calendar_id REFERENCES calendar (id)"
    )
    for table, column in _added():
        op.add_column(table, column)
    op.create_table(
        "area_term",
        sa.Column("id", BigId, nullable=False),
        sa.Column("area_id", sa.String(length=64), nullable=False),
        sa.Column("team_id", sa.String(length=64), nullable=False),
        sa.Column("from_at", Utc(), nullable=False),
        sa.Column("to_at", Utc(), nullable=True),
        sa.CheckConstraint("to_at IS NULL OR to_at > from_at", name=op.f("ck_area_term_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_area_term_area_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_area_term_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_term")),
        sa.UniqueConstraint("area_id", "from_at", name=op.f("uq_area_term_area_id_from_at")),
    )
    op.create_table(
        "substitution",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("swap_id", sa.String(length=64), nullable=True),
        sa.Column("team_id", sa.String(length=64), nullable=False),
        sa.Column("out_id", sa.String(length=64), nullable=True),
        sa.Column("in_id", sa.String(length=64), nullable=False),
        sa.Column("from_at", Utc(), nullable=False),
        sa.Column("to_at", Utc(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("cancelled_at", Utc(), nullable=True),
        sa.CheckConstraint("to_at > from_at", name=op.f("ck_substitution_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_substitution_team_id")),
        sa.ForeignKeyConstraint(["out_id"], ["responder.id"], name=op.f("fk_substitution_out_id")),
        sa.ForeignKeyConstraint(["in_id"], ["responder.id"], name=op.f("fk_substitution_in_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitution")),
    )
    op.create_index("ix_substitution_team", "substitution", ["team_id", "to_at"])
    op.create_index(op.f("ix_substitution_swap_id"), "substitution", ["swap_id"])
    op.create_table(
        "absence",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("responder_id", sa.String(length=64), nullable=False),
        sa.Column("from_at", Utc(), nullable=False),
        sa.Column("to_at", Utc(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("cancelled_at", Utc(), nullable=True),
        sa.CheckConstraint("to_at > from_at", name=op.f("ck_absence_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["responder_id"], ["responder.id"], name=op.f("fk_absence_responder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_responder", "absence", ["responder_id", "to_at"])
    op.create_table(
        "hand_over_note",
        sa.Column("id", BigId, nullable=False),
        sa.Column("team_id", sa.String(length=64), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("until_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_hand_over_note_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over_note")),
    )
    op.create_index("ix_hand_over_note_team", "hand_over_note", ["team_id", "until_at"])


def downgrade() -> None:
    for table in _NEW:
        op.drop_table(table)
    for table, column in reversed(_added()):
        op.drop_column(table, column.name)
    op.drop_column("team", "calendar_id")
    op.drop_table("calendar")
