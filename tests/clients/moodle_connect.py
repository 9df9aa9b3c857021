"""
Moodle, connected to a backpack of "Open Badges v2.1": what it sends, as it sends it.

Written anew from `lib/classes/oauth2/discovery/imsbadgeconnect.php`, `badges/classes/oauth2/
client.php` and `badges/classes/backpack_api2p1*.php`; it cannot be started here.
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

Entity = dict[str, Any]
TIMEOUTS_SECONDS = (3, 30)
"""Moodle gives three to connect; how long an answer takes under all tests is no matter here."""


@dataclass
class Moodle:
    """A site at ``home``, whose administrator has entered the address of a backpack."""

    home: str
    backpack: str
    endpoints: dict[str, str] = field(default_factory=dict)
    scopes: list[str] = field(default_factory=list)
    registered: Entity = field(default_factory=dict)
    tokens: Entity = field(default_factory=dict)
    session_key: str = field(default_factory=lambda: secrets.token_hex(5))
    verifier: str = ""

    @property
    def callback(self) -> str:
        """Where the person comes back."""
        return f"{self.home}/admin/oauth2callback.php"

    def discover(self) -> None:
        """Of the last host of the manifest, every key that ends in ``Url``, scopes and image."""
        answer = requests.get(
            f"{self.backpack}/.well-known/badgeconnect.json", timeout=TIMEOUTS_SECONDS
        )
        host = answer.json()["badgeConnectAPI"].pop()
        self.endpoints = {
            f"{name.removesuffix('Url').lower()}_endpoint": address
            for name, address in host.items()
            if name.endswith("Url") and address
        }
        self.endpoints["apiBase"] = host["apiBase"]
        self.endpoints["image"] = re.sub(r"([^:])(/{2,})", r"\1/", host["image"])
        self.scopes = host["scopesOffered"]

    def register(self) -> None:
        """Introduce itself, once."""
        body = {
            "client_name": "Harbor Moodle",
            "client_uri": f"{self.home}/",
            "logo_uri": f"{self.home}/pix/f/moodle-256.png",
            "tos_uri": f"{self.home}/",
            "policy_uri": f"{self.home}/",
            "software_id": "moodle",
            "software_version": 2026042000.00,
            "redirect_uris": [self.callback],
            "token_endpoint_auth_method": "client_secret_basic",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "scope": " ".join(self.scopes),
        }
        headers = {"Accept": "application/json"}
        address = self.endpoints["registration_endpoint"]
        self.registered = requests.post(
            address, json=body, headers=headers, timeout=TIMEOUTS_SECONDS
        ).json()
        assert "client_id" in self.registered, self.registered

    def login_url(self) -> str:
        """
        Where a person is sent who connects the backpack.

        Meant to leave out other scopes, it leaves out the first that is offered.
        """
        self.verifier = _base64url(secrets.token_bytes(43))
        asked = {
            "client_id": self.registered["client_id"],
            "response_type": "code",
            "redirect_uri": self.callback,
            "state": self.session_key,
            "scope": " ".join(self.scopes[1:]),
            "code_challenge": _base64url(hashlib.sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        return f"{self.endpoints['authorization_endpoint']}?{urlencode(asked)}"

    def come_back(self, address: str) -> Entity:
        """What stands in the address with which the person came back."""
        assert address.startswith(f"{self.callback}?"), address
        said = dict(parse_qsl(urlsplit(address).query))
        assert said["state"] == self.session_key
        return said

    def exchange(self, code: str) -> Entity:
        """The code for tokens, with the secret in the header."""
        sent = {
            "code": code,
            "grant_type": "authorization_code",
            "redirect_uri": self.callback,
            "scope": "",
            "code_verifier": self.verifier,
        }
        pair = (self.registered["client_id"], self.registered["client_secret"])
        return self._keep(
            requests.post(self._token_url, data=sent, auth=pair, timeout=TIMEOUTS_SECONDS)
        )

    def refresh(self) -> Entity:
        """New tokens for the old ones, with the secret in the body."""
        sent = {
            "refresh_token": self.tokens["refresh_token"],
            "grant_type": "refresh_token",
            "scope": self.tokens["scope"],
            "client_id": self.registered["client_id"],
            "client_secret": self.registered["client_secret"],
        }
        return self._keep(requests.post(self._token_url, data=sent, timeout=TIMEOUTS_SECONDS))

    def put(self, assertion: Entity) -> str | None:
        """Put an award into the backpack; None if all went well, else what the person is told."""
        answer = requests.post(
            f"{self.endpoints['apiBase']}/assertions",
            json={"assertion": assertion},
            headers=self._headers,
        ).json()
        if answer["status"]["statusCode"] == 200:
            return None
        told: str = answer["status"]["error"]
        return told

    def assertions(self) -> requests.Response:
        """What is in the backpack."""
        address = f"{self.endpoints['apiBase']}/assertions"
        return requests.get(address, headers=self._headers, timeout=TIMEOUTS_SECONDS)

    @property
    def _token_url(self) -> str:
        return self.endpoints["token_endpoint"]

    @property
    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.tokens['access_token']}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }

    def _keep(self, answer: requests.Response) -> Entity:
        """It keeps all four, and fails where one is missing."""
        assert answer.status_code == 200, answer.text
        got = answer.json()
        names = ("access_token", "refresh_token", "expires_in", "scope")
        self.tokens = {name: got[name] for name in names}
        return self.tokens


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
