"""Which rows a caller may see: the one place where teams become SQL."""

from sqlalchemy import ColumnElement, select, true

from alarms.oncall.terms import in_charge
from api.identity.caller import Caller
from store.tables import area, home


def homes(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on ``home`` under which the caller may see it: their team is in charge of its area now."""
    if caller.teams is None:
        return true()
    return home.c.area_id.in_(select(area.c.id).where(in_charge(caller.at).in_(sorted(caller.teams))))


def own_teams(caller: Caller, column: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition on a column that holds the id of a team."""
    if caller.teams is None:
        return true()
    return column.in_(sorted(caller.teams))
