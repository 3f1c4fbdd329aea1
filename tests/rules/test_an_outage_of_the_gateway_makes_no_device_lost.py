"""L2: nobody listened, so nobody was silent. And a gateway that restarts all the time still finds who is."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.observation import Kind
from rules.engine import Engine
from rules.roster import DeviceEntry, Roster
from rules.silence import RULE
from tests.rules.world import START, after, heard, resumed

GRACE = timedelta(seconds=30)
PATIENCE = timedelta(hours=3) + GRACE


def _town(count: int = 1) -> Roster:
    return Roster(devices=tuple(DeviceEntry(id=f"d{n}", since=START, interval_s=3600.0) for n in range(count)))


def test_a_night_without_the_gateway_makes_nobody_silent() -> None:
    engine = Engine([RULE], _town(50), START)
    for number in range(50):
        engine.feed(heard(number, Kind.HEARTBEAT, after(minutes=number), f"d{number}"))
    morning = after(hours=9)
    assert engine.feed(resumed(50, morning, last_listened=after(hours=1))) == []
    assert engine.advance(morning + timedelta(hours=2)) == []
    back = [
        finding
        for number in range(50)
        for finding in engine.feed(heard(51 + number, Kind.HEARTBEAT, morning + timedelta(hours=2), f"d{number}"))
    ]
    assert back == []


def test_who_stays_silent_after_it_is_found_when_its_patience_in_listened_time_is_over() -> None:
    engine = Engine([RULE], _town(), START)
    engine.feed(heard(1, Kind.HEARTBEAT, START, "d0"))
    engine.feed(resumed(2, after(hours=10), last_listened=after(hours=1)))
    (finding,) = engine.advance(after(days=1))
    assert finding.time == START + PATIENCE + timedelta(hours=9)


def test_what_waits_in_the_broker_is_heard_before_silence_counts() -> None:
    engine = Engine([RULE], _town(), START)
    engine.feed(heard(1, Kind.HEARTBEAT, START, "d0"))
    almost = START + PATIENCE - timedelta(microseconds=1)
    engine.feed(resumed(2, after(hours=10), last_listened=almost))
    assert engine.next_deadline() == after(hours=10) + GRACE
    assert engine.feed(heard(3, Kind.HEARTBEAT, after(hours=10, seconds=20), "d0")) == []


def test_what_was_due_while_we_still_listened_is_told() -> None:
    engine = Engine([RULE], _town(), START)
    (finding,) = engine.feed(resumed(1, after(hours=10), last_listened=after(hours=9)))
    assert (finding.code, finding.time) == ("never_heard", START + PATIENCE)


def test_a_device_installed_long_before_the_first_start_is_given_its_time() -> None:
    engine = Engine([RULE], _town(), after(days=400))
    assert engine.next_deadline() == after(days=400) + PATIENCE


def test_a_silence_already_told_is_not_told_anew_by_a_restart() -> None:
    engine = Engine([RULE], _town(), START)
    engine.advance(START + PATIENCE)
    engine.feed(resumed(1, after(hours=5), last_listened=after(hours=4)))
    assert engine.advance(after(hours=20)) == []


def test_a_gateway_that_restarts_every_hour_still_finds_a_silent_device() -> None:
    """Were silence counted from the last restart, a patience of three hours would never be over."""
    engine = Engine([RULE], _town(), START)
    found = []
    for hour in range(1, 100):
        found += engine.feed(resumed(hour, after(hours=hour), last_listened=after(hours=hour) - timedelta(minutes=5)))
    assert [finding.code for finding in found[:1]] == ["never_heard"]
    assert found[0].time <= START + PATIENCE + timedelta(minutes=20)


@settings(max_examples=100, deadline=None)
@given(
    spans=st.lists(st.tuples(st.integers(1, 50), st.integers(0, 300)), max_size=40),
    heard_at=st.integers(0, 120),
)
def test_nobody_is_found_before_patience_was_spent_listening(spans: list[tuple[int, int]], heard_at: int) -> None:
    engine = Engine([RULE], _town(), START)
    last = after(minutes=heard_at)
    found = engine.feed(heard(1, Kind.HEARTBEAT, last, "d0"))
    now, listened = last, timedelta()
    for number, (up, down) in enumerate(spans, start=2):
        stop = now + timedelta(minutes=up)
        now = stop + timedelta(minutes=down)
        listened += stop - max(last, stop - timedelta(minutes=up))
        found += engine.feed(resumed(number, now, last_listened=stop))
        if listened < PATIENCE - GRACE:
            assert found == []
    found += engine.advance(now + PATIENCE)
    assert [finding.code for finding in found[:1]] == ["silent"]


def test_after_any_number_of_restarts_no_time_that_was_heard_counts_as_unheard() -> None:
    device = DeviceEntry(id="d0", since=START, interval_s=24 * 3600.0)
    engine = Engine([RULE], Roster(devices=(device,)), START)
    engine.feed(heard(1, Kind.HEARTBEAT, START, "d0"))
    found = []
    for hour in range(1, 90):
        last = after(hours=hour) - timedelta(minutes=1)
        found += engine.feed(resumed(1 + hour, after(hours=hour), last_listened=last))
    assert [finding.code for finding in found] == ["silent"]
    # Three days of patience, and a minute for each hour's restart: 73 or 74 of them.
    assert found[0].time - START - 3 * timedelta(days=1) - GRACE in (timedelta(minutes=73), timedelta(minutes=74))
