"""Requests to the page: read whole within a bound, or not at all."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

#: Of a head and of a body.
LONGEST = 8192
_LONGEST_LENGTH = 4


class BadRequestError(Exception):
    """It is no request, or its body is too long."""


class Request(NamedTuple):
    """Names of headers are in lower case; of one that comes twice the values are joined, so that it fits nothing."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def is_for(self, port: int) -> bool:
        """Tell whether it was meant for this page: another site in the browser can send here, but not under our name.

        That is also so when that site lets its own name lead to this machine.
        """
        hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        host, origin = self.headers.get("host", ""), self.headers.get("origin")
        return host in hosts and origin in {None, f"http://{host}"}


async def read(reader: asyncio.StreamReader) -> Request:
    """Raises BadRequestError, IncompleteReadError, LimitOverrunError."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        known = headers.get(name.lower())
        headers[name.lower()] = value.strip() if known is None else f"{known}, {value.strip()}"
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or len(length) > _LONGEST_LENGTH or int(length) > LONGEST:
        raise BadRequestError
    return Request(method, rest.split(" ", 1)[0], headers, await reader.readexactly(int(length)))
