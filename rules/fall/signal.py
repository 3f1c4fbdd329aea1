"""From what an accelerometer sends to what a fall is judged on: g, at one rate, with missing samples marked.

The same samples give the same output in whatever chunks they come: every output sample is worked out from a fixed set
of input samples, once all of them are there, in a fixed order of additions.
"""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

RATE_HZ = 25.0
"""The one internal rate. Fixed, so that a device's rate cannot tell anything (the falls of WEDA-FALL are 40 Hz, its
daily activities 50 Hz), and low: cheap tags send no more and Sucerquia 2018 (Sensors 18:1101) needed no more."""

Samples = NDArray[np.floating]
"""(n, 3); a row of NaN is a missing sample."""

# A component this far beyond the full scale is a radio spike, no impact (UMAFall: 109 to 315 g where 16 is full).
_OVER_RANGE = 1.25
_LEAST_SHARE_PRESENT = 0.3
_UNITS = (1.0, 1 / 9.80665, 1e-3)
# A body at rest measures 1 g whatever the device calls it; the bands around 1 g, 9.81 m/s2 and 1000 mg do not touch.
_BAND = (0.5, 2.0)
_SURE = 0.6
_BLOCK_S = 0.5
_BLOCKS_TO_OVERRULE = 6


class Signal(msgspec.Struct):
    """State of one device's signal path; ``waiting`` and ``held`` are float64 (n, 3) as bytes.

    ``waiting`` is raw input of a block not complete, ``held`` is input in g that later output needs, of which the first
    row is sample number ``first_held`` since the start. ``unit`` indexes g, m/s2, mg; -1 while nothing tells.
    """

    rate_hz: float
    range_g: float
    unit: int = -1
    rival: int = -1
    rival_blocks: int = 0
    waiting: bytes = b""
    held: bytes = b""
    first_held: int = 0
    made: int = 0


def push(signal: Signal, raw: Samples) -> Samples:
    """Take raw samples (n, 3) and return what became complete at `RATE_HZ`: (m, 3) in g."""
    pending = np.concatenate((_rows(signal.waiting), np.asarray(raw, dtype=np.float64).reshape(-1, 3)))
    block = max(1, round(signal.rate_hz * _BLOCK_S))
    whole = len(pending) // block * block
    signal.waiting = pending[whole:].tobytes()
    return _resample(signal, [_to_g(signal, pending[at : at + block]) for at in range(0, whole, block)])


def drain(signal: Signal) -> Samples:
    """Return what is still inside, as if the stream ended here."""
    rest = _rows(signal.waiting)
    signal.waiting = b""
    return _resample(signal, [_to_g(signal, rest)] if len(rest) else [])


def _rows(data: bytes) -> Samples:
    return np.frombuffer(data, dtype=np.float64).reshape(-1, 3)


def _to_g(signal: Signal, block: Samples) -> Samples:
    _choose_unit(signal, block)
    scaled = block * _UNITS[max(signal.unit, 0)]
    # NaN and infinities fail the comparison too.
    possible = np.all(np.abs(scaled) <= signal.range_g * _OVER_RANGE, axis=1)
    return np.where(possible[:, None], scaled, np.nan)


def _choose_unit(signal: Signal, block: Samples) -> None:
    """Let a block vote by where gravity lies; the first clear vote chooses, three seconds of one mind overrule."""
    with np.errstate(over="ignore", invalid="ignore"):
        magnitude = np.sqrt((block * block).sum(axis=1))
    votes = [int(((magnitude * unit > _BAND[0]) & (magnitude * unit < _BAND[1])).sum()) for unit in _UNITS]
    voted = max(range(len(_UNITS)), key=votes.__getitem__)
    if votes[voted] <= _SURE * len(block) or voted == signal.unit:
        signal.rival_blocks = 0
        return
    signal.rival_blocks = signal.rival_blocks + 1 if voted == signal.rival else 1
    signal.rival = voted
    if signal.unit < 0 or signal.rival_blocks >= _BLOCKS_TO_OVERRULE:
        signal.unit = voted


def _resample(signal: Signal, blocks: list[Samples]) -> Samples:
    """Average the input over each output interval; a sample counts by how much of the interval it covers."""
    if not blocks:
        return np.empty((0, 3))
    samples = np.concatenate((_rows(signal.held), *blocks))
    step = signal.rate_hz / RATE_HZ
    total = signal.first_held + len(samples)
    count = max(0, math.floor(total / step) - signal.made)
    while count and (signal.made + count) * step > total:
        count -= 1
    start = (signal.made + np.arange(count)) * step
    stop = (signal.made + np.arange(1, count + 1)) * step
    first = np.floor(start).astype(np.int64)
    present = np.all(np.isfinite(samples), axis=1)
    filled = np.where(present[:, None], samples, 0.0)
    total_weight = np.zeros(count)
    result = np.zeros((count, 3))
    # One pass per input sample that an output can touch: the order of additions never depends on the chunk.
    for offset in range(math.ceil(step) + 1):
        number = first + offset
        row = np.minimum(number - signal.first_held, len(samples) - 1)
        weight = np.clip(np.minimum(number + 1, stop) - np.maximum(number, start), 0.0, None) * present[row]
        result += filled[row] * weight[:, None]
        total_weight += weight
    enough = total_weight >= _LEAST_SHARE_PRESENT * step
    result = np.where(enough[:, None], result / np.where(enough, total_weight, 1.0)[:, None], np.nan)
    signal.made += count
    keep_from = math.floor(signal.made * step)
    signal.held = samples[max(0, keep_from - signal.first_held) :].tobytes()
    signal.first_held = max(signal.first_held, keep_from)
    return result
