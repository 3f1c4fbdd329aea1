"""What Hemvakt says to a company that carries messages and calls, and what it hears from it, in neutral words."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Protocol

import msgspec

from alarms.phone.settings import ProviderAccount


class Progress(StrEnum):
    """How far a message or call has come, in the order in which one outranks another (invariant D4).

    Failed outranks sent, because it is newer; delivered outranks failed, because what a telephone has confirmed is so;
    what a person has answered outranks what machines say. No provider reports that: it is known by the answer itself.
    """

    TAKEN = "taken"
    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"
    REPLIED = "replied"

    @property
    def rank(self) -> int:
        return list(Progress).index(self)


class Failure(StrEnum):
    """Why a message or call did not arrive, as far as a provider says so."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    NOT_DELIVERED = "not_delivered"


class Request(msgspec.Struct, frozen=True):
    """A form to POST to the provider, below the URL of its API."""

    path: str
    form: dict[str, str]


class Callbacks(msgspec.Struct, frozen=True):
    """Where the provider is to tell how one page goes on, and which key was pressed."""

    report: str
    press: str


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sent us who says that he is the provider. ``url`` is the address as the provider knows it."""

    url: str
    form: Mapping[str, str]
    headers: Mapping[str, str]
    source: str


class Report(msgspec.Struct, frozen=True):
    """How a message or call goes on; ``progress`` is None where the provider's word means nothing to us.

    ``failure`` says why, where it failed.
    """

    reference: str
    progress: Progress | None
    failure: Failure | None = None


class Reply(msgspec.Struct, frozen=True):
    """A text message from somebody."""

    number: str
    text: str


class Press(msgspec.Struct, frozen=True):
    """Keys that were pressed in a call that we made to ``number``."""

    number: str
    digits: str


class Answer(msgspec.Struct, frozen=True):
    """What the provider is told in return."""

    body: str
    media_type: str


class Provider(Protocol):
    """One company. It describes requests and reads what comes back; it does no I/O itself."""

    name: ClassVar[str]

    def __init__(self, account: ProviderAccount) -> None: ...

    def sms(self, to: str, text: str, callbacks: Callbacks) -> Request:
        """Return the request that sends a text message."""
        ...

    def call(self, to: str, text: str, language: str, callbacks: Callbacks) -> Request:
        """Return the request that calls, says ``text`` and waits for one key."""
        ...

    def reference(self, answer: Mapping[str, object]) -> str:
        """Return the provider's own number of what it has just taken; empty when it has taken nothing."""
        ...

    def genuine(self, incoming: Incoming) -> bool:
        """Tell whether the provider sent this, as far as the provider gives any proof."""
        ...

    def report(self, form: Mapping[str, str]) -> Report:
        """Read a report of progress."""
        ...

    def reply(self, form: Mapping[str, str]) -> Reply:
        """Read a text message that somebody sent to our number."""
        ...

    def press(self, form: Mapping[str, str]) -> Press:
        """Read which keys were pressed in a call."""
        ...

    def text_back(self, text: str) -> Answer:
        """Return the answer that sends ``text`` to whom a reply came from; none where it is empty."""
        ...

    def say_back(self, text: str, language: str) -> Answer:
        """Return the answer that says ``text`` in the call and ends it."""
        ...
