"""M1, M2: a pause has an end, a reason and a name; what happens in it is stored, and heard of when it ends."""

from datetime import timedelta

import pytest

from alarms.errors import LifeSafetyError, NoEndError, NotPossibleError, ReasonMissingError
from alarms.lifecycle.states import Overlay
from rules.base import AlarmClass
from tests.alarms.town import Town


def shelve(town: Town, alarm: int, seconds: float = 3600, reason: str = "technician comes at nine") -> None:
    town.act("shelve", alarm, "anna", until=town.now + timedelta(seconds=seconds), reason=reason)


def test_M1_a_pause_needs_an_end_within_a_day_and_a_reason(small_town: Town) -> None:
    alarm = small_town.care()
    for seconds in (0, -1, 86401):
        with pytest.raises(NoEndError):
            shelve(small_town, alarm, seconds)
    with pytest.raises(ReasonMissingError):
        shelve(small_town, alarm, reason="")


def test_M3_life_safety_is_never_paused(small_town: Town) -> None:
    with pytest.raises(LifeSafetyError):
        shelve(small_town, small_town.press())


def test_M1_nobody_is_paged_in_it_and_the_chain_begins_anew_when_it_ends(town: Town) -> None:
    alarm = town.care()
    town.advance(10)
    shelve(town, alarm)
    assert town.alarm(alarm).overlay is Overlay.SHELVED
    town.advance(3599)
    town.care()
    assert len(town.names(alarm)) == 1
    assert town.alarm(alarm).occurrences == 2
    town.advance(1)
    seen = town.alarm(alarm)
    assert (seen.overlay, seen.overlay_until) == (Overlay.NONE, None)
    assert town.names(alarm, "step") == ["bo", "bo"]


def test_M2_a_condition_that_came_and_went_within_it_is_still_told(small_town: Town) -> None:
    alarm = small_town.technical()
    shelve(small_town, alarm, small_town.settings.autoclose_s / 2)
    small_town.record(small_town.finding(rule="battery", restores=True))
    small_town.advance(small_town.settings.autoclose_s / 2)
    assert small_town.names(alarm, "step") == ["bo", "bo"]


def test_M2_it_is_told_too_when_the_pause_ended_while_no_desk_ran(small_town: Town) -> None:
    alarm = small_town.technical()
    shelve(small_town, alarm)
    small_town.record(small_town.finding(rule="battery", restores=True))
    small_town.clock.advance(hours=3)
    small_town.run_due()
    assert small_town.names(alarm, "step") == small_town.names(alarm, "step", channel="email") == ["bo", "bo"]
    small_town.advance(small_town.settings.autoclose_s)
    assert small_town.actions_of(alarm)[-1] == "auto_closed"


def test_M3_what_becomes_life_safety_is_paused_no_longer(small_town: Town) -> None:
    alarm = small_town.care()
    shelve(small_town, alarm)
    small_town.care(alarm_class=AlarmClass.LIFE_SAFETY)
    assert small_town.alarm(alarm).overlay is Overlay.NONE
    assert small_town.names(alarm, "step") == ["bo", "bo"]


def test_who_accepts_ends_the_pause_and_a_person_may_end_it_early(small_town: Town) -> None:
    alarm = small_town.care()
    with pytest.raises(NotPossibleError):
        small_town.act("unshelve", alarm, "bo")
    shelve(small_town, alarm)
    small_town.act("unshelve", alarm, "bo")
    assert small_town.names(alarm, "step") == ["bo", "bo"]
    shelve(small_town, alarm)
    small_town.accept(alarm, "cia")
    assert small_town.alarm(alarm).overlay is Overlay.NONE
    with pytest.raises(NotPossibleError):
        shelve(small_town, alarm)
