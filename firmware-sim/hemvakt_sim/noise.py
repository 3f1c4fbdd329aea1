"""What a bad network does to messages, drawn from a seed: the n-th message of a link always meets the same fate."""

import zlib
from dataclasses import dataclass, replace

import numpy as np

from hemvakt_sim.packet import Packet

#: Bytes that a disturbed line puts in: quotes and brackets hurt a parser more than letters.
_DIRT = b'\x00\xff{}[]",:\\9'


@dataclass(frozen=True, kw_only=True)
class Shares:
    """How much of the traffic meets what, each from 0 to 1. ``hold_s``: what is reordered waits up to so long."""

    loss: float = 0.0
    ack_loss: float = 0.0
    duplicates: float = 0.0
    reorder: float = 0.0
    hold_s: float = 2.0
    corrupt: float = 0.0


_NONE = Shares()


class Noise:
    """The noise on one link. Fates depend on ``seed``, ``name`` and the count of messages, and on nothing else."""

    def __init__(self, name: str, seed: int = 1) -> None:
        self.shares = _NONE
        self._name = name
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Begin the row of fates that belongs to ``seed``."""
        self._up = np.random.default_rng([seed, zlib.crc32(self._name.encode()), 0])
        self._down = np.random.default_rng([seed, zlib.crc32(self._name.encode()), 1])

    @property
    def silent(self) -> bool:
        return self.shares == _NONE

    def set(self, **shares: float) -> None:
        """Change some shares; the others stay."""
        self.shares = replace(self.shares, **shares)

    def fates(self, packet: Packet) -> list[tuple[float, Packet]]:
        """Return what becomes of one message: packets, each with the seconds it is held back. Empty when it is lost."""
        # Always the same count of numbers, so that one share does not move the fates under another.
        lost, twice, late, wait, dirty, where = self._up.random(6)
        if lost < self.shares.loss:
            return []
        if dirty < self.shares.corrupt:
            packet = Packet(packet.topic, _spoilt(packet.payload, where), packet.retain)
        delay = 0.05 + wait * self.shares.hold_s if late < self.shares.reorder else 0.0
        return [(delay, packet)] * (2 if twice < self.shares.duplicates else 1)

    def lets_in(self) -> bool:
        """Say whether the next message to the device arrives."""
        return not self.shares.ack_loss or self._down.random() >= self.shares.ack_loss


def _spoilt(payload: bytes, where: float) -> bytes:
    """Return other bytes: cut off, one changed, or one too many, by ``where`` (0 to 1)."""
    place, kind = int(where * max(1, len(payload))), int(where * 1_000_000)
    dirt = bytes([_DIRT[kind % len(_DIRT)]])
    match kind % 3:
        case 0:
            return payload[:place]
        case 1 if payload and payload[place : place + 1] != dirt:
            return payload[:place] + dirt + payload[place + 1 :]
        case _:
            return payload[:place] + dirt + payload[place:]
