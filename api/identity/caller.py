"""The person, or the program in a person's name, behind a request."""

from dataclasses import dataclass
from datetime import datetime

from api.identity.roles import BOUND_TO_TEAM, Permission, Role, may


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks. ``source`` is the client's address, for the access log."""

    account_id: int
    login: str
    name: str
    role: Role
    language: str
    responder_id: str | None
    team_id: str | None
    supervisor: bool
    expires_at: datetime
    token_hash: str
    by_cookie: bool
    #: When the request came: whose areas are whose is asked for that moment.
    at: datetime
    source: str = ""

    @property
    def teams(self) -> frozenset[str] | None:
        """The teams whose alarms and homes the caller may see; None means every team."""
        if self.role not in BOUND_TO_TEAM:
            return None
        return frozenset({self.team_id} if self.team_id else ())

    def may(self, permission: Permission) -> bool:
        return may(self.role, permission)
