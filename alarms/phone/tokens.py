"""What proves that a callback belongs to a message of ours, and that a reply comes from who got the message.

Both are computed from one secret, so every process knows them and nothing has to be stored.
"""

import hashlib
import hmac

from alarms.phone.provider import Callbacks

#: Below the address of the console; the API answers there.
PREFIX = "/callbacks"


def token(secret: str, purpose: str, key: str) -> str:
    """Return 128 bits that only who knows ``secret`` can tell, for one purpose and one message."""
    return _digest(secret, f"{purpose}:{key}").hex()[:32]


def matches(secret: str, purpose: str, key: str, given: str) -> bool:
    """Tell whether ``given`` is the token. Nothing matches where there is no secret."""
    return bool(secret) and hmac.compare_digest(token(secret, purpose, key).encode(), given.encode("utf-8", "replace"))


def code(secret: str, alarm_id: int, number: str) -> str:
    """Return the four digits that ``number`` replies with to accept an alarm.

    The sender of a text message can be forged; what was sent to the true number is not known to the forger.
    """
    return f"{int.from_bytes(_digest(secret, f'code:{alarm_id}:{number}')[:8]) % 10_000:04}"


def callbacks(secret: str, base_url: str, provider: str, key: str) -> Callbacks:
    """Return where a provider is to tell about the page with this idempotency key."""
    here = f"{base_url.rstrip('/')}{PREFIX}/{provider}"
    return Callbacks(
        report=f"{here}/report/{key}/{token(secret, 'report', key)}",
        press=f"{here}/press/{key}/{token(secret, 'press', key)}",
    )


def reply_url(secret: str, base_url: str, provider: str) -> str:
    """Return where a provider is to send what people write to our number."""
    return f"{base_url.rstrip('/')}{PREFIX}/{provider}/reply/{token(secret, 'reply', provider)}"


def _digest(secret: str, text: str) -> bytes:
    return hmac.digest(secret.encode(), text.encode("utf-8", "replace"), hashlib.sha256)
