"""Every registered rule, whatever a device sends: no exception, no flood, nothing that cannot be stored or said."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import isfinite
from string import Formatter

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.observation import Acceleration, Kind, Observation, Quality
from rules.base import Rule
from rules.engine import Engine
from rules.failure import ENGINE
from rules.registry import all_rules
from rules.replay import replay
from rules.sentences import explain, sentences
from tests.rules.world import HOSTILE, START, after, arrivals, heard, roster

_EACH = [pytest.param((rule,), id=rule.name) for rule in all_rules()]
#: Rules that hear single values; acceleration comes in windows.
_SINGLE = [pytest.param((rule,), id=rule.name) for rule in all_rules() if rule.kinds - {Kind.ACCELERATION}]
_STILL = Acceleration(samples=b"\0" * 300, rate_hz=50.0, range_g=16.0, scale_g=0.001, position="pendant")


@pytest.mark.parametrize("rules", _EACH)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_rule_fails_and_every_finding_can_be_stored_and_said(rules: Sequence[Rule], data: st.DataObject) -> None:
    kinds = sorted(rules[0].kinds | {Kind.RESUMED, Kind.ROSTER})
    for finding in replay(data.draw(arrivals(kinds)), roster(), rules, after(days=60)):
        assert finding.rule != ENGINE, finding.facts
        assert finding.code in sentences()[finding.rule]["en"]
        assert all(isinstance(fact, str) or isfinite(fact) for fact in finding.facts.values())
        assert msgspec.json.decode(msgspec.json.encode(finding)) is not None
        assert len(finding.code) <= 48
        for language in ("en", "sv"):
            template = sentences()[finding.rule][language][finding.code]
            wanted = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
            assert wanted <= finding.facts.keys(), finding.code
            assert "{" not in explain(finding.rule, finding.code, finding.facts, language)


@pytest.mark.parametrize("rules", _EACH)
@pytest.mark.parametrize("value", [*HOSTILE, 0.0, 1.0], ids=str)
def test_one_value_repeated_without_end_is_no_flood(rules: Sequence[Rule], value: float | None) -> None:
    """Only presses are each a finding; any other condition is told when it begins."""
    engine = Engine(rules, roster(), START)
    kinds = sorted(rules[0].kinds - {Kind.PRESS})
    told = Counter(
        (finding.code, finding.subject)
        for number in range(500)
        for kind in kinds
        for finding in engine.feed(
            heard(number, kind, after(milliseconds=number), value=value, acceleration=_STILL, text="x")
        )
    )
    assert all(count <= 3 for count in told.values()), told


@pytest.mark.parametrize("rules", _SINGLE)
def test_a_hundred_thousand_values_in_one_second_are_folded(rules: Sequence[Rule]) -> None:
    engine = Engine(rules, roster(), START)
    kinds = sorted(rules[0].kinds - {Kind.ACCELERATION})
    found = 0
    for number in range(100_000):
        kind = kinds[number % len(kinds)]
        found += len(engine.feed(heard(number, kind, after(microseconds=10 * number), value=float(number % 2))))
    assert engine.position == 99_999
    assert len(engine.snapshot()) < 20_000
    assert found <= 100_000


@pytest.mark.parametrize("rules", _EACH)
@pytest.mark.parametrize("year", [1970, 2106])
@pytest.mark.parametrize("flagged", [True, False])
def test_a_device_in_another_year_does_not_stop_its_rule(rules: Sequence[Rule], year: int, *, flagged: bool) -> None:
    """Physics uses the device's time where it is trusted; absence uses arrival, so that it fires all the same."""
    strange = datetime(year, 1, 1, tzinfo=UTC)
    quality = frozenset({Quality.CLOCK} if flagged else set())
    engine = Engine(rules, roster(), START)
    found = []
    for number, kind in enumerate(sorted(rules[0].kinds)):
        found += engine.feed(
            heard(number, kind, after(seconds=number), time=strange, quality=quality, acceleration=_STILL)
        )
    found += engine.advance(after(days=10))
    assert all(finding.rule != ENGINE for finding in found)
    if rules[0].name in {"silence", "inactivity"}:
        assert found


@pytest.mark.parametrize("rules", _EACH)
def test_arrivals_that_go_back_in_time_stop_nothing(rules: Sequence[Rule]) -> None:
    """The clock of the gateway's own machine was set back by a day."""
    engine = Engine(rules, roster(), START)
    number = 0
    found = []
    for start in (after(days=1), START):
        for kind in sorted(rules[0].kinds):
            number += 1
            found += engine.feed(heard(number, kind, start + timedelta(seconds=number), acceleration=_STILL))
    found += engine.advance(after(days=9))
    assert all(finding.rule != ENGINE for finding in found)


def test_the_same_message_twice_is_one_condition() -> None:
    engine = Engine(all_rules(), roster(), START)
    kinds: list[Kind] = [Kind.SMOKE, Kind.LEAK, Kind.BATTERY, Kind.TAMPER]
    once: list[Observation] = [heard(n, kind, START, value=1.0) for n, kind in enumerate(kinds)]
    first = [finding for observation in once for finding in engine.feed(observation)]
    again = [finding for observation in once for finding in engine.feed(observation)]
    assert (len(first), again) == (4, [])
