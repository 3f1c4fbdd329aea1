"""The few MQTT 3.1.1 packets that the gateway writes in bulk (OASIS MQTT 3.1.1, sections 3.3, 3.4 and 3.12)."""

import struct

PINGREQ = b"\xc0\x00"


def puback(mid: int) -> bytes:
    """Acknowledge the message with packet id ``mid``."""
    return struct.pack("!BBH", 0x40, 2, mid)


def publish(topic: str, payload: bytes) -> bytes:
    """Publish with QoS 0, not retained."""
    name = topic.encode()
    return b"\x30" + _length(2 + len(name) + len(payload)) + struct.pack("!H", len(name)) + name + payload


def _length(number: int) -> bytes:
    coded = bytearray()
    while True:
        number, low = divmod(number, 128)
        coded.append(low | (0x80 if number else 0))
        if not number:
            return bytes(coded)
