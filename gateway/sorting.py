"""What is new among the numbered messages of a batch, and what was stored before."""

from collections.abc import Sequence

from sqlalchemy import Connection

from gateway import journal
from gateway.reading import Read, Reader
from gateway.sameness import is_same, kept, key_beside


class Numbered:
    """Knows what is stored under the numbers of a batch, and what the batch adds to it."""

    def __init__(self, connection: Connection, reader: Reader, keys: Sequence[bytes]) -> None:
        self._connection, self._reader = connection, reader
        self._stored = journal.known(connection, keys)

    def place(self, read: Read, key: bytes) -> bytes | None:
        """Return the key under which to file a message, None when it is stored already.

        ``key`` is that of its number. Where another message has that, it gets a key of its own beside it.
        """
        before = self._stored.get(key)
        if before is not None:
            if is_same(read, before, self._reader):
                return None
            key = key_beside(key, read.packet)
            if key not in self._stored:
                self._stored |= journal.known(self._connection, [key])
            if key in self._stored:
                return None
        self._stored[key] = kept(read.packet)
        return key
