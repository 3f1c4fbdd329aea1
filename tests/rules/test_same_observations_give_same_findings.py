"""The central promise of the engine: what is found depends on what was heard and in which order, on nothing else."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from devices.observation import Kind, Observation
from rules.base import Finding, Rule
from rules.engine import Engine
from rules.registry import all_rules
from rules.replay import replay
from rules.roster import AssignmentEntry, DeviceEntry, Roster, SettingEntry
from tests.rules.world import START, arrivals, roster

_END = START + timedelta(days=200)
_EACH = [pytest.param((rule,), id=rule.name) for rule in all_rules()]
_slow = settings(
    max_examples=40,
    deadline=None,
    # To explain a failure takes minutes under a tracer; the observations that make it say enough.
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _changing() -> Roster:
    """Return a roster in which devices come, go and move, and settings change, in the first days."""
    still = roster()
    later = START + timedelta(hours=3)
    return Roster(
        devices=(*still.devices[:-1], DeviceEntry(id="loose", since=later, kind="pendant", interval_s=900.0)),
        assignments=(
            *still.assignments,
            AssignmentEntry(device="hub-2", home="home-1", from_at=later, to_at=later + timedelta(days=1)),
            AssignmentEntry(device="loose", home="home-3", resident="resident-3", from_at=later + timedelta(hours=1)),
        ),
        settings=(
            SettingEntry(rule="silence", valid_from=later, settings={"missed": 2}),
            SettingEntry(rule="battery", valid_from=later, scope="home", subject="home-1", settings={"enabled": False}),
            SettingEntry(
                rule="press", valid_from=later, scope="device", subject="pendant-1", settings={"shadow": True}
            ),
        ),
    )


def _listened_until(observation: Observation, before: datetime) -> datetime:
    """Return the latest time for which the caller may call ``advance`` before it feeds ``observation``."""
    if observation.kind is not Kind.RESUMED:
        return observation.received_at
    return max(before, observation.time) if observation.time < observation.received_at else before


def _in_pieces(
    data: st.DataObject, rules: Sequence[Rule], heard: list[Observation], town: Roster
) -> tuple[list[Finding], Engine]:
    """Feed ``heard`` with any advances, looks at the next deadline, snapshots and restarts between."""
    engine = Engine(rules, town, START)
    found: list[Finding] = []
    before = START
    for observation in heard:
        room = _listened_until(observation, before) - before
        for share in sorted(data.draw(st.lists(st.sampled_from([0.0, 0.1, 0.5, 0.999, 1.0]), max_size=3))):
            found += engine.advance(before + room * share)
            engine.next_deadline()
        if data.draw(st.booleans()):
            engine = Engine.restore(engine.snapshot(), rules, town)
        found += engine.feed(observation)
        before = observation.received_at
    return found, engine


def _check(data: st.DataObject, rules: Sequence[Rule], heard: list[Observation], town: Roster) -> None:
    whole = Engine(rules, town, START)
    expected = [finding for observation in heard for finding in whole.feed(observation)]
    found, pieces = _in_pieces(data, rules, heard, town)
    assert found == expected
    assert pieces.next_deadline() == whole.next_deadline()
    assert pieces.position == whole.position == heard[-1].id
    # What is still to come of the silence after it is the same too.
    step = data.draw(st.sampled_from([timedelta(hours=5), timedelta(days=8)]))
    silence = [finding for n in range(1, 30) for finding in pieces.advance(heard[-1].received_at + n * step)]
    assert silence == whole.advance(heard[-1].received_at + 29 * step)


@pytest.mark.parametrize("rules", _EACH)
@_slow
@given(data=st.data())
def test_one_rule_finds_the_same_in_any_pieces(rules: Sequence[Rule], data: st.DataObject) -> None:
    kinds = sorted(rules[0].kinds | {Kind.RESUMED, Kind.ROSTER})
    _check(data, rules, data.draw(arrivals(kinds)), roster())


@_slow
@given(data=st.data(), heard=arrivals())
def test_all_rules_together_find_the_same_in_any_pieces(data: st.DataObject, heard: list[Observation]) -> None:
    _check(data, all_rules(), heard, roster())


@_slow
@given(data=st.data(), heard=arrivals())
def test_it_holds_while_people_and_settings_change(data: st.DataObject, heard: list[Observation]) -> None:
    _check(data, all_rules(), heard, _changing())


@_slow
@given(heard=arrivals())
def test_a_replay_finds_what_was_found_live(heard: list[Observation]) -> None:
    live = Engine(all_rules(), roster(), heard[0].received_at)
    found = [finding for observation in heard for finding in live.feed(observation)]
    assert replay(heard, roster(), all_rules()) == found
    assert replay(heard, roster(), all_rules(), _END) == found + live.advance(_END)


@_slow
@given(heard=arrivals())
def test_no_finding_has_the_key_of_another(heard: list[Observation]) -> None:
    """A finding is stored under its key: a second one with the same key would be lost."""
    found = replay(heard, roster(), all_rules(), _END)
    keys = [finding.key for finding in found]
    assert sorted(keys) == sorted(set(keys))
    assert all(len(key) <= 160 for key in keys)


@_slow
@given(heard=arrivals())
def test_the_order_in_which_rules_are_handed_over_changes_nothing(heard: list[Observation]) -> None:
    assert replay(heard, roster(), all_rules()[::-1], _END) == replay(heard, roster(), all_rules(), _END)
