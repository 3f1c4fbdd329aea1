"""Rules that raise, spin, look back or show the time they are told: the same findings in any pieces all the same."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.observation import Kind
from rules.engine import Engine
from tests.rules.probe import HomeProbe, Probe, ResidentProbe
from tests.rules.world import START, heard, resumed, roster

RULES: list[Any] = [Probe(), HomeProbe(), ResidentProbe()]
_values = st.sampled_from([1.0, 0.0, -1.0, -2.0, -3.0, -4.0, -5.0, -6.0])
_devices = st.sampled_from(["pendant-1", "pir-1", "loose", "stray"])
_gaps = st.sampled_from([0.0, 1.0, 99.0, 100.0, 101.0, 5000.0])


@settings(max_examples=200, deadline=None)
@given(steps=st.lists(st.tuples(_gaps, _devices, _values, st.booleans()), min_size=1, max_size=15), data=st.data())
def test_findings_do_not_depend_on_when_the_engine_was_called(
    steps: list[tuple[float, str, float, bool]], data: st.DataObject
) -> None:
    whole, pieces = Engine(RULES, roster(), START), Engine(RULES, roster(), START)
    expected, found = [], []
    now = START
    for number, (gap, device, value, stopped) in enumerate(steps):
        before, now = now, now + timedelta(seconds=gap)
        observation = resumed(number, now) if stopped else heard(number, Kind.MOTION, now, device, value=value)
        for share in data.draw(st.lists(st.sampled_from([0.0, 0.3, 0.99, 1.0]), max_size=2)):
            found += pieces.advance(before if stopped else before + (now - before) * share)
            pieces.next_deadline()
        if data.draw(st.booleans()):
            pieces = Engine.restore(pieces.snapshot(), RULES, roster())
        expected += whole.feed(observation)
        found += pieces.feed(observation)
    assert found == expected
    assert pieces.advance(now + timedelta(days=1)) == whole.advance(now + timedelta(days=1))
