"""What a channel must do, and how channels are found."""

import importlib
import pkgutil
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import ClassVar, Protocol

import msgspec

from alarms.settings import DeskSettings


class Result(StrEnum):
    """What is known of one attempt. Only the first means that the provider has it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    #: It may have been sent or not: it is sent again with the same key.
    UNKNOWN = "unknown"
    #: The address exists no more, by the provider's word: it is used no more.
    GONE = "gone"


class Receipt(msgspec.Struct, frozen=True):
    """What a provider answered. ``detail`` names no person and no address; ``reference`` is the provider's own."""

    result: Result
    detail: str = ""
    reference: str = ""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one person on one channel: all that a channel may know. It has no name and no health data."""

    id: int
    alarm_id: int
    alarm_class: str
    area: str
    reason: str
    channel: str
    address: str
    language: str
    attempt: int
    #: When this attempt began.
    at: datetime
    #: The same for every attempt, so that a provider that knows it tells a person once.
    idempotency_key: str
    link: str
    #: What the owner of the address types in to prove that it is theirs; on pages with the reason ``verify`` only.
    code: str = ""


class Channel(Protocol):
    """A way to reach people. A module in ``alarms/channels`` exports its class as ``CHANNEL``."""

    name: ClassVar[str]
    #: True where a page is told by being stored: nobody has to send it.
    stored: ClassVar[bool]
    #: True for a channel that is good beside others and never counts as one that a person can be relied on to hear.
    secondary: ClassVar[bool]
    #: True for a channel that makes a telephone ring: news that asks for nothing does not go by it.
    rings: ClassVar[bool]

    def __init__(self, settings: DeskSettings) -> None: ...

    @classmethod
    def configured(cls, settings: DeskSettings) -> bool:
        """Tell whether the settings hold what this channel needs; contacts on one that is not set up reach nobody."""
        ...

    async def send(self, page: Page) -> Receipt:
        """Hand one page to the provider. Whatever it raises counts as an unknown outcome."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


@cache
def kinds() -> tuple[type[Channel], ...]:
    """All channels, found by importing every module of ``alarms/channels``; nothing else lists them."""
    package = importlib.import_module("alarms.channels")
    modules = (
        importlib.import_module(f"alarms.channels.{module.name}") for module in pkgutil.iter_modules(package.__path__)
    )
    found: list[type[Channel]] = [module.CHANNEL for module in modules]
    return tuple(sorted(found, key=lambda kind: kind.name))


def usable(settings: DeskSettings) -> frozenset[str]:
    """Return the names of the channels that can reach somebody with these settings."""
    return frozenset(kind.name for kind in kinds() if kind.configured(settings))


@cache
def stored() -> frozenset[str]:
    """Return the names of the channels on which a page is told by being stored."""
    return frozenset(kind.name for kind in kinds() if kind.stored)


@cache
def ringing() -> frozenset[str]:
    """Return the names of the channels that make a telephone ring."""
    return frozenset(kind.name for kind in kinds() if kind.rings)


@cache
def reliable() -> frozenset[str]:
    """Return the names of the channels that reach a person who looks at nothing: neither stored nor secondary."""
    return frozenset(kind.name for kind in kinds() if not (kind.stored or kind.secondary))
