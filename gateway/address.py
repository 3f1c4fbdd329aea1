"""Where the broker is. The URL names no secret: user and password come from the environment or a file."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from store.errors import HemvaktError

_PORTS = {"mqtt": 1883, "mqtts": 8883}


class BrokerAddressError(HemvaktError):
    """A broker is named as mqtt://host[:port] or mqtts://host[:port], without user or password."""


@dataclass(frozen=True, kw_only=True)
class BrokerAddress:
    """A broker, who we are to it, and how we know that it is the right one."""

    host: str
    port: int
    tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    #: The broker is a child of ours on this machine: there is nobody in between, and no name to verify.
    is_ours: bool = False

    def context(self) -> ssl.SSLContext | None:
        """Return TLS settings that verify the broker's certificate and name, or None without TLS."""
        if not self.tls:
            return None
        context = ssl.create_default_context(cafile=self.ca_file)
        if self.is_ours:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key)
        return context

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


def parse(url: str) -> tuple[str, int, bool]:
    """Return host, port and whether TLS is used. Raises BrokerAddressError."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise BrokerAddressError(f"The port of {parts.scheme}://{parts.hostname} is no port.") from error
    if parts.scheme not in _PORTS or not parts.hostname or parts.username or parts.password:
        # The URL itself is not quoted: it may hold the very password that does not belong there.
        raise BrokerAddressError
    return parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "mqtts"
