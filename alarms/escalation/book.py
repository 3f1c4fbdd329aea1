"""Which policy an alarm gets when it opens: that of its class and team that applies then, else the installation's."""

from datetime import UTC, datetime, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from sqlalchemy import Connection, Row, bindparam, select

from alarms.escalation.policy import Policies, Policy
from alarms.escalation.window import Window
from rules.base import AlarmClass
from store.tables import policy, team

log = structlog.get_logger(__name__)

#: The team's own before those for every team, then as they stand in the municipality's file.
ORDER: Final = (policy.c.team_id.is_(None), policy.c.position, policy.c.id)
_APPLIES: Final = policy.c.active & (policy.c.team_id.is_(None) | (policy.c.team_id == team.c.id))
_OF_TEAM: Final = (
    select(policy, team.c.zone)
    .select_from(team.outerjoin(policy, _APPLIES))
    .where(team.c.id == bindparam("the_team"))
    .order_by(*ORDER)
)


class PolicyBook:
    """Reads each team's policies once for one unit of work, at one instant."""

    def __init__(self, connection: Connection, defaults: Policies, now: datetime) -> None:
        self._connection, self._defaults, self._now = connection, defaults, now
        self._read: dict[str, list[Row[Any]]] = {}
        self._found: dict[tuple[str, AlarmClass], Policy] = {}

    def of(self, team_id: str, alarm_class: AlarmClass) -> Policy:
        """Return the policy for a class of alarms of a team."""
        key = team_id, alarm_class
        if key not in self._found:
            self._found[key] = self._find(team_id, alarm_class)
        return self._found[key]

    def any_of(self, team_id: str, alarm_class: AlarmClass) -> list[Policy]:
        """Return each policy that a class of alarms of a team can get, at whatever time."""
        found = []
        for row in self._rows(team_id):
            if row.alarm_class != alarm_class.value:
                continue
            try:
                window = Window(days=row.days, from_time=row.from_time, to_time=row.to_time)
                found.append(self._defaults.with_changes(alarm_class, row.id, row.content))
            except (ValueError, TypeError):
                # It will not be used either.
                continue
            if window.always:
                return found
        return [*found, self._defaults.of(alarm_class)]

    def _find(self, team_id: str, alarm_class: AlarmClass) -> Policy:
        for row in self._rows(team_id):
            if row.alarm_class != alarm_class.value:
                continue
            try:
                window = Window(days=row.days, from_time=row.from_time, to_time=row.to_time)
                if window.holds(self._now.astimezone(_zone(row.zone))):
                    return self._defaults.with_changes(alarm_class, row.id, row.content)
            except (ValueError, TypeError) as error:
                # A policy that cannot be read must not keep an alarm from people.
                log.error(  # noqa: TRY400 - the values themselves do not belong in a log
                    "policy_unreadable", policy=row.id, team=team_id, problem=type(error).__name__
                )
        return self._defaults.of(alarm_class)

    def _rows(self, team_id: str) -> list[Row[Any]]:
        if team_id not in self._read:
            self._read[team_id] = list(self._connection.execute(_OF_TEAM, {"the_team": team_id}))
        return self._read[team_id]


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
