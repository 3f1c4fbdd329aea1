"""Whom a step of a policy tells, as one word.

==========================  ============================================================================
``on_duty``                 whoever is on duty for the area of the alarm, when the step fires
``on_duty:nurse``           those of them with a skill: nurse, home_care or technician
``on_duty@south``           whoever is on duty in another team; ``on_duty:nurse@south`` with a skill
``team``, ``team:south``    everybody of the team of the alarm, or of another team
``supervisors``             the supervisors of the team
``fallback``                everybody of the team of the fallback area
``responder:anna``          one person
``centre:region``           an alarm centre outside: contacts that belong to nobody on duty here
==========================  ============================================================================
"""

import re
from functools import cache
from typing import Final, NamedTuple

SKILLS: Final = ("nurse", "home_care", "technician")
_ID: Final = r"[^\s:@]{1,64}"
PATTERN: Final = (
    rf"^(on_duty(:({'|'.join(SKILLS)}))?(@{_ID})?|team(:{_ID})?|supervisors|fallback|responder:{_ID}|centre:{_ID})$"
)
_PARTS: Final = re.compile(r"(?P<kind>\w+)(:(?P<name>[^@]+))?(@(?P<team>.+))?")


class Aim(NamedTuple):
    """A target taken apart. ``name`` is a skill, a team, a responder or a centre, as ``kind`` has it."""

    kind: str
    name: str | None
    team: str | None


@cache
def parse(target: str) -> Aim:
    """Take apart what matches PATTERN."""
    found = _PARTS.fullmatch(target)
    if found is None:
        raise ValueError(f"{target!r} is no target")
    return Aim(found["kind"], found["name"], found["team"])
