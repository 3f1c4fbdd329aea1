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
