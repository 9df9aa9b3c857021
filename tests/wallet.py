"""A wallet, as the server sees one: it has a key, and asks by the letter of OpenID4VCI 1.0."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from django.utils import timezone

from rosette.openbadges.dids import did_jwk
from rosette.operations.offers import GRANT_TYPE
from tests.environment import ORIGIN
from tests.openbadges.test_dids import jwk

JWT, LDP = "OpenBadgeCredential_jwt_vc_json", "OpenBadgeCredential_ldp_vc"


@dataclass
class Wallet:
    """A wallet with one key of its own; every answer is that of the server as it is."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    client: Client = field(default_factory=Client)

    @property
    def did(self) -> str:
        """What it is called."""
        return did_jwk(self.key.public_key())

    def offer(self, link: str) -> Any:
        """What it finds at the address in the link."""
        [address] = parse_qs(urlsplit(link).query)["credential_offer_uri"]
        return self.client.get(address.removeprefix(ORIGIN))

    def code(self, link: str) -> str:
        """The code in the offer."""
        found: str = self.offer(link).json()["grants"][GRANT_TYPE]["pre-authorized_code"]
        return found

    def exchanged(self, code: str, tx_code: str | None = None, **more: Any) -> Any:
        """The code for a token."""
        sent = {"grant_type": GRANT_TYPE, "pre-authorized_code": code, **more}
        return self.client.post(
            "/o/token", sent if tx_code is None else {**sent, "tx_code": tx_code}
        )

    def token(self, link: str, tx_code: str | None = None) -> str:
        """The token for the link."""
        found: str = self.exchanged(self.code(link), tx_code).json()["access_token"]
        return found

    def nonce(self) -> str:
        """A fresh nonce."""
        found: str = self.client.post("/openid/nonce").json()["c_nonce"]
        return found

    def proof(self, **claims: Any) -> str:
        """A proof, with these claims in place of the right ones; None leaves one out."""
        said = {"aud": ORIGIN, "iat": int(timezone.now().timestamp()), **claims}
        said.setdefault("nonce", self.nonce() if "nonce" not in claims else None)
        content = orjson.dumps({name: value for name, value in said.items() if value is not None})
        header = {"typ": "openid4vci-proof+jwt", "jwk": jwk(self.key.public_key())}
        return jwt.PyJWS().encode(content, self.key, "EdDSA", header)

    def asked(self, token: str | None, **body: Any) -> Any:
        """What the server answers to a request for a credential, with a good proof unless given."""
        body.setdefault("proofs", {"jwt": [self.proof()]})
        return self.posted("/openid/credential", token, body)

    def credential(self, token: str, configuration: str = LDP) -> Any:
        """The credential itself."""
        answer = self.asked(token, credential_configuration_id=configuration)
        assert answer.status_code == 200, answer.content
        return answer.json()["credentials"][0]["credential"]

    def posted(self, path: str, token: str | None, body: Any) -> Any:
        """JSON, with a token."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        return self.client.post(path, content, content_type="application/json", headers=headers)
