"""
Open EdX: what its Badgr backend (`lms/djangoapps/badges/backends/badgr.py`) sends, as it sends it.

It runs in a learning platform that cannot be started here, so its requests are written anew, with
the library that it uses.
"""

import base64
from typing import Any

import pytest
import requests

from tests.api.client import PNG
from tests.clients.people import Person, address

pytestmark = pytest.mark.served

Entity = dict[str, Any]
_PNG = base64.b64decode(PNG.partition(",")[2])
_TIMEOUT_SECONDS = 30


class Backend:
    """The backend, with its settings: the server's address, an account, and an issuer."""

    def __init__(self, person: Person, issuer: Entity) -> None:
        self.base_url = person.served.url
        self.person = person
        self.issuer = issuer["entityId"]
        self.tokens = self.new_tokens()

    def new_tokens(self, refresh_token: str | None = None) -> dict[str, Any]:
        """By name and password, or by a refresh token, and by nothing else."""
        data = {"username": self.person.email, "password": self.person.password}
        if refresh_token:
            data = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        answer = requests.post(f"{self.base_url}/o/token", data=data, timeout=_TIMEOUT_SECONDS)
        answer.raise_for_status()
        tokens = answer.json()
        return {name: tokens[name] for name in ("access_token", "refresh_token", "expires_in")}

    def is_there(self, slug: str) -> bool:
        """Whether the badge class is there; what it does not know yet has an empty slug."""
        answer = requests.get(
            f"{self.base_url}/v2/badgeclasses/{slug}",
            headers=self._headers(),
            timeout=_TIMEOUT_SECONDS,
        )
        return answer.status_code == 200

    def create_badgeclass(self) -> Entity:
        """A badge class, with its picture as a part of the form."""
        answer = requests.post(
            f"{self.base_url}/v2/issuers/{self.issuer}/badgeclasses",
            headers=self._headers(),
            data={
                "name": "Completed the course",
                "criteriaUrl": "https://courses.example.org/courses/knots/about",
                "description": 'Completed the course "Knots" (honor)',
            },
            files={"image": ("badge_classes/honor.png", _PNG, "image/png")},
            timeout=_TIMEOUT_SECONDS,
        )
        answer.raise_for_status()
        made: Entity = answer.json()["result"][0]
        return made

    def award(self, slug: str, to: str, evidence_url: str | None) -> Entity:
        """An award; without an address of evidence, its null is sent."""
        answer = requests.post(
            f"{self.base_url}/v2/badgeclasses/{slug}/assertions",
            headers=self._headers(),
            json={
                "recipient": {"identity": to, "type": "email"},
                "evidence": [{"url": evidence_url}],
                "notify": False,
            },
            timeout=_TIMEOUT_SECONDS,
        )
        answer.raise_for_status()
        made: Entity = answer.json()["result"][0]
        return made

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}


@pytest.fixture
def backend(ada: Person) -> Backend:
    return Backend(ada, ada.issuer())


@pytest.mark.parametrize("slug", ["", "None", "honor", "a" * 255])
def test_b14_a_badge_class_that_is_not_there_is_looked_for_in_vain(
    ada: Person, backend: Backend, slug: str
) -> None:
    ada.badgeclass()  # there are others

    assert not backend.is_there(slug)


def test_b5_the_first_award_creates_the_badge_class_by_a_form(backend: Backend) -> None:
    bob = address("bob")

    badgeclass = backend.create_badgeclass()
    award = backend.award(badgeclass["entityId"], bob, "https://courses.example.org/certificates/1")

    assert backend.is_there(badgeclass["entityId"])
    assert badgeclass["criteriaUrl"] == "https://courses.example.org/courses/knots/about"
    assert requests.get(badgeclass["image"]).headers["Content-Type"] == "image/png"
    assert [item["url"] for item in award["evidence"]] == [
        "https://courses.example.org/certificates/1"
    ]
    assert award["issuer"] == backend.issuer
    assert requests.get(award["image"]).headers["Content-Type"] == "image/png"
    document = requests.get(award["openBadgeId"], headers={"Accept": "application/json"}).json()
    assert document["badge"] == badgeclass["openBadgeId"]
    assert [item["id"] for item in document["evidence"]] == [
        "https://courses.example.org/certificates/1"
    ]


def test_an_award_without_evidence_is_made_without(backend: Backend) -> None:
    badgeclass = backend.create_badgeclass()

    award = backend.award(badgeclass["entityId"], address("bob"), None)

    assert award["evidence"] == []


def test_t4_the_kept_refresh_token_brings_the_next_pair(backend: Backend) -> None:
    first = backend.tokens

    backend.tokens = backend.new_tokens(first["refresh_token"])

    assert backend.tokens["refresh_token"] != first["refresh_token"]
    assert backend.create_badgeclass()["entityType"] == "BadgeClass"
