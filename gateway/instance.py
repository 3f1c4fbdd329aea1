"""One Hemvakt per data folder, and a name that outlives its restarts."""

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.broker.passwords import private_folder, write_private
from store.errors import HemvaktError


class FolderInUseError(HemvaktError):
    """Another Hemvakt runs on this data folder."""


@contextmanager
def hold(folder: Path) -> Iterator[str]:
    """Hold the folder for as long as the process lives; yield the name under which it takes leases.

    The kernel lets go of the lock when the process dies, however it dies. So who holds it knows that a lease under the
    same name is its own, from an earlier life, and need not wait for it to expire. Raises FolderInUseError.
    """
    private_folder(folder)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderInUseError(str(folder)) from error
        name = folder / "instance"
        if not name.exists():
            write_private(name, secrets.token_hex(16))
        yield name.read_text("utf-8").strip()
