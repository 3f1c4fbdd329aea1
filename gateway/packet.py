"""One MQTT message as the network thread hands it over."""

from datetime import UTC, datetime

import msgspec

_UNSTAMPED = datetime(1970, 1, 1, tzinfo=UTC)


class Packet(msgspec.Struct, kw_only=True, gc=False):
    """A message, with all that is needed to acknowledge it later.

    ``generation`` numbers the connection that it came on: an acknowledgement is never sent on another one, where the
    same packet id may mean another message (emqx#16296). ``repeat`` says that the broker sent it before, and that this
    process has that one but could not acknowledge it.
    """

    topic: str
    payload: bytes
    received_at: datetime = _UNSTAMPED
    generation: int = 0
    mid: int = 0
    qos: int = 1
    retain: bool = False
    repeat: bool = False
