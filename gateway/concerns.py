"""Findings of the gateway itself: what could not be read, who is not known, what the broker forgot.

Their sentences are in ``api/sentences.py``.
"""

from datetime import datetime
from hashlib import blake2b

from alarms.canary import flights
from devices.family import Address
from devices.observation import Kind
from gateway.reading import Read
from rules.base import AlarmClass, Finding, Scope

INTAKE, LINK = "intake", "link"
UNREADABLE, STRANGER, FAILED, SESSION_LOST = "unreadable", "unknown_device", "failed", "session_lost"

#: The wire name of the canary: see ``alarms/canary``.
CANARY = Address(flights.FAMILY, flights.ADDRESS)
#: Kinds that are a call for help by themselves. An acceleration window is not: a fall is concluded from many.
CALLS: frozenset[Kind] = frozenset({Kind.PRESS, Kind.SMOKE, Kind.GAS, Kind.CARBON_MONOXIDE})
#: Kinds of device whose every unknown word may be a call (invariant S8).
_CALLERS = frozenset({"pendant", "sos", "button", "smoke", "gas", "carbon_monoxide"})
#: A detector repeats its state by the minute; one that nobody knows is one occurrence in this many seconds.
_STATE_SPAN_S = 600


def gravity(read: Read, device_kind: str) -> AlarmClass:
    """Return the class of a message whose words are lost: the highest that its topic, or else its device, can have."""
    if read.gravest in CALLS or (read.gravest is Kind.UNKNOWN and device_kind in _CALLERS):
        return AlarmClass.LIFE_SAFETY
    return AlarmClass.TECHNICAL


def unreadable(read: Read, inbox_id: int, *, device: str, device_kind: str, code: str = UNREADABLE) -> Finding:
    """Return the finding about a message in quarantine."""
    address = read.address or Address("", read.packet.topic)
    return Finding(
        key=f"{INTAKE}:{code}:{inbox_id}",
        rule=INTAKE,
        code=code,
        alarm_class=gravity(read, device_kind),
        scope=Scope.DEVICE,
        subject=device or stranger_id(address),
        time=read.packet.received_at,
        facts={"name": _shown(address), "reason": read.problem, "inbox": inbox_id},
    )


def stranger(address: Address, kind: Kind, inbox_id: int, at: datetime) -> Finding:
    """Return the finding about a call for help from a device that is not registered."""
    subject = stranger_id(address)
    # Each press is heard; a state that repeats itself is one occurrence for a while.
    mark = inbox_id if kind is Kind.PRESS else f"t{int(at.timestamp()) // _STATE_SPAN_S}"
    return Finding(
        key=f"{INTAKE}:{STRANGER}:{subject}:{kind}:{mark}",
        rule=INTAKE,
        code=STRANGER,
        alarm_class=AlarmClass.LIFE_SAFETY,
        scope=Scope.DEVICE,
        subject=subject,
        time=at,
        facts={"name": _shown(address), "kind": kind.value},
    )


def session_lost(broker: str, at: datetime) -> Finding:
    """Return the finding about a broker that forgot the gateway's session, and with it perhaps messages (I10)."""
    return Finding(
        key=f"{LINK}:{SESSION_LOST}:{at.isoformat()}",
        rule=LINK,
        code=SESSION_LOST,
        alarm_class=AlarmClass.TECHNICAL,
        scope=Scope.DEVICE,
        subject="broker",
        time=at,
        facts={"broker": broker},
    )


def stranger_id(address: Address) -> str:
    """Return an id for a device that has none, within the 64 characters of a device id."""
    name = f"{address.family}:{address.name}"
    if len(name) <= 64:
        return name
    return f"{name[:47]}~{blake2b(name.encode('utf-8', 'replace'), digest_size=8).hexdigest()}"


def _shown(address: Address) -> str:
    return address.name[:80]
