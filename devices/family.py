"""What a device family must tell, and how families are found."""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Protocol

import msgspec

from devices.observation import Kind, Reading
from store.errors import HemvaktError


class Address(msgspec.Struct, frozen=True):
    """Where a message came from: the family and the device's own address in it (its name on the wire)."""

    family: str
    name: str


class Own(msgspec.Struct, frozen=True):
    """The MQTT topics of one device: those on which it speaks, and those on which it is spoken to."""

    says: tuple[str, ...]
    hears: tuple[str, ...] = ()


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A decoded message.

    ``boot`` and ``seq`` number it where the device does so; a message with the same numbers is the same message.
    ``wants_ack`` says that the device waits for the application ack ("we have it") on its down topic.
    """

    address: Address
    readings: tuple[Reading, ...]
    boot: str = ""
    seq: int | None = None
    wants_ack: bool = False


class UnreadablePayloadError(HemvaktError):
    """The payload cannot be read."""

    def __init__(self, detail: str = "", *, numbered: Message | None = None) -> None:
        """``numbered`` is a message without readings: what can be read all the same, so that it can be acknowledged."""
        super().__init__(detail)
        self.numbered = numbered


class Family(Protocol):
    """One device family on MQTT. A module in ``devices/families`` exports one as ``FAMILY``."""

    name: str

    @property
    def filters(self) -> Sequence[str]:
        """MQTT topic filters to subscribe to."""
        ...

    def address(self, topic: str) -> Address | None:
        """Return whose topic this is, or None when the topic is not one of this family's device topics."""
        ...

    def own(self, address: Address) -> Own:
        """Return the topics of a device: a broker lets it use these and no others."""
        ...

    def decode(self, topic: str, payload: bytes) -> Message:
        """Read one message. Raises UnreadablePayloadError with a reason that quotes no measured value."""
        ...

    def ack_topic(self, address: Address) -> str | None:
        """Return the topic for the application ack, or None when the family has none."""
        ...

    def ack_payload(self, message: Message) -> bytes:
        """Return the application ack of a message with ``wants_ack``."""
        ...

    def request(self, address: Address, channel: str, said: Mapping[str, Any]) -> tuple[str, bytes] | None:
        """Return topic and payload that say something to the device; None where the family cannot.

        ``channel`` is one of ``devices.downlink.kinds.Down``; ``said`` holds what JSON can.
        """
        ...

    def highest_kind(self, topic: str) -> Kind:
        """Kind to assume for an unreadable or unknown payload: the gravest thing that this topic can say."""
        ...


class OneWay(ABC):
    """What families share whose devices hear nothing back: they wait for no application ack and ask nobody."""

    @abstractmethod
    def address(self, topic: str) -> Address | None:
        """Return whose topic this is; see ``Family``."""

    def required_address(self, topic: str) -> Address:
        """Return whose topic this is. Raises UnreadablePayloadError when it is nobody's."""
        address = self.address(topic)
        if address is None:
            raise UnreadablePayloadError("No message of this family has this topic.")
        return address

    def ack_topic(self, _address: Address) -> str | None:
        return None

    def ack_payload(self, _message: Message) -> bytes:
        return b""

    def request(self, _address: Address, _channel: str, _said: Mapping[str, Any]) -> tuple[str, bytes] | None:
        return None


@cache
def families() -> tuple[Family, ...]:
    """All families, found by importing every module of ``devices/families``; nothing else lists them."""
    package = importlib.import_module("devices.families")
    names = [module.name for module in pkgutil.iter_modules(package.__path__)]
    found: list[Family] = [importlib.import_module(f"devices.families.{name}").FAMILY for name in names]
    return tuple(sorted(found, key=lambda family: family.name))


def topic_filters(known: Iterable[Family]) -> list[str]:
    """Return every topic filter that the gateway subscribes to, without repeats."""
    return sorted({topic for family in known for topic in family.filters})


def match(known: Iterable[Family], topic: str) -> tuple[Family, Address] | None:
    """Return the family that a topic belongs to, with the address of the device in it."""
    for family in known:
        if (address := family.address(topic)) is not None:
            return family, address
    return None
