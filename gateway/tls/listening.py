"""What may listen where: beyond this machine only with encryption, unless somebody says otherwise."""

from datetime import datetime

from api.settings import LOOPBACK
from gateway.settings import Settings, with_overrides
from gateway.tls.certificates import Certificates, Made, Own, names_here
from store.errors import HemvaktError


class UnencryptedError(HemvaktError):
    """This would listen beyond this machine in plain text: use --tls, or say so (HEMVAKT_ALLOW_UNENCRYPTED=true)."""


class NoCertificateError(HemvaktError):
    """An own certificate needs both --cert and --key."""


def require_encryption(settings: Settings) -> None:
    """Raise UnencryptedError when something of ``up`` would be heard in plain text beyond this machine."""
    if settings.tls.enabled or settings.allow_unencrypted:
        return
    hosts = [settings.host, *([settings.mqtt.host] if settings.mqtt.url is None else [])]
    if wide := [host for host in hosts if host not in LOOPBACK]:
        raise UnencryptedError(f"It is {', '.join(dict.fromkeys(wide))}.")


def certificates_of(settings: Settings, now: datetime) -> Certificates | None:
    """Return the certificates to listen with, None without encryption.

    Raises NoCertificateError, BadCertificateError, BadAuthorityError.
    """
    tls = settings.tls
    if not tls.enabled:
        return None
    if tls.certificate is not None or tls.key is not None:
        if tls.certificate is None or tls.key is None:
            raise NoCertificateError
        return Own(tls.certificate, tls.key)
    made = Made(settings.data_folder / "tls", names_here(*tls.names, settings.host, settings.mqtt.host))
    made.refresh(now)
    return made


def with_public_names(settings: Settings) -> Settings:
    """Return ``settings`` with the names by which an encrypted console may be reached."""
    if not settings.tls.enabled:
        return settings
    names = names_here(*settings.tls.names, settings.host)
    return with_overrides(settings, api__public_hosts=settings.api.public_hosts | frozenset(names))
