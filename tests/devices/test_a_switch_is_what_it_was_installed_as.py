"""An input says on and off; what that means is what the technician wired to it."""

import pytest

from devices.installed import MEANINGS, as_installed
from devices.observation import Kind, Reading

ON, OFF = Reading(kind=Kind.SWITCH, value=1.0), Reading(kind=Kind.SWITCH, value=0.0)


@pytest.mark.parametrize("kind", sorted(MEANINGS))
def test_on_is_what_the_device_is_for(kind: str) -> None:
    meant = as_installed(ON, kind)
    assert (meant.kind, meant.value) == (MEANINGS[kind], 1.0)


def test_off_is_the_other_state_and_no_press() -> None:
    assert as_installed(OFF, "door") == Reading(kind=Kind.DOOR, value=0.0)
    assert as_installed(OFF, "sos").kind is Kind.HEARTBEAT


def test_nobody_has_said_what_it_is() -> None:
    assert as_installed(ON, "") == ON
    assert as_installed(ON, "lamp") == ON


def test_what_a_device_says_in_words_stays_as_it_said() -> None:
    smoke = Reading(kind=Kind.SMOKE, value=1.0)
    assert as_installed(smoke, "door") == smoke


@pytest.mark.parametrize("place", ["bed", "chair"])
def test_a_pad_says_whether_somebody_is_on_it(place: str) -> None:
    def said(kind: Kind, value: float) -> tuple[Kind, float | None]:
        meant = as_installed(Reading(kind=kind, value=value), place)
        return meant.kind, meant.value

    on, off = (Kind(place), 1.0), (Kind(place), 0.0)
    assert [said(Kind.SWITCH, 1.0), said(Kind.SWITCH, 0.0)] == [on, off]
    assert [said(Kind.PRESENCE, 1.0), said(Kind.PRESENCE, 0.0)] == [on, off]
    # A contact that is closed is no open door.
    assert [said(Kind.DOOR, 0.0), said(Kind.DOOR, 1.0)] == [on, off]
    # A bed that shakes says that somebody moves, not that somebody is there.
    assert said(Kind.MOTION, 1.0) == (Kind.MOTION, 1.0)


def test_power_tells_of_somebody_only_where_it_is_an_appliance() -> None:
    readings = [Reading(kind=Kind.POWER, value=value, unit="W") for value in (0.4, 14.9, 15.0, 1850.0)]
    assert [as_installed(one, "appliance").value for one in readings] == [0.0, 0.0, 1.0, 1.0]
    assert {(as_installed(one, "appliance").kind, as_installed(one, "appliance").unit) for one in readings} == {
        (Kind.APPLIANCE, "1")
    }
    assert [as_installed(one, "fridge") for one in readings] == readings
    nothing = Reading(kind=Kind.POWER)
    assert as_installed(nothing, "appliance") == nothing
