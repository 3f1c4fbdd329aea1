"""A deadline fires with no input at all, at its time, in order; and however much is heard, the heap stays small."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.observation import Kind
from rules.base import Enrolment, Scope
from rules.deadlines import Deadlines
from rules.engine import Engine
from rules.roster import DeviceEntry, Roster
from rules.slots import Plan, Slot
from tests.rules.probe import WAIT, Probe
from tests.rules.world import START, after, heard

PROBE = Probe()


def _town(*names: str) -> Roster:
    return Roster(devices=tuple(DeviceEntry(id=name, since=START) for name in names))


def test_a_deadline_fires_with_no_input_at_all() -> None:
    """ThingsBoard #12771: an "offline" alarm came only when the device came back."""
    engine = Engine([PROBE], _town("a"), START)
    assert engine.next_deadline() == START + WAIT
    assert engine.advance(START + WAIT - timedelta(microseconds=1)) == []
    (finding,) = engine.advance(START + WAIT)
    assert finding.time == START + WAIT


def test_late_calls_do_not_change_the_time_of_a_finding() -> None:
    """ThingsBoard #6821: a timeout of 600 s was told after 19,123 s, as if it had been then."""
    engine = Engine([PROBE], _town("a"), START)
    assert engine.advance(after(seconds=350))[0].time == START + WAIT


def test_what_is_heard_at_the_very_deadline_comes_after_it() -> None:
    """ThingsBoard #7909: data at the instant of the timeout left an alarm that never cleared."""
    engine = Engine([PROBE], _town("a"), START)
    assert [finding.code for finding in engine.feed(heard(1, Kind.MOTION, START + WAIT, "a"))] == ["quiet", "heard"]


def test_deadlines_fire_by_time_then_rule_then_subject() -> None:
    engine = Engine([PROBE], _town("c", "a", "b"), START)
    engine.feed(heard(1, Kind.MOTION, after(seconds=50), "a", value=0.0))
    engine.feed(heard(2, Kind.MOTION, after(seconds=50), "c", value=0.0))
    fired = engine.advance(after(seconds=160))
    assert [(finding.subject, finding.time) for finding in fired] == [
        ("b", after(seconds=100)),
        ("a", after(seconds=150)),
        ("c", after(seconds=150)),
    ]


def test_a_deadline_that_does_not_move_fires_once_and_does_not_spin() -> None:
    engine = Engine([PROBE], Roster(), START)
    engine.feed(heard(1, Kind.MOTION, START, "a", value=-2.0))
    assert len(engine.advance(after(days=1))) == 1
    assert engine.next_deadline() is None
    engine.feed(heard(2, Kind.MOTION, after(days=2), "a", value=-2.0))
    assert len(engine.advance(after(days=3))) == 1


def test_a_deadline_in_the_past_fires_at_once() -> None:
    """A device whose clock is two days behind has deadlines in the past; they must fire all the same."""
    engine = Engine([PROBE], Roster(), START)
    engine.feed(heard(1, Kind.MOTION, START, "a", value=-3.0))
    assert engine.next_deadline() == START + WAIT - timedelta(days=2)
    assert engine.advance(START)[0].time == START + WAIT - timedelta(days=2)


_slots = st.integers(0, 5)
_times = st.integers(0, 50).map(lambda n: START + timedelta(seconds=n))


@settings(max_examples=200, deadline=None)
@given(moves=st.lists(st.tuples(_slots, _times, st.booleans()), max_size=400))
def test_the_heap_holds_no_more_than_twice_what_is_alive(moves: list[tuple[int, datetime, bool]]) -> None:
    plan = Plan(PROBE)
    slots = [
        Slot(plan, Enrolment(scope=Scope.DEVICE, subject=str(n), since=START), None, stray=False) for n in range(6)
    ]
    deadlines = Deadlines()
    wanted: dict[int, datetime] = {}
    for number, due, forget in moves:
        if forget:
            deadlines.forget(slots[number])
            wanted.pop(number, None)
        else:
            deadlines.look_by(slots[number], due)
            wanted[number] = min(due, wanted.get(number, due))
        assert len(deadlines) <= 2 * len(slots) + 64
    taken = []
    while (entry := deadlines.take(after(days=1))) is not None:
        taken.append((entry[0], entry[1].enrolment.subject))
    assert taken == sorted((due, str(number)) for number, due in wanted.items())


def test_a_busy_device_does_not_grow_the_heap() -> None:
    engine = Engine([PROBE], _town("a", "b"), START)
    for number in range(20_000):
        value = -3.0 if number % 2 else 1.0
        engine.feed(heard(number, Kind.MOTION, after(milliseconds=number), "a", value=value))
    assert len(engine._fold.deadlines) <= 70
