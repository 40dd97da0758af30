"""Certificates of one's own authority: what they contain, what they permit, how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from api.host_names import Name

AUTHORITY_DAYS = 3652
SERVER_DAYS = 397
"""Browsers refuse certificates of more than 398 days."""
CLOCK_SKEW = timedelta(hours=1)
"""Certificates begin this much earlier, for devices whose clock is slow."""


@dataclass(frozen=True)
class KeyPair:
    """A certificate and the private key it speaks for."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    """Ours are P-256; RSA where an office put in what its own authority signed."""

    def pem(self) -> bytes:
        """Return the certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    def key_pem(self) -> bytes:
        """Return the key as PEM, without a password: the server starts unattended."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_pair(cert: Path, key: Path) -> KeyPair | None:
    """Return a certificate and its key, or None where one is missing, unreadable or not its own."""
    try:
        certificate = x509.load_pem_x509_certificate(cert.read_bytes())
        private = load_pem_private_key(key.read_bytes(), password=None)
    except (FileNotFoundError, ValueError, TypeError):
        return None
    if not isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        return None
    own = private.public_key() == certificate.public_key()
    return KeyPair(certificate, private) if own else None


def names_of(cert: Path) -> tuple[Name, ...]:
    """Return the names of the certificate to renew; none where it is missing or unreadable."""
    try:
        found = x509.load_pem_x509_certificate(cert.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (FileNotFoundError, ValueError, x509.ExtensionNotFound):
        return ()
    addresses = names.get_values_for_type(x509.IPAddress)
    single = [item for item in addresses if isinstance(item, IPv4Address | IPv6Address)]
    return (*names.get_values_for_type(x509.DNSName), *single)


def _subject(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Wangge"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    now: datetime,
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        # On the authority too: it can sign neither programs nor mail.
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )


def make_authority(names: Sequence[Name], now: datetime) -> KeyPair:
    """Return an authority of ten years that may sign for `names` and nothing else."""
    key = ec.generate_private_key(ec.SECP256R1())
    # Two authorities of one subject confuse devices that hold both.
    mark = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest.hex()[:8]
    subject = _subject(f"Wangge authority {str(names[0])[:30]} {mark}")
    certificate = (
        _builder(subject, subject, key, key, now)
        .not_valid_after(now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(_constraints(names), critical=True)
        .sign(key, hashes.SHA256())
    )
    return KeyPair(certificate, key)


def make_server(names: Sequence[Name], authority: KeyPair, now: datetime) -> KeyPair:
    """Return a server certificate of `names`, valid 397 days or as long as its authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate
    end = min(now + timedelta(days=SERVER_DAYS), issuer.not_valid_after_utc)
    # The common name has spaces so that no checker takes it for a host name of its own.
    certificate = (
        _builder(_subject("Wangge server certificate"), issuer.subject, key, authority.key, now)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.SubjectAlternativeName(map(_general, names)), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return KeyPair(certificate, key)


def _general(name: Name) -> x509.GeneralName:
    return x509.DNSName(name) if isinstance(name, str) else x509.IPAddress(name)


def _constraints(names: Sequence[Name]) -> x509.NameConstraints:
    """Permit the names; a kind of which there is none is excluded whole, else it were free."""
    networks = [ip_network(name) for name in names if not isinstance(name, str)]
    dns = [x509.DNSName(name) for name in names if isinstance(name, str)]
    excluded: list[x509.GeneralName] = [] if dns else [x509.DNSName("")]
    versions = {network.version for network in networks}
    unused = [net for net in map(ip_network, ("0.0.0.0/0", "::/0")) if net.version not in versions]
    excluded += map(x509.IPAddress, unused)
    return x509.NameConstraints([*dns, *map(x509.IPAddress, networks)], excluded or None)


def permitted_names(authority: x509.Certificate) -> tuple[Name, ...]:
    """Return the names for which the authority may sign; none when it is not one of ours."""
    try:
        limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return ()
    names: list[Name] = []
    for item in limits.permitted_subtrees or ():
        if isinstance(item, x509.DNSName):
            names.append(item.value)
        elif isinstance(item.value, IPv4Network | IPv6Network):
            names.append(item.value.network_address)
    return tuple(names)
