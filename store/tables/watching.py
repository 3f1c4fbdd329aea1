"""What watches over the desk and its devices: mass losses, pauses, commissioning, the canary."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, String, Table, Text

from store.tables.base import metadata
from store.types import BigId, Json, Utc

#: The devices of an alarm about a mass loss: the list that keeps one alarm from hiding many homes.
lost_device = Table(
    "lost_device",
    metadata,
    Column("alarm_id", ForeignKey("alarm.id"), primary_key=True),
    Column("device_id", String(64), primary_key=True, index=True),
    Column("lost_at", Utc, nullable=False),
    Column("restored_at", Utc),
    #: Its own alarm, which was opened before the loss was seen to be one of many and joined this one.
    Column("own_alarm_id", BigInteger),
)

#: Attention paused for a home, a resident or a device, with an end, a reason and a name.
pause = Table(
    "pause",
    metadata,
    Column("id", BigId, primary_key=True),
    #: shelved: care and technical alarms wait. test: what the devices say pages only the one who tests them.
    Column("kind", String(16), nullable=False),
    #: home, resident or device.
    Column("scope", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    #: The devices under test, as they were when it began: one that comes later is not tested.
    Column("devices", Json, nullable=False),
    Column("from_at", Utc, nullable=False),
    Column("until_at", Utc, nullable=False),
    Column("reason", Text, nullable=False),
    #: Whose pause it is; pages of a test go to this person.
    Column("responder_id", ForeignKey("responder.id"), nullable=False),
    Column("ended_at", Utc),
    Column("ended_by", String(64)),
    CheckConstraint("kind IN ('shelved', 'test')", name="kind"),
    CheckConstraint("scope IN ('home', 'resident', 'device')", name="scope"),
    CheckConstraint("until_at > from_at", name="end"),
    CheckConstraint("reason <> ''", name="reason"),
)
Index(
    "ix_pause_current",
    pause.c.until_at,
    sqlite_where=pause.c.ended_at.is_(None),
    postgresql_where=pause.c.ended_at.is_(None),
)

#: How far a device that can call for help has come since it serves where it serves now; times before that do not count.
commissioning = Table(
    "commissioning",
    metadata,
    Column("device_id", ForeignKey("device.id"), primary_key=True),
    #: The last test press that was recorded, and its alarm.
    Column("pressed_at", Utc),
    Column("alarm_id", BigInteger),
    #: A page about a test press reached a provider, and the person it went to answered: the device is in service.
    Column("paged_at", Utc),
    Column("confirmed_at", Utc),
    Column("confirmed_by", ForeignKey("responder.id")),
)

#: Each flight of the canary through the whole chain.
canary_flight = Table(
    "canary_flight",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("sent_at", Utc, nullable=False, index=True),
    #: When its page was handed to the sink; null while it has not come through.
    Column("returned_at", Utc),
)
