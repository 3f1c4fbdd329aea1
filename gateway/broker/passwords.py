"""Random passwords in files that only their owner can read. There is no default password."""

import os
import secrets
from pathlib import Path
from typing import BinaryIO


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner can enter."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that never was readable by anybody else, all of it or nothing."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def open_private(path: Path) -> BinaryIO:
    """Open a file to write it anew; one that was not there can be read by its owner only, from the first byte on."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def password(path: Path) -> str:
    """Return the password in ``path``; a new one is made, 192 bits of it, when there is none."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(24) + "\n")
    path.chmod(0o600)
    return path.read_text("utf-8").strip()
