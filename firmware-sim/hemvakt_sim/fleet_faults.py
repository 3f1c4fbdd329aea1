"""What befalls parts of a fleet: a function of seed, home and seconds since the fleet began, so it can be repeated."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from hemvakt_sim import faults as say
from hemvakt_sim.errors import StepError
from hemvakt_sim.expect.grammar import happening
from hemvakt_sim.expect.words import Words
from hemvakt_sim.happenings import AnyHappening, Reboot, WrongClock
from hemvakt_sim.noise import Noise, Shares
from hemvakt_sim.packet import Packet

_FULL = 90.0
_DEEDS = (Reboot, say.SequenceReset, say.Clone, say.Storm)
_KNOWN = (
    *_DEEDS,
    say.Loss,
    say.Duplicates,
    say.Reorder,
    say.Corrupt,
    say.Flapping,
    say.MastOutage,
    say.BatteryDecline,
    say.ClockDrift,
    WrongClock,
)


class FleetFault(NamedTuple):
    """A fault of the homes at places ``first`` to ``last`` (from 0), from second ``at`` to second ``until``."""

    event: AnyHappening
    first: int
    last: int
    at: float
    until: float

    def holds(self, place: int, now: float) -> bool:
        return self.first <= place <= self.last and self.at <= now < self.until


def read_fault(text: str, homes: int) -> FleetFault:
    """Read ``loss share 0.2 homes 1-50 at 5s lasts 10s``. Raises StepError."""
    words, kept = Words(text), list[str]()
    name, first, last, at = words.take("a fault"), 1, homes, 0.0
    while words:
        if words.skip("homes"):
            first, last = _span(words.take("which homes"), homes)
        elif words.skip("at"):
            at = words.length_of_time("when")
        else:
            kept.append(words.take("a word"))
    area = " area fleet" if name == "mast_outage" else " fleet"
    event = happening(Words(f"{name}{area} {' '.join(kept)}"), {"fleet"})
    if not isinstance(event, _KNOWN):
        raise StepError(f"{name} is nothing that befalls a fleet")
    lasts = getattr(event, "lasts", None)
    return FleetFault(event, first - 1, last - 1, at, float("inf") if lasts is None else at + lasts)


def _span(text: str, homes: int) -> tuple[int, int]:
    first, _, last = text.partition("-")
    last = last or first
    if not (first.isdigit() and last.isdigit() and 1 <= int(first) <= int(last) <= homes):
        raise StepError(f"homes {text!r}: write 3 or 1-50, from 1 to {homes}")
    return int(first), int(last)


class FleetTroubles:
    """All faults of a fleet. ``now`` is seconds since it began to speak, ``place`` the home's from 0."""

    def __init__(self, faults: Sequence[FleetFault], seed: int) -> None:
        self._faults, self._seed = faults, seed
        self._noises: dict[tuple[int, bool], Noise] = {}

    def fates(self, place: int, now: float, packet: Packet, *, again: bool = False) -> list[tuple[float, Packet]]:
        """Return what becomes of a message of this home, as ``Noise.fates`` does.

        What is said ``again`` meets fates of its own: how often that happens depends on the machine, and the seed alone
        decides what becomes of the rest.
        """
        return self._noise(place, now, again=again).fates(packet)

    def lets_in(self, place: int, now: float) -> bool:
        return self._noise(place, now).lets_in()

    def _noise(self, place: int, now: float, *, again: bool = False) -> Noise:
        name = f"home {place} again" if again else f"home {place}"
        noise = self._noises.setdefault((place, again), Noise(name, self._seed))
        shares: dict[str, float] = {}
        for fault in self._faults:
            if not fault.holds(place, now):
                continue
            match fault.event:
                case say.Loss() as event:
                    shares |= {"loss": event.share} | ({"ack_loss": event.share} if event.acks else {})
                case say.Duplicates() as event:
                    shares["duplicates"] = event.share
                case say.Reorder() as event:
                    shares |= {"reorder": event.share, "hold_s": event.by}
                case say.Corrupt() as event:
                    shares["corrupt"] = event.share
        noise.shares = Shares(**shares)
        return noise

    def down_for(self, place: int, now: float) -> float:
        """Return for how many seconds more this home has no link; 0 while it has one."""
        longest = 0.0
        for fault in self._faults:
            if not fault.holds(place, now):
                continue
            if isinstance(fault.event, say.MastOutage):
                longest = max(longest, fault.until - now)
            if isinstance(fault.event, say.Flapping):
                phase = (now - fault.at) % (fault.event.up + fault.event.down)
                longest = max(longest, min(fault.event.down - phase, fault.until - now))
        return longest

    def clock(self, place: int, now: float, true: datetime) -> datetime | None:
        """Return the time that this home's devices have, None without a clock."""
        told: datetime | None = true
        for fault in self._faults:
            if not fault.holds(place, now):
                continue
            match fault.event:
                case WrongClock(ahead=None, behind=None):
                    told = None
                case WrongClock() as event:
                    told = true + timedelta(seconds=(event.ahead or 0) - (event.behind or 0))
                case say.ClockDrift() as event:
                    told = true + timedelta(seconds=(event.ahead - event.behind) * (now - fault.at) / 3600)
        return told

    def battery(self, place: int, now: float) -> float:
        """Return the charge of this home's pendant in per cent."""
        percent = _FULL
        for fault in self._faults:
            event = fault.event
            if isinstance(event, say.BatteryDecline) and fault.first <= place <= fault.last and now >= fault.at:
                begins = _FULL if event.begins is None else event.begins
                percent = begins + (event.percent - begins) * min(1.0, (now - fault.at) / event.lasts)
        return round(percent, 1)

    def deeds(self, since: float, now: float, homes: int) -> Iterator[tuple[int, str]]:
        """Yield what is done once at a time, or at a rate, between two seconds: (place, what)."""
        for fault in self._faults:
            event = fault.event
            if not isinstance(event, _DEEDS):
                continue
            if isinstance(event, say.Storm):
                begin, end = max(since, fault.at) - fault.at, min(now, fault.until) - fault.at
                times = int(end * event.rate) - int(begin * event.rate) if end > begin else 0
            elif since <= fault.at < now:
                times = event.presses if isinstance(event, say.Clone) else 1
            else:
                times = 0
            for place in range(fault.first, min(fault.last, homes - 1) + 1):
                for _ in range(times):
                    yield place, event.do
