"""Identities of devices as Mosquitto reads them: a password file and an ACL file (mosquitto.conf(5))."""

from collections.abc import Iterable, Sequence

from devices.identity import Identity
from gateway.broker import own


def passwords(identities: Iterable[Identity]) -> str:
    """Return a password file, without the gateway's own line."""
    return "".join(f"{one.user}:{one.mosquitto_hash}\n" for one in identities)


def acl(identities: Iterable[Identity], gateway_user: str, reads: Sequence[str]) -> str:
    """Return an ACL file: each device its own topics, the gateway what devices say and what they are told."""
    parts = [_rules(gateway_user, writes=own.SAYS, reads=(*reads, *own.HEARS))]
    parts += [_rules(one.user, writes=one.says, reads=one.hears) for one in identities]
    return "\n".join(parts)


def _rules(user: str, *, writes: Iterable[str], reads: Iterable[str]) -> str:
    lines = [f"user {user}"]
    lines += [f"topic write {topic}" for topic in writes]
    lines += [f"topic read {topic}" for topic in reads]
    return "\n".join(lines) + "\n"
