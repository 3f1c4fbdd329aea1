"""As much of HTTP/1.1 as a simulated provider needs: read one form, answer, hang up when told to."""

import asyncio
from dataclasses import dataclass
from urllib.parse import parse_qsl

_LONGEST = 256 * 1024


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))


async def read(reader: asyncio.StreamReader) -> Asked:
    """Return the next request. Raises IncompleteReadError when the client has gone, ValueError for what is no HTTP."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    length = int(headers.get("content-length", 0))
    if length > _LONGEST:
        raise ValueError("too long")
    return Asked(method, path, headers, await reader.readexactly(length))


def answer(status: int, body: bytes, media_type: str = "application/json") -> bytes:
    """Return an answer as it goes over the wire."""
    head = f"HTTP/1.1 {status} -\r\ncontent-type: {media_type}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body
