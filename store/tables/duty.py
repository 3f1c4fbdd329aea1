"""What changes duty from one day to the next: terms of teams, calendars, substitutions, absences, notes."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from store.tables.base import metadata
from store.types import BigId, Json, Utc

#: A time in which another team than the standing one of ``area.team_id`` is in charge of an area.
area_term = Table(
    "area_term",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("team_id", ForeignKey("team.id"), nullable=False),
    Column("from_at", Utc, nullable=False),
    #: Null: until further notice.
    Column("to_at", Utc),
    UniqueConstraint("area_id", "from_at"),
    CheckConstraint("to_at IS NULL OR to_at > from_at", name="ends_after_it_begins"),
)

#: Dates on which the rotations for holidays take the place of those for ordinary days.
calendar = Table(
    "calendar",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    #: Country whose public holidays are computed: SE, or empty.
    Column("country", String(2), nullable=False, default=""),
    #: Whether the eves of Midsummer, Christmas and New Year count too.
    Column("eves", Boolean, nullable=False, default=False),
    #: Local time at which a day of the calendar begins and the one before ends: "00:00", "07:00".
    Column("begins", String(5), nullable=False, default="00:00"),
    #: Further dates: ["2026-12-23"].
    Column("days", Json, nullable=False, default=list),
)

#: Somebody instead of somebody, or as well as all others, between two instants. A swap is two of them in one group.
substitution = Table(
    "substitution",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("swap_id", String(64), index=True),
    Column("team_id", ForeignKey("team.id"), nullable=False),
    #: Null: ``in_id`` is on duty beside the others.
    Column("out_id", ForeignKey("responder.id")),
    Column("in_id", ForeignKey("responder.id"), nullable=False),
    Column("from_at", Utc, nullable=False),
    Column("to_at", Utc, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("author", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("cancelled_at", Utc),
    CheckConstraint("to_at > from_at", name="ends_after_it_begins"),
)
Index("ix_substitution_team", substitution.c.team_id, substitution.c.to_at)

#: A person who is away, from every team. Why is nobody's business here: it may be a matter of health.
absence = Table(
    "absence",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("responder_id", ForeignKey("responder.id"), nullable=False),
    Column("from_at", Utc, nullable=False),
    Column("to_at", Utc, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("cancelled_at", Utc),
    CheckConstraint("to_at > from_at", name="ends_after_it_begins"),
)
Index("ix_absence_responder", absence.c.responder_id, absence.c.to_at)

#: What a shift leaves to the next one.
hand_over_note = Table(
    "hand_over_note",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("team_id", ForeignKey("team.id"), nullable=False),
    Column("author", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Utc, nullable=False),
    #: End of the shift that comes after the one in which it was written; nobody is shown it later.
    Column("until_at", Utc, nullable=False),
)
Index("ix_hand_over_note_team", hand_over_note.c.team_id, hand_over_note.c.until_at)
