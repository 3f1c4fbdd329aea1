"""A browser that wants pages: where its push service is, and the keys that only it can read with."""

import json
from typing import Final, Self
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from alarms.webpush.vapid import unb64
from store.errors import HemvaktError

_LONGEST: Final = 1000


class BadSubscriptionError(HemvaktError):
    """This is no subscription to a push service that pages may go to."""

    status = 422


class Subscription(msgspec.Struct, frozen=True):
    """What PushManager.subscribe() gave (https://www.w3.org/TR/push-api/), as it is stored: one line of JSON."""

    endpoint: str
    p256dh: str
    auth: str

    @classmethod
    def read(cls, stored: str) -> Self:
        """Read what ``written`` wrote. Raises BadSubscriptionError."""
        try:
            return msgspec.json.decode(stored, type=cls)
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            raise BadSubscriptionError from error

    def written(self) -> str:
        return json.dumps({"endpoint": self.endpoint, "p256dh": self.p256dh, "auth": self.auth}, sort_keys=True)

    def key(self) -> ec.EllipticCurvePublicKey:
        """Return the browser's key. Raises BadSubscriptionError."""
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(self.p256dh))
        except ValueError as error:
            raise BadSubscriptionError from error

    def secret(self) -> bytes:
        """Return the authentication secret, 16 bytes. Raises BadSubscriptionError."""
        try:
            found = unb64(self.auth)
        except ValueError as error:
            raise BadSubscriptionError from error
        if len(found) != 16:
            raise BadSubscriptionError
        return found

    def require_usable(self, services: tuple[str, ...]) -> None:
        """Raise BadSubscriptionError unless keys and address can be used.

        The address comes from a browser, and we will call it: only push services by name, by TLS, on their own port.
        """
        self.key()
        self.secret()
        try:
            parts = urlsplit(self.endpoint)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise BadSubscriptionError from error
        loopback = host == "127.0.0.1"
        known = any(host == one or host.endswith(f".{one}") for one in services)
        proper = parts.scheme == "https" and port in {None, 443} and not parts.username
        if len(self.endpoint) > _LONGEST or not known or not (proper or loopback):
            raise BadSubscriptionError
