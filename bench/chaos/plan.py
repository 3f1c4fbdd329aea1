"""What goes wrong when: a list of faults that follows from the seed alone."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Something that goes wrong."""

    KILL = "kill -9"
    PROVIDER = "provider"
    CLOCK = "clock"
    NETWORK = "network"


@dataclass(frozen=True)
class Event:
    """``what`` happens to ``target``, ``at_s`` seconds after the start, and is over after ``for_s`` seconds.

    ``how`` is the mood of a provider, the seconds by which a clock jumps, or what is wrong with a network.
    """

    at_s: float
    what: Fault
    target: str
    for_s: float
    how: str = ""


MOODS = ("error", "hang", "vanish", "slow", "refuse")
CUTS = ("cut", "stall")
#: Seconds. Two are a clock that is disciplined, the others one that was set.
JUMPS = (2.0, 30.0, 90.0, 3600.0)


def plan(seed: int, seconds: float, processes: Sequence[str], networks: Sequence[str], gap_s: float) -> list[Event]:
    """Return faults for ``seconds``, one every ``gap_s`` or so, none later than the last tenth of the time.

    Faults are dealt from a shuffled deck, so that each kind and each process has its turn before any has a second one.
    A clock that has jumped jumps back some cards later, so that after a long run it is where it was, more or less.
    """
    dice = random.Random(seed)
    events: list[Event] = []
    at = gap_s
    for draw in _cards(dice, processes, networks):
        if at > seconds * 0.9:
            return events
        what, target, how = draw
        longest = {Fault.KILL: 6.0, Fault.PROVIDER: 15.0, Fault.NETWORK: 12.0, Fault.CLOCK: 0.0}[what]
        events.append(Event(round(at, 1), what, target, round(dice.uniform(0, longest), 1), how))
        at += dice.uniform(0.3, 1.7) * gap_s
    raise AssertionError("the deck never ends")


def _cards(dice: random.Random, processes: Sequence[str], networks: Sequence[str]) -> Iterator[tuple[Fault, str, str]]:
    forward = True
    while True:
        sign = 1 if forward else -1
        forward = not forward
        deck = [(Fault.KILL, process, "") for process in processes]
        deck += [(Fault.PROVIDER, channel, dice.choice(MOODS)) for channel in ("webhook", "email")]
        deck.append((Fault.NETWORK, dice.choice(networks), dice.choice(CUTS)))
        deck.append((Fault.CLOCK, "clock", f"{sign * dice.choice(JUMPS):+g}"))
        dice.shuffle(deck)
        yield from deck
