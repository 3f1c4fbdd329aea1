"""Who is told when: escalation policies, and when each of them applies."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, Text

from store.tables.base import metadata
from store.types import Json

policy = Table(
    "policy",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    #: Null: for every team.
    Column("team_id", ForeignKey("team.id"), index=True),
    Column("alarm_class", String(16), nullable=False),
    #: ["mon", "tue"]: the days on which its time begins, in the team's zone; null: every day.
    Column("days", Json),
    #: Local times such as 21:00 between which it applies, also over midnight; null: all day.
    Column("from_time", String(5)),
    Column("to_time", String(5)),
    #: Of several that apply the team's own come first, then the lowest position.
    Column("position", Integer, nullable=False),
    #: Steps, rounds, ring and leases; what is left out is as in the installation's policy for the class.
    Column("content", Json, nullable=False),
    Column("active", Boolean, nullable=False, default=True),
)
