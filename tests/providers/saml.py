"""A SAML identity provider on loopback."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.environments import node_with, without_proxies
from tests.services import Unavailable, free_port

ISSUER = "urn:example:university"
_MADE_FROM = Path(__file__).parent / "saml"
_STARTS_WITHIN_SECONDS = 120


@dataclass(frozen=True)
class Provider:
    """A running provider, and the certificate by which its word is known."""

    url: str
    certificate: str
    another_key: Path

    def be(self, uid: str, email: str, *, back: str, **more: Any) -> None:
        """Whoever comes next is this person, and is sent back there."""
        person = {
            "id": uid,
            "emails": [{"value": email}],
            "name": {"givenName": "Una", "familyName": "Vale"},
            "displayName": "Una Vale",
            "back": back,
            **more,
        }
        assert requests.post(f"{self.url}/be", json=person).status_code == 204


@contextmanager
def provider(folder: Path) -> Iterator[Provider]:
    """A provider in a process of its own, gone at the end; keys are kept in ``folder``."""
    modules = node_with("saml-provider", _MADE_FROM) / "node_modules"
    port = free_port()
    key, certificate = _new_key(folder, "key"), folder / "key.crt"
    another = _new_key(folder, "another")
    program = shutil.copy(_MADE_FROM / "server.js", modules.parent)
    process = subprocess.Popen(
        ["node", "--no-deprecation", program, str(port), key, certificate],
        env=without_proxies(),
        stdout=subprocess.DEVNULL,
    )
    there = Provider(f"http://127.0.0.1:{port}", certificate.read_text(), another)
    try:
        _wait(process, there)
        yield there
    finally:
        process.terminate()
        process.wait(20)


def _new_key(folder: Path, name: str) -> Path:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / f"{name}.crt").write_bytes(pem)
    return path


def _wait(process: subprocess.Popen[bytes], there: Provider) -> None:
    patience = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < patience and process.poll() is None:
        try:
            requests.get(there.url, timeout=5)
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise Unavailable("the SAML identity provider did not start")
