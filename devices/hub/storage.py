"""The hub's one file: opened so that what was committed survives a power cut."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from store.errors import HemvaktError

_FULL = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
  id INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, channel TEXT NOT NULL, boot TEXT NOT NULL,
  seq INTEGER NOT NULL, urgent INTEGER NOT NULL, put_at TEXT NOT NULL, payload BLOB NOT NULL,
  UNIQUE (device, boot, seq)) STRICT;
CREATE INDEX IF NOT EXISTS message_lane ON message (urgent, id);
CREATE TABLE IF NOT EXISTS seen (
  id INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, mark BLOB NOT NULL, UNIQUE (device, mark)) STRICT;
CREATE TABLE IF NOT EXISTS known (
  device TEXT NOT NULL, what TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (device, what)) STRICT;
CREATE TABLE IF NOT EXISTS rejected (
  id INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, source TEXT NOT NULL, frame BLOB NOT NULL,
  reason TEXT NOT NULL, at TEXT NOT NULL, UNIQUE (device, source, frame)) STRICT;
"""


class StorageFailedError(HemvaktError):
    """The hub cannot write to its storage: the disk is full, or the card is worn out."""


class NotDurableError(HemvaktError):
    """The storage does not flush what it writes."""


class StorageInUseError(HemvaktError):
    """Another hub uses this folder."""


class Storage:
    """SQLite in WAL mode with full flushes, written from the event loop.

    A hub writes a few rows a minute, and a row must be on disk before its device may forget it; so a commit blocks, on
    purpose. The file holds health data: it is for its owner only, and deleted rows are overwritten.
    """

    def __init__(self, folder: Path) -> None:
        """Open or create ``hub.db``. Raises StorageFailedError, StorageInUseError, NotDurableError."""
        self._depth = 0
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = folder / "hub.db"
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=1.0)
            self._prepare()
        except sqlite3.OperationalError as error:
            failure = StorageInUseError if "locked" in str(error) else StorageFailedError
            raise failure(f"It is {folder}: {error}.") from error
        except (OSError, sqlite3.Error) as error:
            raise StorageFailedError(f"It is {folder}: {error}.") from error

    def _prepare(self) -> None:
        run = self._connection.execute
        # Exclusive: two hubs on one file would send each other's messages twice. It is taken at the first write.
        run("PRAGMA locking_mode = EXCLUSIVE")
        mode = run("PRAGMA journal_mode = WAL").fetchone()[0]
        run("PRAGMA synchronous = FULL")
        run("PRAGMA secure_delete = ON")
        if mode != "wal" or run("PRAGMA synchronous").fetchone()[0] != _FULL:
            raise NotDurableError(f"Its journal is {mode}.")
        run("BEGIN IMMEDIATE")
        for statement in _SCHEMA.split(";\n"):
            run(statement)
        run("COMMIT")

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all or nothing; one inside another belongs to the outer. Raises StorageFailedError."""
        if self._depth:
            yield
            return
        self._depth = 1
        try:
            self.run("BEGIN IMMEDIATE")
            yield
            self.run("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0

    def run(self, statement: str, *values: Any) -> sqlite3.Cursor:
        """Execute one statement. Raises StorageFailedError."""
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise StorageFailedError(f"{error}.") from error

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """Return what can be read: nothing while the disk fails, so that what is in memory is sent all the same."""
        try:
            return self.run(statement, *values).fetchall()
        except (StorageFailedError, sqlite3.Error):
            return []
