"""One message on its way."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Packet:
    """One message as it goes out, always with QoS 1."""

    topic: str
    payload: bytes
    retain: bool = False
