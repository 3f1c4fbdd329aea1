"""Which messages with QoS 1 are received and not acknowledged, so that a repeat is told from a second press.

The broker sends a message again when it did not see our acknowledgement. Folding such a repeat into the first is right
only when it *must* be a repeat: two presses of the same button have the same topic and the same payload, and packet
ids start again with the broker (nats-server 2.15.1 gives new ids after its restart, with the DUP flag set). What this
process holds and has never acknowledged must come again, once each, so exactly as many repeats are folded as are owed.
In every other case the message is taken for a new one: a double rather than a loss.
"""

from collections import Counter
from enum import Enum, auto

from gateway.packet import Packet


class Seen(Enum):
    """What is known of a message that arrived."""

    NEW = auto()
    #: The same packet on the same connection: its acknowledgement is still to come.
    IN_HAND = auto()
    #: Received on an earlier connection and never acknowledged there.
    BEFORE = auto()


class Outstanding:
    """The unacknowledged messages of the connection that lives, and what is owed again from those before it."""

    def __init__(self) -> None:
        self._here: dict[int, int] = {}
        self._owed: Counter[int] = Counter()

    def connected(self, *, session_present: bool) -> None:
        """A new connection begins. Without its session the broker owes nothing: it has forgotten."""
        if session_present:
            self._owed.update(self._here.values())
        else:
            self._owed.clear()
        self._here.clear()

    def arrived(self, packet: Packet, *, duplicate: bool) -> Seen:
        """Take in a packet; ``duplicate`` is its DUP flag."""
        content = hash((packet.topic, packet.payload))
        if duplicate and self._here.get(packet.mid) == content:
            return Seen.IN_HAND
        self._here[packet.mid] = content
        if not duplicate or not self._owed[content]:
            return Seen.NEW
        self._owed[content] -= 1
        if not self._owed[content]:
            del self._owed[content]
        return Seen.BEFORE

    def acknowledged(self, mid: int) -> None:
        self._here.pop(mid, None)
