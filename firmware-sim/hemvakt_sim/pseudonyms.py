"""Other names for a recording that leaves the house: device-1 for a pendant, home-1 for a home, and so on."""

import re
from typing import Any

import msgspec

from hemvakt_sim.packet import Packet

#: Keys whose values name a thing, a place or a person.
_NAMES = re.compile(r"(^id$|_id$|mac|eui|addr|ssid|^ip|latitude|longitude|serial|user|name|key)", re.IGNORECASE)
_OWN = re.compile(r"hemvakt/v1/([^/]+)/(.+)")


class Pseudonyms:
    """Gives each name the same other name throughout a recording. Rooms and measured values stay as they are.

    A payload that cannot be read as JSON becomes empty, since nobody can know what it says.
    """

    def __init__(self, base: str = "zigbee2mqtt") -> None:
        self._base = base
        self._given: dict[str, str] = {}

    def of(self, packet: Packet) -> Packet:
        own = _OWN.fullmatch(packet.topic)
        if own is not None:
            real, rest = own.groups()
            other = self._other(real, "device")
            topic = f"hemvakt/v1/{other}/{rest}"
        else:
            real, _, rest = packet.topic.removeprefix(f"{self._base}/").partition("/")
            other = self._other(real, "home")
            topic = f"{self._base}/{other}/{rest}" if rest else f"{self._base}/{other}"
        return Packet(topic, self._payload(packet.payload), packet.retain)

    def _other(self, real: str, kind: str) -> str:
        if real not in self._given:
            number = 1 + sum(other.startswith(f"{kind}-") for other in self._given.values())
            self._given[real] = f"{kind}-{number}"
        return self._given[real]

    def _payload(self, payload: bytes) -> bytes:
        if payload in {b"online", b"offline"}:
            return payload
        try:
            said = msgspec.json.decode(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return b""
        return msgspec.json.encode(self._clean(said))

    def _clean(self, said: Any, key: str = "") -> Any:
        if isinstance(said, dict):
            return {name: self._clean(value, name) for name, value in said.items()}
        if isinstance(said, list):
            return [self._clean(one, key) for one in said]
        if isinstance(said, str):
            if _NAMES.search(key):
                return "hidden"
            # The longest first: pendant-1 begins pendant-12 too.
            for real, other in sorted(self._given.items(), key=lambda pair: -len(pair[0])):
                said = said.replace(real, other)
        return said
