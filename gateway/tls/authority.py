"""A certificate authority for one installation, and the certificates that it signs (RFC 5280, profile of RFC 8446).

It lives for five years, since every device has to be handed its certificate; what it signs for servers lives for 90
days, since a machine renews that by itself.
"""

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from store.errors import HemvaktError

AUTHORITY_LIFE: Final = timedelta(days=5 * 365)
SERVER_LIFE: Final = timedelta(days=90)
#: Devices whose clock runs behind must believe it too.
_BACKDATED: Final = timedelta(days=1)
#: X.509 bounds a common name (RFC 5280, appendix A.1, ub-common-name).
_LONGEST_NAME: Final = 64


class BadAuthorityError(HemvaktError):
    """The certificate authority of this installation cannot be read; restore it, or remove it to begin anew."""


class Authority:
    """A certificate that signs others, and its key."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate, self._key = certificate, key

    @classmethod
    def new(cls, now: datetime) -> "Authority":
        """Make one that nobody knows yet."""
        key = ec.generate_private_key(ec.SECP256R1())
        serial = x509.random_serial_number()
        # A name of its own, so that two installations are not taken for one another.
        name = _name(f"Hemvakt {serial % 2**32:08x}")
        made = (
            _builder(name, name, key, now, now + AUTHORITY_LIFE, serial)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .sign(key, SHA256())
        )
        return cls(made, key)

    @classmethod
    def read(cls, certificate: bytes, key: bytes) -> "Authority":
        """Read one from PEM. Raises BadAuthorityError."""
        try:
            found, its_key = x509.load_pem_x509_certificate(certificate), load_pem_private_key(key, None)
        except (ValueError, TypeError) as error:
            raise BadAuthorityError from error
        if not isinstance(its_key, ec.EllipticCurvePrivateKey) or its_key.public_key() != found.public_key():
            raise BadAuthorityError
        return cls(found, its_key)

    def pem(self) -> tuple[str, str]:
        """Return certificate and key."""
        return _pem(self.certificate), _key_pem(self._key)

    def sign_server(self, names: Iterable[str], now: datetime) -> tuple[str, str]:
        """Return certificate and key of a server that is reached by ``names``, host names and addresses of IP."""
        key = ec.generate_private_key(ec.SECP256R1())
        wanted = list(names)
        end = min(now + SERVER_LIFE, self.certificate.not_valid_after_utc)
        made = (
            _builder(_name(wanted[0]), self.certificate.subject, key, now, end, x509.random_serial_number())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([_general(name) for name in wanted]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, SHA256())
        )
        return _pem(made), _key_pem(key)


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate as ``openssl x509 -fingerprint -sha256`` writes it."""
    return certificate.fingerprint(SHA256()).hex(":").upper()


def names_of(certificate: x509.Certificate) -> frozenset[str]:
    """Return the host names and addresses for which a certificate stands."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    addresses = {str(address) for address in found.get_values_for_type(x509.IPAddress)}
    return frozenset(found.get_values_for_type(x509.DNSName)) | addresses


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    end: datetime,
    serial: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:_LONGEST_NAME])])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
