"""Where the broker is and as whom we speak to it."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from hemvakt_sim.errors import BrokerAddressError

_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True)
class Broker:
    """An MQTT broker; ``tls`` verifies its certificate against ``ca_file`` or the system's authorities."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: Path | None = None

    @classmethod
    def at(
        cls, url: str, *, user: str | None = None, password: str | None = None, ca_file: Path | None = None
    ) -> "Broker":
        """Read ``mqtt://host[:port]`` or ``mqtts://host[:port]``.

        Raises BrokerAddressError. A password in the URL is refused: it would end in process lists and logs.
        """
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError as error:
            raise BrokerAddressError(str(error)) from None
        if parts.scheme not in _PORTS or not parts.hostname or parts.path not in {"", "/"}:
            raise BrokerAddressError("Give it as mqtt://host:port or mqtts://host:port.")
        if parts.password is not None:
            raise BrokerAddressError(
                "A password does not belong in a URL; use --password-file or HEMVAKT_SIM_PASSWORD."
            )
        return cls(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            user=user or parts.username,
            password=password,
            tls=parts.scheme == "mqtts",
            ca_file=ca_file,
        )

    def tls_context(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=self.ca_file) if self.tls else None

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


def password_in(path: Path) -> str:
    """Return the password in a file. Raises BrokerAddressError."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BrokerAddressError(f"{path}: {getattr(error, 'strerror', None) or 'not text'}") from None
