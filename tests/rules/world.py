"""A small municipality, and observations of every sort that can come from it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from devices.observation import Acceleration, Kind, Observation, Quality
from rules.roster import AssignmentEntry, DeviceEntry, Roster, SettingEntry

#: A Tuesday in winter, at night.
START = datetime(2026, 1, 13, 1, 30, tzinfo=UTC)
#: device -> (kind, home, resident, interval in seconds)
DEVICES = {
    "pendant-1": ("pendant", "home-1", "resident-1", 600.0),
    "pir-1": ("pir", "home-1", "", 3600.0),
    "hub-2": ("hub", "home-2", "resident-2", 0.0),
    "smoke-2": ("smoke", "home-2", "", 86_400.0),
    **{f"pir-{n}": ("pir", f"home-{n}", "", 3600.0) for n in range(3, 8)},
    "loose": ("pendant", "", "", 900.0),
    "stray": ("", "", "", 0.0),
}
_SYSTEM = {Kind.RESUMED, Kind.ROSTER}
HOSTILE = [None, float("nan"), float("inf"), float("-inf"), -1.0, 1e308, 5e-324, 255.0]
_UNITS = ["1", "%", "mm[Hg]", "/min", "mmol/L", "mg/dL", "Cel", "kg", "", "furlong"]


def after(**delta: float) -> datetime:
    return START + timedelta(**delta)


def roster(**settings: dict[str, Any]) -> Roster:
    """Return the municipality, with ``rule=settings`` as defaults."""
    return Roster(
        devices=tuple(
            DeviceEntry(id=name, since=START, kind=kind, interval_s=interval_s)
            for name, (kind, _, _, interval_s) in DEVICES.items()
            if name != "stray"
        ),
        assignments=tuple(
            AssignmentEntry(device=name, home=home, resident=resident, from_at=START)
            for name, (_, home, resident, _) in DEVICES.items()
            if home
        ),
        settings=tuple(SettingEntry(rule=rule, settings=fields, valid_from=START) for rule, fields in settings.items()),
    )


def heard(number: int, kind: Kind, at: datetime, device: str = "pendant-1", **more: Any) -> Observation:
    """Return an observation that ``device`` sent and the gateway heard at ``at``."""
    _, home, resident, _ = DEVICES.get(device, ("", "", "", 0.0))
    fields: dict[str, Any] = {"device": device, "home": home, "resident": resident, "time": at, "value": 1.0} | more
    return Observation(id=number, kind=kind, received_at=at, **fields)


def resumed(number: int, at: datetime, last_listened: datetime | None = None) -> Observation:
    """Return what the gateway journals when it takes up work again."""
    return Observation(id=number, kind=Kind.RESUMED, received_at=at, time=last_listened or at)


_accelerations = st.builds(
    lambda counts, repeats, tail, rate_hz, scale_g, position: Acceleration(
        samples=b"".join(count.to_bytes(2, "little", signed=True) for count in counts) * repeats + tail,
        rate_hz=rate_hz,
        range_g=16.0,
        scale_g=scale_g,
        position=position,
    ),
    st.lists(st.integers(-32768, 32767), min_size=3, max_size=30).map(lambda counts: counts[: len(counts) // 3 * 3]),
    st.sampled_from([0, 1, 40]),
    st.sampled_from([b"", b"", b"\x01"]),
    st.sampled_from([50.0, 20.0, 200.0, 0.0, -1.0, float("nan"), float("inf")]),
    st.sampled_from([0.001, 1.0, 0.0, float("nan")]),
    st.sampled_from(["pendant", "waist", "wrist", "tail"]),
)
_device_times = st.one_of(
    st.timedeltas(-timedelta(days=2), timedelta(hours=1)),
    st.just(datetime(1970, 1, 1, tzinfo=UTC) - START),
    st.just(datetime(2106, 2, 7, tzinfo=UTC) - START),
)
_gaps = st.sampled_from([0.0, 0.0, 1e-6, 1.0, 30.0, 600.0, 1830.0, 3600.0, 6 * 3600.0, 86_400.0, 3 * 86_400.0])
_values = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 250), st.floats(0, 25), st.sampled_from(HOSTILE))


@st.composite
def arrivals(draw: st.DrawFn, kinds: Sequence[Kind] = tuple(Kind), most: int = 30) -> list[Observation]:
    """Draw observations of ``kinds`` in order of arrival: late, early, repeated, impossible, unreadable.

    Half of the time every home has just been heard, so that a gap after it is a silence of all.
    """
    now = START
    drawn: list[Observation] = []
    if draw(st.booleans()):
        drawn = [heard(n, Kind.MOTION, START, f"pir-{n}", room="hall") for n in range(1, 8) if n != 2]
    for number in range(8, draw(st.integers(8, 8 + most)) + 1):
        before, now = now, now + timedelta(seconds=draw(_gaps))
        kind = draw(st.sampled_from(kinds))
        if kind in _SYSTEM:
            last = before + (now - before) * draw(st.sampled_from([0.0, 0.3, 1.0]))
            drawn.append(Observation(id=number, kind=kind, received_at=now, time=last))
        elif drawn and drawn[-1].device and draw(st.integers(0, 9)) == 0:
            drawn.append(_again(drawn[-1], number, now))
        else:
            drawn.append(_one(draw, number, kind, now))
    return drawn


def _one(draw: st.DrawFn, number: int, kind: Kind, now: datetime) -> Observation:
    return heard(
        number,
        kind,
        now,
        draw(st.sampled_from(sorted(DEVICES))),
        time=draw(st.one_of(st.just(now), _device_times.map(lambda away: START + away))),
        value=draw(_values),
        unit=draw(st.sampled_from(_UNITS)),
        text=draw(st.sampled_from(["", "sos", "{0.__class__}", "x" * 300])),
        room=draw(st.sampled_from(["", "hall", "bedroom"])),
        quality=draw(st.frozensets(st.sampled_from(list(Quality)))),
        acceleration=draw(_accelerations) if kind is Kind.ACCELERATION else None,
    )


def _again(observation: Observation, number: int, now: datetime) -> Observation:
    return Observation(
        id=number,
        kind=observation.kind,
        received_at=now,
        time=observation.time,
        device=observation.device,
        home=observation.home,
        resident=observation.resident,
        room=observation.room,
        value=observation.value,
        unit=observation.unit,
        text=observation.text,
        acceleration=observation.acceleration,
        quality=observation.quality,
    )
