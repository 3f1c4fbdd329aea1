"""What comes down to the hub and its devices: each channel has one handler, and what nobody knows is passed over."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import msgspec
import structlog

log = structlog.get_logger(__name__)

_TOPIC = re.compile(r"hemvakt/v1/([A-Za-z0-9_-]{1,64})/down/([a-z_]{1,32})")
#: Nothing that the gateway says is longer.
_LARGEST = 16_384
_HIGHEST_SEQ = 2**53 - 1

#: Called with the device that is spoken to, and the payload. Raises msgspec.DecodeError for one that cannot be read.
Handler = Callable[[str, bytes], object]
T = TypeVar("T")


class _Ack(msgspec.Struct):
    boot: str
    seq: list[int]


class Down:
    """Hands each message to the handler of its channel."""

    def __init__(self, names: Iterable[str], handlers: Mapping[str, Handler]) -> None:
        """``names`` are those of the hub and its devices; what is said to others is not for this hub."""
        self._names, self._handlers = frozenset(names), dict(handlers)

    def heard(self, topic: str, payload: bytes) -> None:
        """Take in a message. It never fails: whatever a broker hands out must not stop the hub."""
        found = _TOPIC.fullmatch(topic)
        handler = None if found is None else self._handlers.get(found[2])
        if found is None or handler is None or found[1] not in self._names or len(payload) > _LARGEST:
            return
        try:
            handler(found[1], payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            log.warning("what the gateway said cannot be read", device=found[1], channel=found[2])


def read(payload: bytes, form: type[T]) -> T:
    """Return the payload as ``form``. Raises msgspec.DecodeError, UnicodeDecodeError."""
    return msgspec.json.decode(payload, type=form)


def acks(acknowledged: Callable[[str, str, list[int]], object]) -> Handler:
    """Return the handler of ``down/ack``, which calls with device, boot and the numbers that can be numbers."""

    def handle(device: str, payload: bytes) -> None:
        ack = read(payload, _Ack)
        acknowledged(device, ack.boot, [seq for seq in ack.seq if 1 <= seq <= _HIGHEST_SEQ])

    return handle
