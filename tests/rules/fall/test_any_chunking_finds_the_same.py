"""The same samples give the same events, however they are cut, and whenever the state is stored and read back."""

from collections.abc import Sequence

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.fall.detector import Detector, Event, Judge, begin, feed, finish
from rules.fall.model import for_position
from tests.rules.fall.motions import Samples, fall, rest, walk

EVERYTHING = Judge(for_position("waist"), threshold=-60.0, hold_off_s=0.0)


def run(samples: Samples, rate_hz: float, sizes: Sequence[int], *, store: bool = False) -> list[Event]:
    state = begin("waist", rate_hz, 8.0)
    events: list[Event] = []
    start, turn = 0, 0
    while start < len(samples):
        size = sizes[turn % len(sizes)]
        events += feed(state, samples[start : start + size], EVERYTHING)
        if store:
            state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=Detector)
        start, turn = start + size, turn + 1
    return events + finish(state, EVERYTHING)


def recording(rate_hz: float, seed: int) -> Samples:
    rng = np.random.default_rng(seed)
    parts = [fall(rate_hz, seed), walk(9.0, rate_hz, seed, strength=0.7), fall(rate_hz, seed + 1), rest(3.0, rate_hz)]
    samples = np.concatenate(parts)
    samples[rng.random(len(samples)) < 0.05] = np.nan
    return samples


@settings(max_examples=40, deadline=None)
@given(
    rate_hz=st.sampled_from([20.0, 25.0, 31.25, 40.0, 50.0, 104.0, 200.0]),
    seed=st.integers(0, 1000),
    sizes=st.lists(st.integers(1, 900), min_size=1, max_size=8).filter(lambda sizes: sum(sizes) > 20),
)
def test_any_chunking_finds_the_same(rate_hz: float, seed: int, sizes: list[int]) -> None:
    samples = recording(rate_hz, seed)
    whole = run(samples, rate_hz, [len(samples)])
    assert len(whole) >= 2
    assert run(samples, rate_hz, sizes) == whole


def test_sample_by_sample_finds_the_same() -> None:
    samples = recording(25.0, 7)
    assert run(samples, 25.0, [1]) == run(samples, 25.0, [len(samples)])


def test_state_can_be_stored_between_any_two_chunks() -> None:
    samples = recording(50.0, 11)
    assert run(samples, 50.0, [37], store=True) == run(samples, 50.0, [len(samples)])


def test_state_of_a_device_stays_small() -> None:
    state = begin("waist", 200.0, 8.0)
    sizes = []
    for start in range(0, 200 * 300, 77):
        feed(
            state,
            walk(300.0, 200.0, strength=0.8)[start : start + 77] if start < 2000 else rest(0.4, 200.0),
            EVERYTHING,
        )
        sizes.append(len(msgspec.msgpack.encode(state)))
    assert max(sizes) < 6000
