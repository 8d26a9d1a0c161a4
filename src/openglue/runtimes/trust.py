"""Whom Java trusts when it downloads: whom this machine trusts, by the file of certificates that uv and OpenSSL read.

A Java that did not come with the machine knows nothing of certificates that its owner has added. Java reads no PEM
file, so that one is written again as a key store of Java's oldest kind, whose form is documented with the JDK.
"""

from __future__ import annotations

import re
import ssl
import struct
from collections.abc import Mapping
from hashlib import sha1
from pathlib import Path

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_MAGIC, _VERSION, _TRUSTED = 0xFEEDFEED, 2, 2
#: Every Java's password for a store of public certificates; it keeps nothing secret.
_PASSWORD = "changeit"  # noqa: S105
#: What a store's digest is salted with.
_SALT = b"Mighty Aphrodite"


def certificates(environ: Mapping[str, str]) -> Path | None:
    """The machine's file of certificates in PEM, by SSL_CERT_FILE or where OpenSSL has it; None when there is none."""
    file = Path(environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().openssl_cafile)
    return file if file.is_file() else None


def key_store(pem: str) -> bytes:
    """A key store in which each certificate of a PEM file is trusted."""
    found = [ssl.PEM_cert_to_DER_cert(text) for text in _CERTIFICATE.findall(pem)]
    entries = b"".join(
        struct.pack(">I", _TRUSTED) + _text(str(number)) + struct.pack(">Q", 0) + _text("X.509") + _sized(der)
        for number, der in enumerate(found)
    )
    store = struct.pack(">III", _MAGIC, _VERSION, len(found)) + entries
    # The format's own digest, which protects nothing.
    return store + sha1(_PASSWORD.encode("utf-16-be") + _SALT + store, usedforsecurity=False).digest()


def java_options(environ: Mapping[str, str], store: Path) -> list[str]:
    """Options with which Java trusts the machine's certificates, written to `store`; none where it has no such file."""
    file = certificates(environ)
    if file is None:
        return []
    store.write_bytes(key_store(file.read_text(encoding="utf-8", errors="replace")))
    return [f"-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStoreType=JKS"]


def _text(value: str) -> bytes:
    return struct.pack(">H", len(value)) + value.encode("ascii")


def _sized(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value
