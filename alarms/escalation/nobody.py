"""A step that reaches nobody is a fault of the roster, and somebody must know of it now."""

from typing import Final

from alarms.model import SYSTEM, Alarm, Placement, Signal
from alarms.unit import Unit
from rules.base import AlarmClass

RULE: Final = "desk"
CODE: Final = "nobody_reached"


def nobody_reached(unit: Unit, alarm: Alarm) -> None:
    """Report a technical alarm about the team of ``alarm``, to the fallback team; one stays open for each team.

    An alarm of this kind that itself reaches nobody reports nothing: it rings on, and the report would be itself.
    """
    if alarm.rule == RULE:
        return
    team = unit.directory.fallback_team() or alarm.team_id
    signal = Signal(
        # One occurrence each time the chain finds nobody, however many steps it fell through.
        key=f"{RULE}:{CODE}:{alarm.id}:{unit.now.isoformat()}",
        correlation_key=f"{RULE}:{CODE}:{alarm.team_id}",
        alarm_class=AlarmClass.TECHNICAL,
        rule=RULE,
        code=CODE,
        facts={"team": alarm.team_id, "area": alarm.area_id, "alarm": alarm.id, "step": alarm.step},
        time=unit.now,
        place=Placement(area_id=alarm.area_id, team_id=team),
        actor=SYSTEM,
    )
    unit.reported.append(signal)
