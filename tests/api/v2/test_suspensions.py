"""/v2/assertions/:id/suspend and /reinstate, and what the world sees of it."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rosette.models import Assertion, BadgeClass
from tests import factories
from tests.api.client import NOT_FOUND, PNG, Api, bad_request

pytestmark = pytest.mark.django_db

REASON = "The licence is under review"


@pytest.fixture
def ada():
    return factories.user()


@pytest.fixture
def licence(ada) -> dict[str, Any]:
    """A badge class whose awards can be suspended, as the API made it."""
    return (
        Api(ada)
        .post(
            f"/v2/issuers/{factories.issuer(ada).entity_id}/badgeclasses",
            {
                "name": "Skipper",
                "description": "May sail",
                "image": PNG,
                "criteriaNarrative": "Sail",
                "suspendable": True,
            },
        )
        .one
    )


@pytest.fixture
def award(ada, licence) -> dict[str, Any]:
    return (
        Api(ada)
        .post(
            f"/v2/badgeclasses/{licence['entityId']}/assertions",
            {"recipient": {"identity": "bob@example.org", "type": "email"}, "narrative": "Sailed"},
        )
        .one
    )


def _path(award: dict[str, Any], verb: str) -> str:
    return f"/v2/assertions/{award['entityId']}/{verb}"


def _public(award: dict[str, Any], ending: str = "") -> str:
    return f"/public/assertions/{award['entityId']}{ending}"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"reason": REASON}, REASON),
        ({"reason": None}, "Suspended by the issuer"),
        ({}, "Suspended by the issuer"),
        (None, "Suspended by the issuer"),
    ],
)
def test_an_award_is_suspended_and_reinstated(ada, award, body, reason):
    api = Api(ada)
    assert (award["suspended"], award["suspensionReason"]) == (False, None)

    suspended = api.post(_path(award, "suspend"), body)

    whole = {**award, "suspended": True, "suspensionReason": reason, "image": None}
    assert (suspended.status, suspended.one) == (200, whole)
    assert api.get(f"/v2/assertions/{award['entityId']}").one == whole

    reinstated = api.post(_path(award, "reinstate"))

    assert (reinstated.status, reinstated.one) == (200, award)
    assert Assertion.objects.get().reinstated_at is not None


def test_suspending_and_reinstating_stand_in_the_feed_of_changes(ada, award):
    api = Api(ada)
    since = timezone.now().isoformat()
    api.post(_path(award, "suspend"))

    [found] = api.get("/v2/assertions/changed", since=since).result

    assert found["suspended"]


def test_only_awards_of_suspendable_classes_can_be_suspended(ada):
    award = factories.assertion(factories.badgeclass(factories.issuer(ada)))

    answer = Api(ada).post(f"/v2/assertions/{award.entity_id}/suspend", {"reason": REASON})

    said = "Awards of this badge class cannot be suspended."
    assert (answer.status, answer.body) == (400, bad_request(general=[said]))
    assert Assertion.objects.get().suspended_at is None


@pytest.mark.parametrize(
    ("before", "verb", "said"),
    [
        (["suspend"], "suspend", "Assertion is already suspended"),
        ([], "reinstate", "Assertion is not suspended"),
        (["suspend", "reinstate"], "reinstate", "Assertion is not suspended"),
        (["revoke"], "suspend", "Assertion is revoked"),
        (["revoke"], "reinstate", "Assertion is revoked"),
        (["suspend", "revoke"], "reinstate", "Assertion is revoked"),
    ],
)
def test_what_cannot_be(ada, award, before, verb, said):
    api = Api(ada)
    for step in before:
        if step == "revoke":
            api.delete(f"/v2/assertions/{award['entityId']}", {"revocation_reason": "r"})
        else:
            assert api.post(_path(award, step)).status == 200
    row = Assertion.objects.get()

    answer = api.post(_path(award, verb))

    assert (answer.status, answer.body) == (400, bad_request(general=[said]))
    assert Assertion.objects.get().updated_at == row.updated_at


@pytest.mark.parametrize("reason", ["x" * 256, ["r"], {"a": 1}])
def test_reasons_that_are_none(ada, award, reason):
    answer = Api(ada).post(_path(award, "suspend"), {"reason": reason})

    assert answer.status == 400
    assert list(answer.body["fieldErrors"]) == ["reason"]
    assert Assertion.objects.get().suspended_at is None


@pytest.mark.parametrize("role", [None, "staff"])
@pytest.mark.parametrize("verb", ["suspend", "reinstate"])
def test_others_do_not_even_find_it(award, verb, role):
    carol = factories.user("carol@example.org")
    if role:
        BadgeClass.objects.get().issuer.staff_rows.create(user=carol, role=role)

    for body in ({"reason": REASON}, {"reason": ["r"]}, None):
        answer = Api(carol).post(_path(award, verb), body)
        assert (answer.status, answer.body) == (404, NOT_FOUND)


def test_editors_may(award):
    carol = factories.user("carol@example.org")
    BadgeClass.objects.get().issuer.staff_rows.create(user=carol, role="editor")

    assert Api(carol).post(_path(award, "suspend")).one["suspended"]
    assert not Api(carol).post(_path(award, "reinstate")).one["suspended"]


def test_the_recipient_may_not(award):
    bob = factories.user("bob@example.org")

    assert Api(bob).post(_path(award, "suspend")).status == 404


def test_a_class_is_made_suspendable_only_before_its_first_award(ada, licence):
    api = Api(ada)
    path = f"/v2/badgeclasses/{licence['entityId']}"
    assert licence["suspendable"] is True
    assert api.put(path, {"suspendable": False}).one == {**licence, "suspendable": False}
    assert api.put(path, {"suspendable": True}).one == licence
    api.post(f"{path}/assertions", {"recipient": {"identity": "bob@example.org", "type": "email"}})

    answer = api.put(path, {"name": "Captain", "suspendable": False})

    said = "Cannot be changed any more once the badge class was awarded."
    assert (answer.status, answer.body) == (400, bad_request({"suspendable": [said]}))
    assert api.get(path).one == licence
    assert api.put(path, {"name": "Captain", "suspendable": True}).one["name"] == "Captain"


@pytest.mark.parametrize("value", ["maybe", None, 7, []])
def test_suspendable_is_true_or_false(ada, licence, value):
    answer = Api(ada).put(f"/v2/badgeclasses/{licence['entityId']}", {"suspendable": value})

    assert (answer.status, list(answer.body["fieldErrors"])) == (400, ["suspendable"])


def test_versions_before_say_revoked_until_it_is_reinstated(ada, award, client: Client):
    api = Api(ada)
    documents = [_public(award), _public(award, "?v=1_1")]
    before = [client.get(path).json() for path in documents]
    api.post(_path(award, "suspend"), {"reason": REASON})

    for path, whole in zip(documents, before, strict=True):
        assert client.get(path).json() == {
            "@context": whole["@context"],
            "type": whole["type"],
            "id": whole["id"],
            "revoked": True,
            "revocationReason": f"Suspended for the time being: {REASON}",
        }
    for ending in ("/image", "/baked", "/baked?v=3_0", "/image?type=png"):
        assert client.get(_public(award, ending)).status_code == 404
    oembed = client.get("/public/oembed", {"url": award["openBadgeId"]})
    assert oembed.status_code == 404

    api.post(_path(award, "reinstate"))
    assert [client.get(path).json() for path in documents] == before
    assert client.get(_public(award, "/baked?v=3_0")).status_code == 200


def test_the_credential_itself_stays_and_only_the_list_changes(ada, award, client: Client):
    api = Api(ada)
    credential = client.get(_public(award, "/ob3"))
    listed = credential.json()["credentialStatus"]["statusListCredential"]
    path = listed.removeprefix("https://badges.example.org")
    tags = [client.get(path)["ETag"]]

    for verb in ("suspend", "reinstate"):
        api.post(_path(award, verb))
        tags.append(client.get(path)["ETag"])
        assert client.get(_public(award, "/ob3")).content == credential.content
    assert len(set(tags)) == 3


def test_the_page_says_so(ada, award, client: Client):
    Api(ada).post(_path(award, "suspend"), {"reason": "Sails & ropes"})

    for query in ("", "?embedVersion=1"):
        page = client.get(_public(award, query), headers={"Accept": "text/html"}).content.decode()
        assert "Suspended." in page
        assert "Sails &amp; ropes" in page
        assert "Revoked." not in page
        assert "Sailed" not in page

    Api(ada).delete(f"/v2/assertions/{award['entityId']}", {"revocation_reason": "Gone"})
    page = client.get(_public(award), headers={"Accept": "text/html"}).content.decode()
    assert "Revoked." in page
    assert "Suspended." not in page


def test_a_revoked_award_says_so_and_no_longer_that_it_was_suspended(ada, award, client: Client):
    api = Api(ada)
    api.post(_path(award, "suspend"))
    answer = api.delete(f"/v2/assertions/{award['entityId']}", {"revocation_reason": "Gone"})

    assert (answer.one["revoked"], answer.one["suspended"]) == (True, False)
    assert answer.one["suspensionReason"] is None
    assert client.get(_public(award)).json()["revocationReason"] == "Gone"


def test_the_recipient_sees_it_in_the_backpack(ada, award):
    bob = Api(factories.user("bob@example.org"))
    path = f"/v2/backpack/assertions/{award['entityId']}"
    before = bob.get(path).one
    Api(ada).post(_path(award, "suspend"), {"reason": REASON})

    assert bob.get(path).one == {
        **before,
        "suspended": True,
        "suspensionReason": REASON,
        "image": None,
    }
    share = f"/v2/backpack/share/assertion/{award['entityId']}"
    assert bob.get(share, provider="linkedin").status == 404

    Api(ada).post(_path(award, "reinstate"))
    assert bob.get(path).one == before
    assert bob.get(share, provider="linkedin").status == 302


def test_a_collection_leaves_it_out_meanwhile(ada, award, client: Client):
    bob = Api(factories.user("bob@example.org"))
    made = bob.post(
        "/v2/backpack/collections",
        {"name": "Sea", "description": "", "published": True, "assertions": [award["entityId"]]},
    ).one
    path = f"/public/collections/{made['shareHash']}"
    before = client.get(path)
    assert len(before.json()["badges"]) == 1

    Api(ada).post(_path(award, "suspend"))
    assert client.get(path, headers={"If-None-Match": before["ETag"]}).json()["badges"] == []

    Api(ada).post(_path(award, "reinstate"))
    assert client.get(path).json() == before.json()
