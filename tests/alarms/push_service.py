"""A push service with a browser behind it: takes messages as RFC 8030 has it, checks who sends, and decrypts.

Decryption is written here a second time, from RFC 8291 and the browser's side, so that two readings of it must agree.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hemvakt_sim.providers import http

CURVE = ec.SECP256R1()


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """What only the browser knows, and what it gives away."""

    def __init__(self, private: ec.EllipticCurvePrivateKey | None = None, auth: bytes = b"sixteen bytes ok") -> None:
        self.private, self.auth = private or ec.generate_private_key(CURVE), auth
        self.point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self, endpoint: str) -> dict[str, Any]:
        return {"endpoint": endpoint, "keys": {"p256dh": b64(self.point), "auth": b64(self.auth)}}

    def stored(self, endpoint: str) -> str:
        return json.dumps({"endpoint": endpoint, "p256dh": b64(self.point), "auth": b64(self.auth)}, sort_keys=True)

    def decrypt(self, body: bytes) -> bytes:
        salt, length = body[:16], body[20]
        sender, cipher = body[21 : 21 + length], body[21 + length :]
        shared = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
        secret = HKDF(SHA256(), 32, self.auth, b"WebPush: info\x00" + self.point + sender).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(secret)
        plain = AESGCM(key).decrypt(nonce, cipher, None)
        assert plain.endswith(b"\x02")
        return plain[:-1]


class PushService:
    """``status`` is its answer; ``asked`` is all that came."""

    def __init__(self) -> None:
        self.status, self.asked, self.port = 201, list[http.Asked](), 0
        self.serving: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/wpush/v2/abc"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.serving[task] = writer
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                self.asked.append(await http.read(reader))
                writer.write(http.answer(self.status, b"", "text/plain"))
                await writer.drain()
        writer.close()


def sender_of(asked: http.Asked) -> dict[str, Any]:
    """Check the signature of a message; return its claims and the key ``k`` that it was made with."""
    scheme, _, rest = asked.headers["authorization"].partition(" ")
    assert scheme == "vapid"
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    signed, _, signature = fields["t"].rpartition(".")
    raw = unb64(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, unb64(fields["k"]))
    key.verify(der, signed.encode(), ec.ECDSA(SHA256()))
    header, claims = (json.loads(unb64(part)) for part in signed.split("."))
    assert header == {"typ": "JWT", "alg": "ES256"}
    return {**claims, "k": fields["k"]}


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    service = PushService()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
        for writer in service.serving.values():
            writer.close()
        await asyncio.gather(*service.serving, return_exceptions=True)
