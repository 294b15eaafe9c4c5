"""Certificates that a persona signs with: made in memory, for one persona, and naming themselves a test's.

A C2PA verifier takes a leaf for mail protection under a root (C2PA specification 2.2, 14.5). `cryptography` comes with
the extra `gateprobe[provenance]`, so it is imported where it is used.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

ORGANISATION: Final = "OpenAI reference (gateprobe test certificate)"
_OTHER_USES: Final = (
    "content_commitment",
    "crl_sign",
    "data_encipherment",
    "decipher_only",
    "encipher_only",
    "key_agreement",
    "key_encipherment",
)
_DAYS: Final = 30


def test_certificates() -> tuple[bytes, bytes]:
    """Return a chain (leaf, then root) and the leaf's private key, as PEM."""
    from cryptography import x509  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - an extra

    root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    mail = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.EMAIL_PROTECTION])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    leaf = _certificate("signer", leaf_key, root_key, mail, issuer)
    root = _certificate("root", root_key, root_key)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    chain: bytes = leaf.public_bytes(pem) + root.public_bytes(pem)
    key: bytes = leaf_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    return chain, key


def _certificate(name: str, key: Any, root_key: Any, *extensions: Any) -> Any:
    """Sign a certificate for a key; the root signs itself."""
    from cryptography import x509  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - an extra

    now = datetime.now(UTC)
    is_root = key is root_key
    usage = x509.KeyUsage(digital_signature=not is_root, key_cert_sign=is_root, **dict.fromkeys(_OTHER_USES, False))
    builder = (
        x509.CertificateBuilder()
        .issuer_name(_named("root"))
        .subject_name(_named(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(root_key, hashes.SHA256())


def _named(name: str) -> Any:
    from cryptography import x509  # noqa: PLC0415 - an extra
    from cryptography.x509.oid import NameOID  # noqa: PLC0415 - an extra

    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION)
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, name)])
