"""Silence is a signal: a device that stops, or was never heard after installation, is found with no input at all."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from devices.observation import Kind, Quality
from rules.base import AlarmClass, Finding
from rules.engine import Engine
from rules.roster import DeviceEntry, Roster, SettingEntry
from rules.sentences import explain
from rules.silence import RULE
from tests.rules.world import HOSTILE, START, after, heard, resumed

INTERVAL_S = 600.0
#: Three intervals and the grace.
PATIENCE = timedelta(seconds=3 * INTERVAL_S + 30)


def _town(interval_s: float = INTERVAL_S, **settings: Any) -> Roster:
    return Roster(
        devices=(DeviceEntry(id="d", since=START, kind="pir", interval_s=interval_s),),
        settings=(SettingEntry(rule="silence", settings=settings, valid_from=START),) if settings else (),
    )


def _engine(interval_s: float = INTERVAL_S, **settings: Any) -> Engine:
    return Engine([RULE], _town(interval_s, **settings), START)


def _told(found: list[Finding]) -> list[tuple[str, datetime]]:
    return [(finding.code, finding.time) for finding in found]


def test_a_device_that_was_never_heard_is_found() -> None:
    """Borlänge 2025: seven pendants never paired at installation, found only when they were needed."""
    (finding,) = _engine().advance(START + PATIENCE)
    assert (finding.code, finding.time, finding.alarm_class) == ("never_heard", START + PATIENCE, AlarmClass.TECHNICAL)
    assert "installerades för 30 min sedan" in explain("silence", finding.code, finding.facts, "sv")


def test_a_device_that_stops_is_found_to_the_microsecond() -> None:
    engine = _engine()
    last = after(minutes=7)
    engine.feed(heard(5, Kind.MOTION, last, "d"))
    assert engine.next_deadline() == last + PATIENCE
    assert engine.advance(last + PATIENCE - timedelta(microseconds=1)) == []
    (finding,) = engine.advance(last + PATIENCE)
    assert (finding.code, finding.time, finding.evidence) == ("silent", last + PATIENCE, (5,))


def test_a_device_that_speaks_in_time_is_never_found() -> None:
    engine = _engine()
    found = [f for n in range(500) for f in engine.feed(heard(n, Kind.MOTION, START + n * 0.99 * PATIENCE, "d"))]
    assert found == []


def test_what_is_heard_at_the_instant_of_the_deadline_restores_it() -> None:
    """ThingsBoard #7909: there the alarm never cleared."""
    found = _engine().feed(heard(1, Kind.MOTION, START + PATIENCE, "d"))
    assert [(finding.code, finding.restores) for finding in found] == [("never_heard", False), ("heard", True)]


def test_a_silence_that_lasts_is_told_of_again_every_day() -> None:
    """An alarm that somebody closed while the device is still silent must come back."""
    first = START + PATIENCE
    found = _engine().advance(after(days=3))
    assert _told(found) == [("never_heard", first + timedelta(days=n)) for n in range(3)]
    assert len({finding.key for finding in found}) == 3


@pytest.mark.parametrize("kind", sorted(frozenset(Kind) - {Kind.ONLINE, Kind.RESUMED, Kind.ROSTER, Kind.NUMBERING}))
def test_any_reading_is_a_proof_of_life(kind: Kind) -> None:
    engine = _engine()
    engine.advance(START + PATIENCE)
    (finding,) = engine.feed(heard(1, kind, after(hours=1), "d", value=None))
    assert finding.restores


def test_a_state_that_the_broker_retained_is_no_proof_of_life() -> None:
    engine = _engine()
    retained = heard(1, Kind.SMOKE, after(minutes=20), "d", quality=frozenset({Quality.LATE}))
    assert engine.feed(retained) == []
    assert _told(engine.advance(START + PATIENCE)) == [("never_heard", START + PATIENCE)]


def test_a_message_that_the_device_kept_for_us_is_a_proof_of_life() -> None:
    engine = _engine()
    engine.advance(START + PATIENCE)
    kept = heard(1, Kind.HEARTBEAT, after(hours=1), "d", time=START, quality=frozenset({Quality.LATE}))
    assert [finding.code for finding in engine.feed(kept)] == ["heard"]


def test_a_session_that_is_online_is_no_proof_of_life() -> None:
    """ThingsBoard #3000: behind a bridge, a dead sensor looked alive as long as the bridge was."""
    engine = _engine()
    found = [f for n in range(100) for f in engine.feed(heard(n, Kind.ONLINE, after(minutes=n), "d"))]
    assert _told(found) == [("never_heard", START + PATIENCE)]


def test_online_is_a_proof_of_life_where_a_device_has_no_other_word() -> None:
    engine = _engine(online_is_life=True)
    assert not [f for n in range(100) for f in engine.feed(heard(n, Kind.ONLINE, after(minutes=n), "d"))]
    engine.feed(heard(101, Kind.ONLINE, after(minutes=100), "d", value=0.0))
    assert _told(engine.advance(after(minutes=103))) == [("offline", after(minutes=102))]


@pytest.mark.parametrize("interval_s", [0.0, -1.0, float("nan"), float("inf"), 1e300])
def test_a_device_that_promises_nothing_is_never_silent_but_may_be_offline(interval_s: float) -> None:
    engine = _engine(interval_s)
    assert engine.next_deadline() is None
    engine.feed(heard(1, Kind.ONLINE, START, "d", value=0.0))
    assert _told(engine.advance(after(hours=1))) == [("offline", after(seconds=120))]


def test_a_link_that_comes_back_soon_was_never_gone() -> None:
    engine = _engine(0.0)
    engine.feed(heard(1, Kind.ONLINE, START, "d", value=0.0))
    assert engine.feed(heard(2, Kind.ONLINE, after(seconds=119), "d", value=1.0)) == []
    assert engine.advance(after(days=9)) == []


def test_a_last_will_that_repeats_does_not_put_off_the_finding() -> None:
    engine = _engine(0.0)
    found = [f for n in range(10) for f in engine.feed(heard(n, Kind.ONLINE, after(minutes=n), "d", value=0.0))]
    assert _told(found) == [("offline", after(seconds=120))]


def test_online_restores_offline_but_not_a_device_that_is_silent() -> None:
    engine = _engine()
    engine.feed(heard(1, Kind.ONLINE, START, "d", value=0.0))
    engine.advance(after(minutes=3))
    assert [f.restores for f in engine.feed(heard(2, Kind.ONLINE, after(minutes=4), "d"))] == [True]
    engine.advance(after(hours=1))
    engine.feed(heard(3, Kind.ONLINE, after(hours=2), "d", value=0.0))
    assert engine.feed(heard(4, Kind.ONLINE, after(hours=3), "d")) == []
    assert [f.restores for f in engine.feed(heard(5, Kind.MOTION, after(hours=4), "d"))] == [True]


@pytest.mark.parametrize("value", [value for value in HOSTILE if value != 0.0])
def test_a_word_about_the_link_that_is_neither_on_nor_off_says_nothing(value: float | None) -> None:
    engine = _engine(0.0)
    engine.feed(heard(1, Kind.ONLINE, START, "d", value=value))
    assert engine.next_deadline() is None
    engine.feed(heard(2, Kind.ONLINE, START, "d", value=0.0))
    engine.feed(heard(3, Kind.ONLINE, START, "d", value=value))
    assert _told(engine.advance(after(hours=1))) == [("offline", after(seconds=120))]


def test_patience_is_settable_and_a_change_counts_from_the_last_word() -> None:
    engine = _engine()
    engine.feed(heard(1, Kind.MOTION, after(minutes=10), "d"))
    engine.apply_roster(_town(missed=1, grace_s=0), after(minutes=12))
    assert engine.next_deadline() == after(minutes=20)


def test_a_restart_in_the_middle_of_a_silence_does_not_begin_it_anew() -> None:
    engine = _engine()
    engine.feed(heard(1, Kind.MOTION, START, "d"))
    engine = Engine.restore(engine.snapshot(), [RULE], _town())
    engine.feed(resumed(2, after(minutes=20), last_listened=after(minutes=19)))
    assert _told(engine.advance(after(hours=2))) == [("silent", START + PATIENCE + timedelta(minutes=1))]
