"""What can be said to a device, and how hard Hemvakt tries for each kind. One table."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

import msgspec


class Down(StrEnum):
    """A kind of message to a device. Values are the last part of its topic (docs/asyncapi.yaml)."""

    #: How it stands with the help that was called for.
    HELP = "help"
    #: How often to report, how loud to be, in which language.
    SETTINGS = "settings"
    #: Buzz and blink, so that somebody who stands near finds it.
    FIND_ME = "find_me"
    #: Which program runs.
    FIRMWARE = "firmware"
    #: Ask the wearer whether help is needed.
    PROMPT = "prompt"
    #: Show the resident that something is expected.
    REMINDER = "reminder"


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How a kind is said.

    ``kept``: stored with the change that it tells of, newest wins, and sent by the speaker; otherwise it leaves right
    after the commit and is lost with the process. ``until_heard``: said again until the device confirms it; otherwise
    once. ``lasts``: afterwards it is not said any more. ``first_s``, ``longest_s``: the pause before it is said again,
    doubled each time; for what is said once, the pause before another attempt to reach the broker.
    """

    qos: int = 0
    kept: bool = True
    until_heard: bool = False
    lasts: timedelta
    first_s: float = 2.0
    longest_s: float = 60.0

    def pause(self, attempts: int) -> timedelta:
        """Return how long to wait after ``attempts``, from 1 on."""
        return timedelta(seconds=min(self.longest_s, self.first_s * 2.0 ** min(attempts - 1, 16)))


#: QoS 0 for what is repeated: the repeat is the assurance, and no broker heaps up old words for a device that is away.
#: QoS 0 for what is said once and soon stale: a pendant that buzzes hours later frightens. A question for the firmware
#: may come late, so the broker may keep it.
MANNERS: Final[Mapping[Down, Manner]] = {
    Down.HELP: Manner(until_heard=True, lasts=timedelta(hours=12)),
    Down.SETTINGS: Manner(until_heard=True, lasts=timedelta(days=30), first_s=10.0, longest_s=900.0),
    Down.FIND_ME: Manner(lasts=timedelta(minutes=1)),
    Down.FIRMWARE: Manner(qos=1, lasts=timedelta(hours=1), first_s=5.0),
    Down.PROMPT: Manner(kept=False, lasts=timedelta()),
    Down.REMINDER: Manner(kept=False, lasts=timedelta()),
}
