"""
Moodle, connected to a backpack of "Open Badges v2.0": what it sends, as it sends it.

`badges/classes/backpack_api.php` and its mappings tell where to, `badges/classes/external/
*_exporter.php` what. It cannot be started here, so its requests are written anew.
"""

from typing import Any

import pytest
import requests

from tests.api.client import PNG
from tests.clients.moodle_connect import TIMEOUTS_SECONDS
from tests.clients.people import Person, address
from tests.served import Served

pytestmark = pytest.mark.served

Entity = dict[str, Any]
_CONTEXT = "https://w3id.org/openbadges/v2"
_MOODLE = "https://moodle.example.org/badges"


class Moodle:
    """A site that knows the address ``…/v2``, and a name and password there."""

    def __init__(self, served: Served, email: str, password: str) -> None:
        self.url = f"{served.url}/v2"
        # It leaves the port out of this address; docs say that it needs the usual one.
        answer = requests.post(
            f"{served.url}/o/token",
            data={"username": email, "password": password},
            headers={"Accept": "application/json"},
            timeout=TIMEOUTS_SECONDS,
        )
        self.answer = answer.json()

    def get(self, path: str) -> list[Entity]:
        """What it reads: the ``result``, and nothing of the status."""
        headers = self._headers()
        found: list[Entity] = requests.get(f"{self.url}{path}", headers=headers).json()["result"]
        return found

    def send(self, verb: str, path: str, body: Entity) -> Entity | None:
        """What it sends, and the first of the ``result``; None is "invalid request" to it."""
        headers = self._headers()
        answer = requests.request(verb, f"{self.url}{path}", json=body, headers=headers)
        result: list[Entity] = answer.json()["result"]
        return result[0] if result else None

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.answer['access_token']}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }


def _issuer(email: str) -> Entity:
    """All that its exporter gives of an issuer: it has no description of one."""
    return {
        "type": "Issuer",
        "id": f"{_MOODLE}/issuer_json.php",
        "name": "Harbor Moodle",
        "email": email,
        "url": "https://moodle.example.org/",
    }


def _badgeclass() -> Entity:
    return {
        "type": "BadgeClass",
        "id": f"{_MOODLE}/badge_json.php?id=7",
        "name": "Knot Tying",
        "image": PNG,
        "description": "Ties knots",
        "hostedUrl": f"{_MOODLE}/badge_json.php?id=7",
        "alignment": [
            {
                "targetName": "Std 1",
                "targetUrl": "https://std.example.org/1",
                "targetDescription": "Ropes",
                "targetFramework": "Std",
                "targetCode": "1.a",
            }
        ],
        "criteriaUrl": f"{_MOODLE}/badge.php?hash=8e8a",
        "criteriaNarrative": "* Complete **Knots**",
    }


def _assertion(email: str) -> Entity:
    """It says of the address that it is hashed, and sends it in the clear."""
    return {
        "type": "Assertion",
        "id": f"{_MOODLE}/assertion.php?b=8e8a&obversion=2",
        "issuedOn": "2026-01-31T10:15:00+08:00",
        "@context": _CONTEXT,
        "badge": _badgeclass(),
        "recipient": {"identity": email, "type": "email", "hashed": True},
        "verification": {"type": "hosted"},
    }


@pytest.fixture
def site(ada: Person) -> Moodle:
    """The site with the account of who runs it."""
    return Moodle(ada.served, ada.email, ada.password)


@pytest.fixture
def learner(bob: Person) -> Moodle:
    """The site with the account that a learner has connected."""
    return Moodle(bob.served, bob.email, bob.password)


def test_t1_t6_it_takes_both_tokens_and_the_time_from_the_answer(site: Moodle) -> None:
    assert {name: type(value) for name, value in site.answer.items()} == {
        "access_token": str,
        "expires_in": int,
        "token_type": str,
        "scope": str,
        "refresh_token": str,
    }


def test_a_site_creates_issuer_and_badge_class_and_awards(ada: Person, site: Moodle) -> None:
    bob = address("bob")

    issuer = site.send("POST", "/issuers", _issuer(ada.email))
    assert issuer is not None
    badgeclass = site.send("POST", f"/issuers/{issuer['entityId']}/badgeclasses", _badgeclass())
    assert badgeclass is not None
    award = site.send("POST", f"/badgeclasses/{badgeclass['entityId']}/assertions", _assertion(bob))
    assert award is not None

    names = ("entityType", "name", "email", "url", "description")
    assert {name: issuer[name] for name in names} == {
        "entityType": "Issuer",
        "name": "Harbor Moodle",
        "email": ada.email,
        "url": "https://moodle.example.org/",
        "description": None,
    }
    assert site.send("PUT", f"/issuers/{issuer['entityId']}", issuer) == issuer
    assert badgeclass["issuer"] == issuer["entityId"]
    assert badgeclass["alignments"] == _badgeclass()["alignment"]
    assert badgeclass["criteriaUrl"] == _badgeclass()["criteriaUrl"]
    assert badgeclass["criteriaNarrative"] == _badgeclass()["criteriaNarrative"]
    assert award["issuedOn"] == "2026-01-31T02:15:00Z"
    assert award["recipient"]["plaintextIdentity"] == bob
    assert award["badgeclass"] == badgeclass["entityId"]


def test_a_site_sends_a_changed_award_again(ada: Person, site: Moodle) -> None:
    bob = address("bob")
    award = ada.award(ada.badgeclass(), bob, narrative="Tied them all")

    sent = {**_assertion(bob), "expires": "2036-01-31T10:15:00+08:00"}
    changed = site.send(
        "PUT", f"/assertions/{award['entityId']}?expand=badgeclass&expand=issuer", sent
    )

    assert changed is not None
    assert (changed["expires"], changed["narrative"]) == ("2036-01-31T02:15:00Z", "Tied them all")
    assert changed["recipient"] == award["recipient"]


def test_a_wrong_password_is_told_in_words(ada: Person) -> None:
    assert set(Moodle(ada.served, ada.email, "wrong").answer) >= {"error", "error_description"}


def test_b17_a_learner_sees_the_badges_of_a_collection(
    ada: Person, bob: Person, learner: Moodle
) -> None:
    issuer = ada.issuer()
    badgeclass = ada.badgeclass(issuer)
    award = ada.award(badgeclass, bob.email)
    made = bob.one(
        "POST",
        "/v2/backpack/collections",
        {"name": "Ropes", "description": "What I can do", "assertions": [award["entityId"]]},
    )

    (listed,) = learner.get("/backpack/collections")
    (collection,) = learner.get(f"/backpack/collections/{made['entityId']}")
    (read,) = learner.get(f"/backpack/assertions/{collection['assertions'][0]}")
    (its_badgeclass,) = learner.get(f"/badgeclasses/{read['badgeclass']}")
    (its_issuer,) = learner.get(f"/issuers/{its_badgeclass['issuer']}")

    assert collection == listed
    assert (collection["entityType"], collection["name"]) == ("BackpackCollection", "Ropes")
    assert {"description", "share_url", "published"} <= set(collection)
    assert (read["entityType"], read["entityId"]) == ("Assertion", award["entityId"])
    assert read["recipient"]["plaintextIdentity"] == bob.email
    assert read["issuedOn"] == award["issuedOn"]
    names = ("entityType", "entityId", "openBadgeId", "name", "image", "description")
    assert [its_badgeclass[name] for name in names] == [badgeclass[name] for name in names]
    names = ("entityType", "entityId", "name", "email", "url")
    assert [its_issuer[name] for name in names] == [issuer[name] for name in names]


def test_later_moodles_have_badge_class_and_issuer_put_into_the_award(
    ada: Person, bob: Person, learner: Moodle
) -> None:
    badgeclass = ada.badgeclass()
    award = ada.award(badgeclass, bob.email)

    (read,) = learner.get(
        f"/backpack/assertions/{award['entityId']}?expand=badgeclass&expand=issuer"
    )

    assert read["badgeclass"]["id"] == badgeclass["openBadgeId"]
    assert read["badgeclass"]["name"] == badgeclass["name"]
    assert read["badgeclass"]["issuer"]["id"] == badgeclass["issuerOpenBadgeId"]


def test_later_moodles_give_an_award_to_a_learner_by_its_address(
    ada: Person, bob: Person, learner: Moodle
) -> None:
    award = ada.award(ada.badgeclass(), bob.email)

    taken = learner.send("POST", "/backpack/import", {"url": award["openBadgeId"]})

    assert taken is not None
    assert (taken["entityId"], taken["acceptance"]) == (award["entityId"], "Accepted")
