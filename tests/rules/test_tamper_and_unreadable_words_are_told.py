"""A device that is opened, and one that says what nobody can read."""

import pytest

from devices.observation import Kind
from rules import tamper, unknown
from rules.base import AlarmClass
from rules.engine import Engine
from rules.roster import DeviceEntry, Roster
from tests.rules.world import START, heard, roster


def test_tamper_is_told_when_it_begins_and_ends() -> None:
    engine = Engine([tamper.RULE], roster(), START)
    values = [0.0, 1.0, None, float("nan"), 1.0, 2.0, 0.0, 0.0]
    found = [f for n, value in enumerate(values) for f in engine.feed(heard(n, Kind.TAMPER, START, value=value))]
    assert [(finding.code, finding.restores, finding.evidence) for finding in found] == [
        ("tampered", False, (1,)),
        ("restored", True, (6,)),
    ]


@pytest.mark.parametrize(
    ("kind", "field", "expected"),
    [
        ("smoke", "smoke", AlarmClass.LIFE_SAFETY),
        ("pendant", "", AlarmClass.LIFE_SAFETY),
        ("", "occupancy", AlarmClass.LIFE_SAFETY),
        ("something new", "state", AlarmClass.LIFE_SAFETY),
        ("leak", "water_leak", AlarmClass.CARE),
        ("hub", "value", AlarmClass.CARE),
        ("pir", "occupancy", AlarmClass.TECHNICAL),
        ("smoke", "battery", AlarmClass.TECHNICAL),
    ],
)
def test_what_cannot_be_read_takes_the_highest_class_of_its_device(kind: str, field: str, expected: AlarmClass) -> None:
    town = Roster(devices=(DeviceEntry(id="d", since=START, kind=kind),))
    (finding,) = Engine([unknown.RULE], town, START).feed(heard(1, Kind.UNKNOWN, START, "d", text=field))
    assert finding.alarm_class is expected


def test_each_part_is_told_once_and_a_device_cannot_invent_without_end() -> None:
    engine = Engine([unknown.RULE], roster(), START)
    found = [f for n in range(2000) for f in engine.feed(heard(n, Kind.UNKNOWN, START, text=f"f{n // 2}"))]
    assert len(found) == 16


def test_the_words_of_a_device_are_not_shown_unless_they_are_a_name() -> None:
    engine = Engine([unknown.RULE], roster(), START)
    (finding,) = engine.feed(heard(1, Kind.UNKNOWN, START, text="Anna Berg has 142 mmHg"))
    assert finding.facts == {"field": "payload"}
