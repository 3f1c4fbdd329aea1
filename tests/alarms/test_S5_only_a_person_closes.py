"""S5: no life-safety alarm leaves OPEN, or is closed, by time, restart, settings, device loss, restore or deletion."""

import pytest
from sqlalchemy import delete, update

from alarms.errors import NotPossibleError, NotYoursError, OutcomeMissingError, StaleVersionError
from alarms.lifecycle.outcomes import BY_SYSTEM, LABELS, Outcome
from alarms.lifecycle.states import Condition, Handling, TimerKind
from rules.base import Scope
from store import tables
from tests.alarms.town import Town


def test_S5_a_week_of_silence_leaves_it_open_and_ringing(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.advance(600)
    small_town.clock.advance(days=7)
    small_town.run_due()
    seen = small_town.alarm(alarm)
    assert (seen.handling, seen.exhausted) == (Handling.OPEN, True)
    assert small_town.names(alarm, "ring")


@pytest.mark.parametrize("how", ["restored", "lost"])
def test_S5_a_device_says_it_is_over_or_is_lost_and_the_alarm_stays_as_it_is(town: Town, how: str) -> None:
    alarm = town.press()
    if how == "restored":
        assert town.record(town.finding(restores=True)).restored == (alarm,)
    else:
        town.technical(rule="silence", code="lost")
    seen = town.alarm(alarm)
    assert seen.condition is (Condition.RESTORED if how == "restored" else Condition.UNKNOWN)
    assert seen.handling is Handling.OPEN
    town.advance(3600)
    assert town.alarm(alarm).handling is Handling.OPEN


def test_S5_a_restored_care_alarm_stays_too(small_town: Town) -> None:
    alarm = small_town.care()
    small_town.record(small_town.finding(rule="limits", scope=Scope.RESIDENT, subject="res-1", restores=True))
    small_town.advance(3600)
    assert small_town.alarm(alarm).handling is Handling.OPEN


def test_S5_the_roster_may_go_and_the_alarm_stays(small_town: Town) -> None:
    alarm = small_town.press()

    def forget_everybody(connection: object) -> None:
        connection.execute(delete(tables.rotation))  # type: ignore[attr-defined]
        connection.execute(update(tables.responder).values(active=False))  # type: ignore[attr-defined]
        connection.execute(update(tables.team).values(zone="Nowhere/Land"))  # type: ignore[attr-defined]

    small_town.do(forget_everybody)
    small_town.advance(3600)
    seen = small_town.alarm(alarm)
    assert (seen.handling, seen.exhausted) == (Handling.OPEN, True)


def test_a_technical_alarm_closes_itself_when_restored_for_a_while_and_not_when_it_comes_back(small_town: Town) -> None:
    alarm = small_town.technical()
    small_town.record(small_town.finding(rule="battery", restores=True))
    small_town.advance(small_town.settings.autoclose_s - 1)
    small_town.technical()
    small_town.advance(3600)
    assert small_town.alarm(alarm).handling is Handling.OPEN
    small_town.record(small_town.finding(rule="battery", restores=True))
    small_town.advance(small_town.settings.autoclose_s)
    seen = small_town.alarm(alarm)
    assert (seen.handling, seen.outcome, seen.closed_by) == (Handling.CLOSED, "restored_itself", "desk")
    assert small_town.detail(alarm).upcoming == []


def test_closing_needs_an_outcome_that_a_person_may_choose(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.accept(alarm, "anna")
    for outcome in ("", "nonsense", "HELPED", *BY_SYSTEM):
        with pytest.raises(OutcomeMissingError):
            small_town.close(alarm, "anna", outcome)
    assert small_town.close(alarm, "anna", "no_help_needed", note="Sat up by herself").outcome == "no_help_needed"
    assert small_town.detail(alarm).audit[-1].detail["reason"] == "Sat up by herself"


def test_only_the_owner_or_a_supervisor_closes_and_only_what_was_accepted(small_town: Town) -> None:
    alarm = small_town.press()
    with pytest.raises(NotPossibleError):
        small_town.close(alarm, "anna")
    small_town.accept(alarm, "anna")
    with pytest.raises(NotYoursError) as refused:
        small_town.close(alarm, "bo")
    assert refused.value.taken_by == "anna"
    assert small_town.close(alarm, "sara").handling is Handling.CLOSED


def test_who_closes_what_they_did_not_see_is_told(small_town: Town) -> None:
    alarm = small_town.press()
    version = small_town.accept(alarm, "anna").version
    small_town.press()
    with pytest.raises(StaleVersionError) as refused:
        small_town.close(alarm, "anna", version=version)
    assert refused.value.version == small_town.alarm(alarm).version == version + 1


def test_a_step_that_fires_makes_nobody_out_of_date(small_town: Town) -> None:
    alarm = small_town.press()
    version = small_town.alarm(alarm).version
    small_town.advance(600)
    assert small_town.alarm(alarm).version == version


def test_S7_what_people_wrote_is_never_overwritten_by_devices(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.accept(alarm, "anna")
    small_town.act("note", alarm, "anna", text="Key is with the neighbour\x00 \ud800")
    small_town.press()
    small_town.record(small_town.finding(restores=True))
    seen = small_town.detail(alarm)
    assert seen.alarm.owner_id == "anna"
    assert [event.detail["reason"] for event in seen.audit if event.action == "noted"] == [
        "Key is with the neighbour ?"
    ]


def test_every_outcome_has_a_label_in_both_languages() -> None:
    assert set(LABELS) == {"sv", "en"}
    assert all(set(labels) == set(Outcome) and all(labels.values()) for labels in LABELS.values())


def test_a_closed_alarm_has_no_timer_of_any_kind(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.accept(alarm, "anna")
    small_town.press()
    kinds = {timer.kind for timer in small_town.detail(alarm).upcoming}
    assert kinds == {TimerKind.LEASE, TimerKind.CONFIRM, TimerKind.AGE}
    small_town.close(alarm, "anna")
    assert small_town.detail(alarm).upcoming == []
