"""How devices number their messages, and what is odd about it.

The intake knows the last start of each device and its highest number. Most messages follow on it, and nothing is said
of them. Of the others the journal gets one observation each, for the rule ``cloned`` to judge.
"""

from typing import Final

import msgspec
from sqlalchemy import Connection, select

from devices.family import Message
from devices.observation import Kind, NumberingSign, Reading
from store.tables import presence

#: A device that sends presses first leaves some numbers behind; nobody leaves as many within minutes.
FAR: Final = 1000


class Last(msgspec.Struct):
    """The start of a device that was heard last, and its highest number."""

    boot: str
    seq: int


class Numbering:
    """What is known of the devices that number their messages, as of the end of the journal."""

    def __init__(self, known: dict[str, Last]) -> None:
        self._known = known

    def new(self, device: str, message: Message, *, beside: bool) -> NumberingSign | None:
        """Take in a message that was not heard before; say what is odd about its number.

        ``beside``: another message has the same number.
        """
        if message.seq is None or not _by_itself(message):
            return None
        last, boot = self._known.get(device), _storable(message.boot)
        if last is None or last.boot != boot:
            self._known[device] = Last(boot, message.seq)
            return NumberingSign.SAME_NUMBER if beside else NumberingSign.START
        behind = message.seq < last.seq - FAR
        last.seq = max(last.seq, message.seq)
        if beside:
            return NumberingSign.SAME_NUMBER
        return NumberingSign.FAR_BEHIND if behind else None

    def repeated(self, device: str, message: Message) -> NumberingSign | None:
        """Say whether it is odd that this message comes again: the device has long gone on."""
        last = self._known.get(device)
        if last is None or message.seq is None or not _by_itself(message):
            return None
        gone_on = last.boot != _storable(message.boot) or message.seq < last.seq - FAR
        return NumberingSign.OLD_AGAIN if gone_on else None

    def last(self, device: str) -> Last | None:
        return self._known.get(device)


def _by_itself(message: Message) -> bool:
    """Say whether the device itself numbers its messages, as one does that waits for our word about each.

    What a network server numbers (``devices/lorawan.py``) begins anew with every message.
    """
    return message.wants_ack


def _storable(boot: str) -> str:
    # PostgreSQL stores no NUL in a text.
    return boot.replace("\0", "\ufffd")


def remark(message: Message, sign: NumberingSign) -> Reading:
    """Return what the journal is to say of a message; its time is that of the message, if it has one."""
    time = next((one.time for one in message.readings if one.time is not None), None)
    said = f"{sign.value} {message.boot}"
    value = None if message.seq is None else float(message.seq)
    return Reading(kind=Kind.NUMBERING, value=value, unit="1" if time is None else "s", text=said, time=time)


def load(connection: Connection) -> Numbering:
    """Read what the transactions so far have written."""
    query = select(presence.c.device_id, presence.c.boot, presence.c.seq).where(presence.c.boot.is_not(None))
    return Numbering({row.device_id: Last(row.boot, row.seq) for row in connection.execute(query)})
