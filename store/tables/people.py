"""Areas, teams, responders, homes, residents, and the settings made for them.

Keys are the names that the municipality gave in its file, so that importing again changes nothing.
"""

from sqlalchemy import Boolean, Column, Date, Float, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from store.tables.base import metadata
from store.types import BigId, Json, Utc

team = Table(
    "team",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    #: IANA zone in which the team's rotations change hands.
    Column("zone", String(64), nullable=False),
    #: Holidays on which other rotations apply; null where every day is like the others.
    Column("calendar_id", ForeignKey("calendar.id")),
)

area = Table(
    "area",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    #: The standing team: in charge whenever no row of ``area_term`` says otherwise.
    Column("team_id", ForeignKey("team.id"), nullable=False, index=True),
    #: Answers alarms of devices that no home is known for. Exactly one area has it.
    Column("fallback", Boolean, nullable=False, default=False),
    #: Where homes without a named area lie in it: postal codes, and a GeoJSON geometry (RFC 7946).
    Column("postal_codes", Json, nullable=False, default=list),
    Column("geometry", Json),
)

responder = Table(
    "responder",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("team_id", ForeignKey("team.id"), nullable=False, index=True),
    Column("language", String(8), nullable=False, default="sv"),
    Column("supervisor", Boolean, nullable=False, default=False),
    #: What a step of a policy can ask for: nurse, home_care, technician.
    Column("skills", Json, nullable=False, default=list),
    Column("active", Boolean, nullable=False, default=True),
    #: An alarm centre outside: policies may tell it, and it is nobody's colleague: never on duty, never an owner.
    Column("centre", Boolean, nullable=False, default=False),
)

contact = Table(
    "contact",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("responder_id", ForeignKey("responder.id"), nullable=False),
    #: Name of a channel of alarms/channels: console, email, sms, ...
    Column("channel", String(32), nullable=False),
    #: E-mail address, number, URL; empty for the console.
    Column("address", Text, nullable=False),
    Column("position", Integer, nullable=False, default=0),
    Column("active", Boolean, nullable=False, default=True),
    #: When its owner typed in the code that was sent there. A contact without is used, and counts as unverified.
    Column("verified_at", Utc),
    UniqueConstraint("responder_id", "channel", "address"),
)

rotation = Table(
    "rotation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("team_id", ForeignKey("team.id"), nullable=False, index=True),
    #: Null: the rotation answers for every area of the team.
    Column("area_id", ForeignKey("area.id")),
    Column("starts_on", Date, nullable=False),
    #: Local times at which the next turn takes over: ["07:00", "21:00"], or ["Mon 08:00"].
    Column("handovers", Json, nullable=False),
    #: Turns in order, each a list of responder ids on duty together: [["anna"], ["bo", "cia"]].
    Column("turns", Json, nullable=False),
    #: The first day without it; null for ever.
    Column("ends_on", Date),
    #: Layers above the first answer only where every layer below them has nobody.
    Column("layer", Integer, nullable=False, default=1),
    #: all, ordinary (days that the team's calendar does not name) or holidays.
    Column("days", String(16), nullable=False, default="all"),
    #: Hand-over ``anchor_number`` belongs to turn ``anchor_place``: a change of the turns moves nobody's place.
    Column("anchor_number", Integer, nullable=False, default=0),
    Column("anchor_place", Integer, nullable=False, default=0),
    Column("active", Boolean, nullable=False, default=True),
)

home = Table(
    "home",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("area_id", ForeignKey("area.id"), nullable=False, index=True),
    Column("address", Text, nullable=False),
    Column("directions", Text, nullable=False, default=""),
    Column("key_note", Text, nullable=False, default=""),
    Column("phone", String(32), nullable=False, default=""),
    Column("postal_code", String(16), nullable=False, default=""),
    #: Degrees (WGS 84).
    Column("longitude", Float),
    Column("latitude", Float),
    Column("active", Boolean, nullable=False, default=True),
)

resident = Table(
    "resident",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("home_id", ForeignKey("home.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    #: female, male, other or unknown: follow-up statistics are split by sex.
    Column("sex", String(8), nullable=False),
    Column("birth_year", Integer),
    Column("note", Text, nullable=False, default=""),
    Column("active", Boolean, nullable=False, default=True),
)

#: One row for each version; the database refuses to change or delete one (triggers of migration 0008).
rule_setting = Table(
    "rule_setting",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("rule", String(32), nullable=False),
    #: default, home, resident or device; the subject is empty for default.
    Column("scope", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    #: Fields that override; the newest row that is valid wins, field by field over the defaults.
    Column("settings", Json, nullable=False),
    Column("author", Text, nullable=False),
    #: import (the municipality's file) or api (a person who was signed in; then ``account_id`` says who).
    Column("origin", String(16), nullable=False, default="import", server_default="import"),
    Column("account_id", BigId),
    Column("reason", Text, nullable=False),
    Column("valid_from", Utc, nullable=False),
    Column("review_on", Date),
    UniqueConstraint("rule", "scope", "subject", "valid_from"),
)
