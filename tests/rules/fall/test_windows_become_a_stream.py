"""The rule puts windows together: they may be short, late, repeated, broken off, or from a device without a clock."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest

from devices.observation import Acceleration, Kind, Observation, Quality
from rules.base import AlarmClass, Enrolment, Finding, Moment, Scope
from rules.fall import RULE, FallSettings
from rules.fall.settings import Sensitivity
from rules.fall.state import FallState
from rules.sentences import explain
from tests.rules.fall.motions import DOWN, Samples, fall, rest, walk

START = datetime(2026, 1, 13, 1, 30, tzinfo=UTC)
MOMENT = Moment(resumed_at=START - timedelta(days=1))
SCALE_G = 8 / 32768
HIT = START + timedelta(seconds=5.36)


def enrolment(**settings: object) -> Enrolment:
    return Enrolment(
        scope=Scope.DEVICE, subject="pendant-7", since=START, settings=FallSettings.model_validate(settings)
    )


def window(number: int, signal: Samples, began: datetime, *, clock: bool = True, **changed: Any) -> Observation:
    counts = np.clip(np.round(signal / SCALE_G), -32768, 32767).astype("<i2")
    acceleration = Acceleration(
        samples=counts.tobytes(), rate_hz=50.0, range_g=8.0, scale_g=SCALE_G, position="pendant"
    )
    received_at = began + timedelta(seconds=len(signal) / 50.0, milliseconds=80)
    return Observation(
        id=number,
        kind=Kind.ACCELERATION,
        received_at=received_at,
        time=began if clock else datetime(2106, 2, 7, tzinfo=UTC),
        device="pendant-7",
        acceleration=msgspec.structs.replace(acceleration, **changed),
        quality=frozenset() if clock else frozenset({Quality.CLOCK}),
    )


def windows(
    samples: Samples, seconds: float, *, clock: bool = True, jitter_s: Sequence[float] = (0.0,)
) -> list[Observation]:
    size = round(seconds * 50)
    return [
        window(
            number,
            samples[start : start + size],
            START + timedelta(seconds=start / 50 + jitter_s[number % len(jitter_s)]),
            clock=clock,
        )
        for number, start in enumerate(range(0, len(samples), size))
    ]


def fold(observations: Sequence[Observation], state: FallState | None = None, **settings: object) -> list[Finding]:
    state = state or RULE.begin(enrolment())
    found = [finding for one in observations for finding in RULE.observe(state, one, enrolment(**settings))]
    due = RULE.deadline(state, enrolment(**settings), MOMENT)
    return found + list(RULE.expire(state, due, enrolment(**settings), MOMENT)) if due else found


@pytest.mark.parametrize("seconds", [0.2, 0.5, 1.0, 4.0, 60.0])
def test_a_fall_is_one_life_safety_finding_in_windows_of_any_length(seconds: float) -> None:
    (finding,) = fold(windows(fall(after_s=9.0), seconds))
    assert finding.alarm_class is AlarmClass.LIFE_SAFETY
    assert abs((finding.time - HIT).total_seconds()) < 0.1
    assert finding.scope is Scope.DEVICE
    assert not finding.restores


def test_windows_of_any_length_give_the_same_key_and_facts() -> None:
    one, other = (fold(windows(fall(), seconds))[0] for seconds in (0.5, 60.0))
    assert (one.key, one.facts, one.time) == (other.key, other.facts, other.time)


def test_the_windows_around_the_hit_are_the_evidence() -> None:
    (finding,) = fold(windows(np.concatenate([walk(10.0), fall()]), 1.0))
    assert finding.evidence == tuple(range(11, 19))


def test_a_hit_that_its_device_says_no_more_about_goes_out_after_the_silence() -> None:
    state = RULE.begin(enrolment())
    observation = window(1, fall(after_s=2.0), START)
    assert RULE.observe(state, observation, enrolment()) == []
    due = RULE.deadline(state, enrolment(), MOMENT)
    assert due == observation.received_at + timedelta(seconds=3)
    assert not RULE.expire(state, due - timedelta(milliseconds=1), enrolment(), MOMENT)
    (finding,) = RULE.expire(state, due, enrolment(), MOMENT)
    assert finding.code == "fall_turned"
    assert RULE.deadline(state, enrolment(), MOMENT) is None
    late = window(2, rest(8.0, gravity=DOWN), START + timedelta(seconds=7.35))
    assert fold([late], state) == []
    assert state.fed == 0


def test_after_an_outage_what_waited_in_the_broker_comes_first() -> None:
    state = RULE.begin(enrolment())
    RULE.observe(state, window(1, fall(after_s=2.0), START), enrolment())
    resumed = Moment(resumed_at=START + timedelta(hours=1))
    assert RULE.deadline(state, enrolment(), resumed) == START + timedelta(hours=1, seconds=3)


def test_a_quiet_device_has_no_deadline() -> None:
    state = RULE.begin(enrolment())
    RULE.observe(state, window(1, walk(5.0), START), enrolment())
    assert RULE.deadline(state, enrolment(), MOMENT) is None


@pytest.mark.parametrize("lost", [2, 7])
def test_a_lost_window_between_neither_hides_the_fall_nor_moves_it(lost: int) -> None:
    told = windows(fall(after_s=10.0), 1.0)
    del told[lost]
    state = RULE.begin(enrolment())
    (finding,) = fold(told, state)
    assert abs((finding.time - HIT).total_seconds()) < 0.1
    assert state.fed == pytest.approx(len(told))
    assert state.detector is not None
    assert state.detector.seen >= 25 * len(told) - 13


def test_a_stream_that_breaks_off_is_settled_by_the_next_one() -> None:
    state = RULE.begin(enrolment())
    assert RULE.observe(state, window(1, fall(after_s=2.0), START), enrolment()) == []
    later = window(2, rest(4.0, gravity=DOWN), START + timedelta(minutes=10))
    (finding,) = RULE.observe(state, later, enrolment())
    assert abs((finding.time - HIT).total_seconds()) < 0.1


def test_a_window_that_comes_twice_gives_one_finding_key() -> None:
    observation = window(1, fall(), START)
    again = msgspec.structs.replace(observation, id=2, received_at=observation.received_at + timedelta(seconds=1))
    assert len({finding.key for finding in fold([observation, again])}) == 1


@pytest.mark.parametrize("jitter_s", [(0.0,), (0.0, 1.5, 0.4, 2.0)])
def test_a_device_without_a_clock_is_followed_by_arrival(jitter_s: Sequence[float]) -> None:
    (finding,) = fold(windows(fall(after_s=9.0), 1.0, clock=False, jitter_s=jitter_s))
    assert abs((finding.time - HIT).total_seconds()) < 2.2


def test_a_clock_that_drifts_by_two_per_cent_breaks_nothing() -> None:
    samples = np.concatenate([walk(100.0), fall()])
    drifting = [
        window(number, samples[start : start + 250], START + timedelta(seconds=start / 50 * 1.02))
        for number, start in enumerate(range(0, len(samples), 250))
    ]
    assert len(fold(drifting)) == 1


def test_a_recovery_restores_the_fall() -> None:
    fallen, up = fold(windows(np.concatenate([fall(), walk(15.0)]), 1.0))
    assert up.restores
    assert up.code == "fall_up_again"
    assert up.time > fallen.time


def test_sensitivity_is_personal() -> None:
    weak = fall(seed=1)
    weak[250:] = weak[250:] * 0.35 + 0.65 * DOWN
    heard = {level: len(fold(windows(weak, 1.0), sensitivity=level)) for level in Sensitivity}
    assert heard[Sensitivity.LOW] <= heard[Sensitivity.NORMAL] <= heard[Sensitivity.HIGH]


@pytest.mark.parametrize(
    "changed",
    [
        {"rate_hz": float("nan")},
        {"rate_hz": 0.0},
        {"rate_hz": 1e9},
        {"scale_g": float("inf")},
        {"scale_g": -1.0},
        {"range_g": 0.0},
        {"range_g": 1e300, "scale_g": 1e300},
        {"samples": b""},
        {"samples": b"\x00" * 5},
    ],
)
def test_a_window_that_cannot_be_acceleration_says_nothing_and_stops_nothing(changed: dict[str, Any]) -> None:
    state = RULE.begin(enrolment())
    assert RULE.observe(state, window(1, walk(2.0), START, **changed), enrolment()) == ()
    assert len(fold([window(2, fall(), START)], state)) == 1


def test_an_observation_without_samples_says_nothing() -> None:
    bare = Observation(id=1, kind=Kind.ACCELERATION, received_at=START, time=START)
    assert RULE.observe(RULE.begin(enrolment()), bare, enrolment()) == ()


def test_a_device_moved_to_another_position_begins_anew() -> None:
    state = RULE.begin(enrolment())
    RULE.observe(state, window(1, walk(5.0), START), enrolment())
    RULE.observe(state, window(2, walk(5.0), START + timedelta(seconds=5), position="wrist"), enrolment())
    assert state.detector is not None
    assert state.detector.position == "wrist"
    assert state.fed == 0


@pytest.mark.parametrize(("language", "word"), [("en", "turned"), ("sv", "vändes")])
def test_the_sentence_carries_the_numbers(language: str, word: str) -> None:
    (finding,) = fold(windows(fall(), 1.0))
    sentence = explain(finding.rule, finding.code, finding.facts, language)
    assert f"{finding.facts['impact_g']:.1f} g" in sentence
    assert f"{word} {finding.facts['turned_deg']:.0f}°" in sentence
    assert f"{finding.facts['confidence']:.2f}" in sentence
    assert "?" not in sentence


def test_both_languages_can_say_every_code() -> None:
    assert RULE.sentences["en"].keys() == RULE.sentences["sv"].keys()


def test_state_survives_a_snapshot_between_any_two_windows() -> None:
    state = RULE.begin(enrolment())
    found: list[Finding] = []
    for observation in windows(np.concatenate([fall(), walk(15.0)]), 1.0):
        found += RULE.observe(state, observation, enrolment())
        state = msgspec.json.decode(msgspec.json.encode(state), type=FallState)
    assert found == fold(windows(np.concatenate([fall(), walk(15.0)]), 1.0))
