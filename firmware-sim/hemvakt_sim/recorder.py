"""Writes down what a home says, while it says it."""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from hemvakt_sim.broker import Broker
from hemvakt_sim.capture import Heard, line
from hemvakt_sim.errors import RecordingError
from hemvakt_sim.link import Link, Session
from hemvakt_sim.packet import Packet
from hemvakt_sim.pseudonyms import Pseudonyms

_FIRST_SESSION_S = 15.0


def topics(homes: Sequence[str], devices: Sequence[str], base: str) -> tuple[str, ...]:
    """Return what to subscribe to. Raises RecordingError when that would be nothing or everybody."""
    if not homes and not devices:
        raise RecordingError("Say whose traffic: --home and --device, each as often as needed.")
    for name in (*homes, *devices, base):
        if not name or any(sign in name for sign in "+#\x00") or (name in devices and "/" in name):
            raise RecordingError(f"{name!r} is no name of a home or a device.")
    return (
        *(f"{base}/{home}/#" for home in homes),
        *(f"hemvakt/v1/{device}/{part}" for device in devices for part in ("up/+", "status", "down/+")),
    )


class Recorder:
    """Writes every message to ``path``, which must not exist yet; only its owner may read it."""

    def __init__(self, path: Path, pseudonyms: Pseudonyms | None) -> None:
        self.count = 0
        self._pseudonyms = pseudonyms
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise RecordingError(f"{path}: {error.strerror}") from None
        self._file: IO[bytes] = os.fdopen(handle, "wb")

    async def run(self, broker: Broker, filters: tuple[str, ...], stop: asyncio.Event) -> None:
        """Record until ``stop``. Raises BrokerUnreachableError."""
        session = Session(client_id=f"sim-recorder-{os.urandom(4).hex()}", subscriptions=filters)
        with self._file:
            async with Link(broker, session, self._heard) as link:
                await link.established(_FIRST_SESSION_S)
                await stop.wait()

    def _heard(self, topic: str, payload: bytes) -> None:
        packet = Packet(topic, payload)
        if self._pseudonyms is not None:
            packet = self._pseudonyms.of(packet)
        self._file.write(line(Heard(datetime.now(UTC), packet)))
        self._file.flush()
        self.count += 1
