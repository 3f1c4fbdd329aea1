"""One text message or call that a simulated provider took, and what became of it."""

from dataclasses import dataclass, field


@dataclass
class Message:
    """``kind`` is sms or call. ``heard`` is what the gateway answered to keys and replies."""

    kind: str
    number: str
    sender: str
    reference: str
    #: What the telephone shows, or what the call says.
    text: str
    report_url: str
    press_url: str = ""
    #: HTTP statuses that the gateway answered receipts with.
    receipts: list[int] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
