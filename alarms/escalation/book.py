"""Which policy an alarm gets when it opens: its team's own, else the installation's."""

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, select

from alarms.escalation.policy import Policies, Policy
from rules.base import AlarmClass
from store.tables import team

log = structlog.get_logger(__name__)


class PolicyBook:
    """Reads each team's policies once for one unit of work."""

    def __init__(self, connection: Connection, defaults: Policies) -> None:
        self._connection, self._defaults = connection, defaults
        self._read: dict[str, Policies] = {}

    def of(self, team_id: str, alarm_class: AlarmClass) -> Policy:
        """Return the policy for a class of alarms of a team."""
        if team_id not in self._read:
            self._read[team_id] = self._load(team_id)
        return self._read[team_id].of(alarm_class)

    def _load(self, team_id: str) -> Policies:
        own = self._connection.execute(select(team.c.policy).where(team.c.id == team_id)).scalar()
        if not own:
            return self._defaults
        try:
            return Policies.model_validate({**self._defaults.model_dump(), **own})
        except (ValidationError, TypeError) as error:
            # A policy that cannot be read must not keep an alarm from people.
            log.error(  # noqa: TRY400 - the values themselves do not belong in a log
                "policy_unreadable", team=team_id, problem=type(error).__name__
            )
            return self._defaults
