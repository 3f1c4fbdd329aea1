"""The rules that are off by default keep the promises of every rule once they are switched on."""

from collections import Counter
from collections.abc import Sequence
from math import isfinite
from string import Formatter
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.observation import Kind, Observation
from rules.base import Rule
from rules.engine import Engine
from rules.failure import ENGINE
from rules.registry import all_rules
from rules.replay import replay
from tests.rules.world import HOSTILE, START, after, arrivals, heard, roster

#: Easily told: small limits, so that drawn arrivals reach every branch.
_ON: dict[str, dict[str, Any]] = {
    "news2": {"enabled": True},
    "night_door": {"enabled": True, "left_open_min": 60},
    "home_pressure": {"fewest_readings": 3},
    "limits": {
        "due": [{"kind": "pulse", "at": "03:00", "grace_min": 30, "remind_min": 5, "weekdays": [1, 2]}],
        "slopes": [{"kind": "pulse", "rise": 1, "fall": 1, "fewest_days": 3}],
        "two_of_three": ["spo2"],
    },
    "questionnaire": {"limits": [{"question": "sos", "high": 5, "low": 1, "rise": 1}]},
    "fall": {"ask_s": 5, "sensitivity": "high"},
    "bed_exit": {"enabled": True, "back_min": 5},
    "room_temperature": {"enabled": True, "for_min": 5},
    "bathroom": {"enabled": True, "limit_min": 5, "bathrooms": ["bedroom"], "shortest_min": 1},
    "gradual_change": {"enabled": True, "recent_days": 7, "usual_days": 14, "sureness": 0, "least_percent": 1},
    "night_wandering": {"enabled": True, "most_moves": 1, "night_to": "22:59"},
    "not_up": {"enabled": True, "up_by": "07:00"},
}
_OFF = {rule.name for rule in all_rules() if not rule.Settings().enabled}
_EACH = [pytest.param((rule,), id=rule.name) for rule in all_rules() if rule.name in _ON]
_bounded = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def test_every_rule_that_is_off_is_tried_here() -> None:
    life = {"bathroom", "bed_exit", "gradual_change", "night_door", "night_wandering", "not_up", "room_temperature"}
    assert {"news2"} | life == _OFF
    assert _ON.keys() >= _OFF


@pytest.mark.parametrize("rules", _EACH)
@_bounded
@given(data=st.data())
def test_findings_are_the_same_in_any_pieces_and_can_be_stored_and_said(
    rules: Sequence[Rule], data: st.DataObject
) -> None:
    heard_ = data.draw(arrivals(sorted(rules[0].kinds | {Kind.RESUMED, Kind.ROSTER})))
    town, end = roster(**_ON), after(days=60)
    expected = replay(heard_, town, rules, end)
    engine = Engine(rules, town, heard_[0].received_at)
    found = []
    for observation in heard_:
        if data.draw(st.booleans()):
            engine = Engine.restore(engine.snapshot(), rules, town)
        found += engine.feed(observation)
        found += engine.advance(observation.received_at)
    assert found + engine.advance(end) == expected
    keys = [finding.key for finding in expected]
    assert len(keys) == len(set(keys))
    assert all(len(key) <= 160 for key in keys)
    for finding in expected:
        assert finding.rule != ENGINE, finding.facts
        assert all(isinstance(fact, str) or isfinite(fact) for fact in finding.facts.values())
        assert msgspec.json.decode(msgspec.json.encode(finding)) is not None
        for language in ("en", "sv") if finding.rule == rules[0].name else ():
            template = rules[0].sentences[language][finding.code]
            assert {name for _, name, _, _ in Formatter().parse(template) if name} <= finding.facts.keys()


@pytest.mark.parametrize("rules", _EACH)
@pytest.mark.parametrize("value", [*HOSTILE, 0.0, 1.0], ids=str)
def test_one_value_repeated_without_end_is_no_flood(rules: Sequence[Rule], value: float | None) -> None:
    engine = Engine(rules, roster(**_ON), START)
    kinds = sorted(rules[0].kinds)
    told = Counter(
        (finding.code, finding.subject)
        for number in range(500)
        for kind in kinds
        for finding in engine.feed(heard(number, kind, after(milliseconds=number), value=value))
    )
    assert all(count <= 3 for count in told.values()), told


@pytest.mark.parametrize("rules", _EACH)
def test_a_flood_of_values_leaves_a_small_state(rules: Sequence[Rule]) -> None:
    engine = Engine(rules, roster(**_ON), START)
    kinds = sorted(rules[0].kinds)
    for number in range(20_000):
        at = after(milliseconds=number)
        engine.feed(_readable(number, kinds[number // 2 % len(kinds)], at=at, device=f"pir-{number % 5 + 3}"))
    assert len(engine.snapshot()) < 20_000


def _readable(number: int, kind: Kind, **more: object) -> Observation:
    unit = {Kind.TEMPERATURE: "Cel", Kind.SPO2: "%", Kind.SYSTOLIC: "mm[Hg]", Kind.DIASTOLIC: "mm[Hg]"}
    at, device = more["at"], more["device"]
    return heard(number, kind, at, device, value=float(number % 2), unit=unit.get(kind, "/min"))  # type: ignore[arg-type]
