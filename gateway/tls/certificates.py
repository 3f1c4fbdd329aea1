"""The certificate with which this installation listens: one's own, or one that is made and renewed here."""

import fcntl
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import structlog
from cryptography import x509

from gateway.broker.passwords import private_folder, write_private
from gateway.tls.authority import Authority, fingerprint, names_of
from store.errors import HemvaktError

log = structlog.get_logger(__name__)

#: A server's certificate is renewed this long before its end; whoever did not start in this time is warned.
RENEW_BEFORE: Final = timedelta(days=30)
_WARN_BEFORE: Final = timedelta(days=180)


class BadCertificateError(HemvaktError):
    """The certificate and its key cannot be used: both must be PEM files that belong together."""


class Certificates(Protocol):
    """Where the files are that a listener reads. ``ca_file`` is what others must know to believe it, if anything."""

    certificate: Path
    key: Path
    ca_file: Path | None

    def refresh(self, now: datetime) -> bool:
        """Look after them; tell whether they are others than before, so that listeners must read them again."""
        ...


class Own:
    """Certificate and key that somebody else looks after, such as an ACME client."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raise BadCertificateError when they cannot be used."""
        self.certificate, self.key = certificate.absolute(), key.absolute()
        self.ca_file: Path | None = None
        self._require_pair()
        self._seen = self._marks()

    def refresh(self, now: datetime) -> bool:  # noqa: ARG002 - whoever renews them knows the time
        try:
            marks = self._marks()
            if marks == self._seen:
                return False
            # Half of a renewal is no renewal: what is in use goes on until both files fit again.
            self._require_pair()
        except (OSError, BadCertificateError) as error:
            log.warning("certificate_not_usable", problem=type(error).__name__)
            return False
        self._seen = marks
        return True

    def _require_pair(self) -> None:
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            raise BadCertificateError(f"{self.certificate}, {self.key}: {error.strerror or error}") from error

    def _marks(self) -> tuple[tuple[int, int], ...]:
        stats = [path.stat() for path in (self.certificate, self.key)]
        return tuple((stat.st_mtime_ns, stat.st_ino) for stat in stats)


class Made:
    """An authority of this installation in ``folder``, and a server's certificate by it for ``names``."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self._folder, self._names = private_folder(folder).absolute(), tuple(dict.fromkeys(names))
        self.certificate, self.key = self._folder / "server.pem", self._folder / "server.key"
        self.ca_file: Path | None = self._folder / "ca.pem"
        self.fingerprint = ""

    def refresh(self, now: datetime) -> bool:
        """Make what is missing or near its end. Raises BadAuthorityError."""
        with _alone(self._folder / ".lock"):
            authority, is_new = self._authority(now)
            self.fingerprint = fingerprint(authority.certificate)
            if not is_new and self._holds(authority, now):
                return False
            certificate, key = authority.sign_server(self._names, now)
            # The key first: a reader in between finds two that do not fit, and keeps what it has.
            write_private(self.key, key)
            write_private(self.certificate, certificate)
            log.info("certificate_made", names=list(self._names))
            return True

    def _authority(self, now: datetime) -> tuple[Authority, bool]:
        path, key = self._folder / "ca.pem", self._folder / "ca.key"
        if path.exists() or key.exists():
            try:
                found = Authority.read(path.read_bytes(), key.read_bytes())
            except FileNotFoundError:
                # One of the two was lost, or never written: nobody can have used the other.
                found = Authority.new(now)
                self._write(found, path, key)
                return found, True
            if found.certificate.not_valid_after_utc - now < _WARN_BEFORE:
                log.warning("authority_ends", at=found.certificate.not_valid_after_utc.isoformat())
            if found.certificate.not_valid_after_utc > now:
                return found, False
        made = Authority.new(now)
        self._write(made, path, key)
        return made, True

    @staticmethod
    def _write(authority: Authority, path: Path, key: Path) -> None:
        certificate, its_key = authority.pem()
        write_private(key, its_key)
        write_private(path, certificate)
        # It is handed to every device; the folder around it is closed all the same.
        path.chmod(0o644)

    def _holds(self, authority: Authority, now: datetime) -> bool:
        try:
            found = x509.load_pem_x509_certificate(self.certificate.read_bytes())
            found.verify_directly_issued_by(authority.certificate)
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(self.certificate, self.key)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, a new one is right
            log.info("certificate_replaced", problem=type(error).__name__)
            return False
        left = found.not_valid_after_utc - now
        is_last = found.not_valid_after_utc >= authority.certificate.not_valid_after_utc
        return names_of(found) >= set(self._names) and (left > RENEW_BEFORE or (is_last and left > timedelta()))


def names_here(*hosts: str) -> list[str]:
    """Return by which names a server on this machine is reached: those given, its host name, and loopback."""
    known = [host for host in hosts if host and host not in {"0.0.0.0", "::", "localhost"}]  # noqa: S104 - compared
    mine = [name for name in (socket.gethostname(), socket.getfqdn()) if _is_name(name)]
    return [*dict.fromkeys([*known, *mine, "localhost", "127.0.0.1", "::1"])]


def _is_name(name: str) -> bool:
    return bool(name) and name.isascii() and all(part.strip("-") for part in name.split(".")) and "_" not in name


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time make certificates."""
    with path.open("w") as file:
        path.chmod(0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
