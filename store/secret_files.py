"""Secrets that lie in files, as container platforms mount them."""

from pathlib import Path

from pydantic import SecretStr

from store.errors import HemvaktError


class SecretFileError(HemvaktError):
    """A file that should hold a secret cannot be read."""


def read_secret(path: Path) -> str:
    """Return what ``path`` holds, without the newline at its end. Raises SecretFileError."""
    try:
        return path.read_text("utf-8").rstrip("\n")
    except OSError as error:
        raise SecretFileError(f"{path}: {error.strerror}") from error


def secret_of(value: SecretStr | None, path: Path | None) -> str:
    """Return a secret that is given, or lies in a file; empty where it is neither. Raises SecretFileError."""
    if value is not None:
        return value.get_secret_value()
    return "" if path is None else read_secret(path)
