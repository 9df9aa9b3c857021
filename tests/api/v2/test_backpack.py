"""/v2/backpack/assertions and /v2/backpack/import, as a client sees them."""

import base64
import json
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.utils import timezone

from rosette.models import Assertion, EmailAddress, Identifier
from rosette.openbadges.baking import bake, unbake
from rosette.openbadges.recipient import hashed
from tests import factories
from tests.api.client import NO_TOKEN, NOT_FOUND, PNG, Api, bad_request
from tests.foreign import academy
from tests.openbadges.facts import png
from tests.openbadges.verification.keys import sign, signed_award
from tests.openbadges.verification.signing import Issuer

pytestmark = pytest.mark.django_db

LIST = "/v2/backpack/assertions"
IMPORT = "/v2/backpack/import"
HOME = "https://badges.example.org/public"
ONE_OF_THREE = "Must provide only one of 'url', 'image' or 'assertion'."
DUPLICATE = {
    "name": "DUPLICATE_BADGE",
    "description": "You already have this badge in your backpack",
}


@pytest.fixture
def bob():
    return factories.user("bob@example.org")


@pytest.fixture
def there(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    with academy() as found:
        yield found


def _path(award):
    return f"{LIST}/{award.entity_id}"


def _names(answer):
    return [item["entityId"] for item in answer.result]


def _item(award, **members):
    """What the list shows of an award by the factory."""
    badgeclass, issuer = award.badgeclass, award.issuer
    issued_on = award.issued_on.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"
    return {
        "entityType": "Assertion",
        "entityId": award.entity_id,
        "acceptance": "Unaccepted",
        "openBadgeId": f"{HOME}/assertions/{award.entity_id}",
        "badgeclass": badgeclass.entity_id,
        "badgeclassOpenBadgeId": f"{HOME}/badges/{badgeclass.entity_id}",
        "issuer": issuer.entity_id,
        "issuerOpenBadgeId": f"{HOME}/issuers/{issuer.entity_id}",
        "image": f"{HOME}/assertions/{award.entity_id}/image",
        "recipient": {
            "identity": hashed("bob@example.org", award.salt),
            "hashed": True,
            "type": "email",
            "plaintextIdentity": "bob@example.org",
            "salt": award.salt,
        },
        "issuedOn": issued_on,
        "narrative": None,
        "evidence": [],
        "revoked": False,
        "revocationReason": None,
        "suspended": False,
        "suspensionReason": None,
        "expires": None,
        "pending": False,
        "visibility": "public",
        "shareUrl": f"{HOME}/assertions/{award.entity_id}",
    } | members


def _document(badgeclass, *, issuer=None):
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "BadgeClass",
        "id": f"{HOME}/badges/{badgeclass.entity_id}",
        "name": "Knot Tying",
        "description": "Ties knots",
        "issuer": issuer or f"{HOME}/issuers/{badgeclass.issuer.entity_id}",
        "criteria": {"narrative": "Tie **ten** knots"},
        "alignment": [],
        "tags": [],
    }


def test_the_list_shows_ones_awards_whole_and_in_the_order_of_the_wire(bob):
    award = factories.assertion()
    factories.assertion(to="carol@example.org")

    answer = Api(bob).get(LIST)

    assert (answer.status, answer.body) == (
        200,
        {"status": {"success": True, "description": "ok"}, "result": [_item(award)]},
    )
    assert list(answer.one) == list(_item(award))


def test_w7_items_have_their_evidence(bob):
    award = factories.assertion(
        narrative="did **it**",
        evidence=[
            {"url": "https://e.example.org/1", "narrative": "one"},
            {"url": None, "narrative": "two"},
        ],
    )

    assert Api(bob).get(LIST).one == _item(
        award,
        narrative="did **it**",
        evidence=[
            {"url": "https://e.example.org/1", "id": "https://e.example.org/1", "narrative": "one"},
            {"url": None, "id": None, "narrative": "two"},
        ],
    )


def test_a_revoked_award_has_no_image(bob):
    award = factories.assertion(revoked_at=timezone.now(), revocation_reason="Issued in error")
    shown = _item(award, revoked=True, revocationReason="Issued in error", image=None)

    assert Api(bob).get(LIST).result == []
    assert Api(bob).get(LIST, include_revoked="1").one == shown
    assert Api(bob).get(_path(award)).one == shown


@pytest.mark.parametrize("yes", ["1", "true", "True"])
def test_expired_awards_show_on_demand(bob, yes):
    award = factories.assertion(expires_on=timezone.now() - timedelta(seconds=1))

    assert Api(bob).get(LIST).result == []
    assert Api(bob).get(LIST, include_expired="0").result == []
    assert _names(Api(bob).get(LIST, include_expired=yes)) == [award.entity_id]
    assert Api(bob).get(_path(award)).status == 200


def test_rejected_awards_never_show_but_can_be_read(bob):
    award = factories.assertion(acceptance="Rejected")
    everything = {"include_expired": "1", "include_revoked": "1", "include_pending": "1"}

    assert Api(bob).get(LIST, **everything).result == []
    assert Api(bob).get(_path(award)).one == _item(award, acceptance="Rejected")


def test_expand_shows_the_badge_class_as_its_document(bob):
    award = factories.assertion()
    issuer = {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Issuer",
        "id": f"{HOME}/issuers/{award.issuer.entity_id}",
        "name": "Harbor Learning",
        "url": "https://harbor.example.org",
        "email": "ada@example.org",
        "description": "Night school for sailors",
    }
    api = Api(bob)

    assert api.get(LIST, expand="issuer").one == _item(award)
    assert api.get(LIST, expand="badgeclass").one == _item(
        award, badgeclass=_document(award.badgeclass)
    )
    whole = _item(award, badgeclass=_document(award.badgeclass, issuer=issuer))
    assert api.get(LIST, expand=["badgeclass", "issuer"]).one == whole
    assert api.get(_path(award), expand=["badgeclass", "issuer"]).one == whole


@pytest.mark.parametrize("count", [1, 50])
def test_the_queries_of_the_list_do_not_grow(bob, count, django_assert_num_queries):
    for _ in range(count):
        award = factories.assertion(factories.badgeclass())
    api = Api(bob)

    with django_assert_num_queries(4):
        assert len(api.get(LIST).result) == count
    with django_assert_num_queries(5):
        assert len(api.get(LIST, expand=["badgeclass", "issuer"]).result) == count
    with django_assert_num_queries(4):
        api.get(_path(award))
    with django_assert_num_queries(6):
        api.get(f"/v2/badgeclasses/{award.badgeclass.entity_id}")
    with django_assert_num_queries(7):
        api.get(f"/v2/issuers/{award.issuer.entity_id}")


def test_nothing_is_written_by_reading(bob, django_assert_num_queries):
    award = factories.assertion()
    before = Assertion.objects.values().get()

    Api(bob).get(LIST)
    Api(bob).get(_path(award))

    assert Assertion.objects.values().get() == before


@pytest.mark.parametrize(
    ("verb", "scope", "status"),
    [
        ("GET", "r:backpack", 200),
        ("GET", "rw:backpack", 200),
        ("GET", "rw:issuer rw:profile rw:serverAdmin", 404),
        ("PUT", "r:backpack", 404),
        ("PUT", "rw:backpack", 200),
        ("DELETE", "r:backpack", 404),
        ("DELETE", "rw:backpack", 204),
    ],
)
def test_what_each_scope_may(bob, verb, scope, status):
    award = factories.assertion()
    body = {"acceptance": "Accepted"} if verb == "PUT" else None

    answer = Api(bob, scope).send(verb, _path(award), body)

    assert answer.status == status
    assert answer.body is None or answer.body["status"]["success"] == (status == 200)


def test_importing_wants_the_right_to_write(bob):
    assert Api(bob, "r:backpack").post(IMPORT, {}).body == NOT_FOUND
    assert Api(bob, "r:backpack").post(LIST, {}).body == NOT_FOUND


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        *(("GET", LIST), ("POST", LIST), ("POST", IMPORT)),
        *(("GET", "{}"), ("PUT", "{}"), ("DELETE", "{}"), ("GET", "{}/image")),
    ],
)
def test_the_backpack_is_for_people_with_a_verified_identity(verb, path):
    award = factories.assertion()
    path = path.format(_path(award))
    unverified = factories.user("bob@example.org", verified=False)

    assert Api().send(verb, path, {}).body == NO_TOKEN
    assert Api(unverified).send(verb, path, {}).body == NOT_FOUND


@pytest.mark.parametrize(
    ("verb", "path"), [("GET", "{}"), ("PUT", "{}"), ("DELETE", "{}"), ("GET", "{}/image")]
)
def test_somebody_elses_award_does_not_exist(verb, path):
    award = factories.assertion()
    stranger, issuers_owner = Api(factories.user("carol@example.org")), Api(award.created_by)

    for api in (stranger, issuers_owner):
        answer = api.send(verb, path.format(_path(award)), {"acceptance": "Accepted"})
        assert (answer.status, answer.body) == (404, NOT_FOUND)
    assert Assertion.objects.get().acceptance == "Unaccepted"


def test_accepting_and_rejecting(bob):
    award = factories.assertion()
    api = Api(bob)

    assert api.put(_path(award), {"acceptance": "Accepted"}).one == _item(
        award, acceptance="Accepted"
    )
    rejected = api.delete(_path(award))
    assert (rejected.status, rejected.body) == (204, None)
    assert api.get(LIST).result == []
    assert Api(award.created_by).get(f"/v2/assertions/{award.entity_id}").one["acceptance"] == (
        "Rejected"
    )
    assert Api().get(f"/public/assertions/{award.entity_id}").status == 200
    api.put(_path(award), {"acceptance": "Accepted"})
    assert _names(api.get(LIST)) == [award.entity_id]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"acceptance": "Rejected"}, '"Rejected" is not a valid choice.'),
        ({"acceptance": "Unaccepted"}, '"Unaccepted" is not a valid choice.'),
        ({"acceptance": None}, "This field may not be null."),
        ({}, "This field is required."),
    ],
)
def test_acceptance_can_only_be_accepted(bob, body, said):
    award = factories.assertion()

    answer = Api(bob).put(_path(award), body)

    assert (answer.status, answer.body) == (400, bad_request({"acceptance": [said]}))


def test_a_private_award_is_seen_by_its_recipient_alone(bob):
    award = factories.assertion(acceptance="Accepted")
    api = Api(bob)

    answer = api.put(_path(award), {"visibility": "private"})

    shown = _item(
        award,
        acceptance="Accepted",
        image=f"{HOME}/badges/{award.badgeclass.entity_id}/image",
        visibility="private",
        shareUrl=None,
    )
    assert (answer.status, answer.one) == (200, shown)
    assert api.get(LIST).one == api.get(_path(award)).one == shown
    assert api.get(f"{_path(award)}/image").headers["Location"] == shown["image"]
    assert Api().get(f"/public/assertions/{award.entity_id}").body == NOT_FOUND
    seen_by_staff = Api(award.created_by).get(f"/v2/assertions/{award.entity_id}")
    assert (seen_by_staff.status, seen_by_staff.one["revoked"]) == (200, False)
    assert seen_by_staff.one["image"] == shown["image"]

    assert api.put(_path(award), {"visibility": "public"}).one == _item(
        award, acceptance="Accepted"
    )
    assert Api().get(f"/public/assertions/{award.entity_id}").status == 200


def test_an_award_that_is_seen_by_link_gets_an_address_that_nobody_can_guess(bob):
    award = factories.assertion()
    api = Api(bob)

    shown = api.put(_path(award), {"acceptance": "Accepted", "visibility": "link"}).one

    share_hash = Assertion.objects.get().share_hash
    address = f"{HOME}/assertions/{share_hash}"
    assert re.fullmatch("[0-9a-f]{32}", share_hash)
    assert shown == _item(
        award,
        acceptance="Accepted",
        image=f"{address}/image",
        visibility="link",
        shareUrl=address,
    )
    assert api.put(_path(award), {"visibility": "link"}).one == shown
    assert Api().get(f"/public/assertions/{share_hash}").body["id"] == address
    assert Api().get(f"/public/assertions/{award.entity_id}").body == NOT_FOUND

    api.put(_path(award), {"visibility": "private"})
    assert Api().get(f"/public/assertions/{share_hash}").body == NOT_FOUND
    again = api.put(_path(award), {"visibility": "link"}).one["shareUrl"]
    assert again.startswith(f"{HOME}/assertions/")
    assert again != address


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"visibility": "secret"}, {"visibility": ['"secret" is not a valid choice.']}),
        (
            {"visibility": "private", "acceptance": "Rejected"},
            {"acceptance": ['"Rejected" is not a valid choice.']},
        ),
        ({"visibility": None}, {"acceptance": ["This field is required."]}),
    ],
)
def test_what_is_no_visibility_changes_nothing(bob, body, fields):
    award = factories.assertion()

    answer = Api(bob).put(_path(award), body)

    assert (answer.status, answer.body) == (400, bad_request(fields))
    assert Api(bob).get(_path(award)).one == _item(award)


@pytest.mark.parametrize("scope", ["r:backpack", "rw:issuer rw:profile"])
def test_only_its_recipient_says_who_sees_an_award(bob, scope):
    award = factories.assertion()

    for api in (Api(award.created_by), Api(factories.user("carol@example.org")), Api(bob, scope)):
        assert api.put(_path(award), {"visibility": "private"}).body == NOT_FOUND
    assert Assertion.objects.get().visibility == "public"


def test_holding_goes_by_the_kind_of_identity_too(bob):
    Identifier.objects.create(
        user=bob, kind="url", value="https://bob.example.org", verified_at=timezone.now()
    )
    award = factories.assertion(to="https://bob.example.org", recipient_kind="openBadgeId")
    path = f"/v2/badgeclasses/{award.badgeclass.entity_id}"

    assert Api(bob).get(path).body == NOT_FOUND
    factories.assertion(award.badgeclass, to="https://bob.example.org", recipient_kind="url")
    assert Api(bob).get(path).status == 200


def test_e10_the_image_leads_to_the_baked_one(bob):
    award = factories.assertion()
    answer = Api(bob).get(f"{_path(award)}/image")

    assert (answer.status, answer.body) == (302, None)
    assert answer.headers["Location"] == f"{HOME}/assertions/{award.entity_id}/image"
    wide = Api(bob).get(f"{_path(award)}/image", type="png", fmt="wide")
    assert wide.headers["Location"].endswith("/image?type=png&fmt=wide")


def test_x16_the_image_is_for_the_recipient_alone(bob):
    award = factories.assertion()
    path = f"{_path(award)}/image"

    assert Api().get(path).body == NO_TOKEN
    assert Api(factories.user("carol@example.org")).get(path).body == NOT_FOUND
    assert Api(award.created_by).get(path).body == NOT_FOUND
    Assertion.objects.update(revoked_at=timezone.now())
    assert Api(bob).get(path).body == NOT_FOUND


def _imported(there, item):
    """What an import of the academy's award answers."""
    return {
        "entityType": "Assertion",
        "entityId": item["entityId"],
        "acceptance": "Accepted",
        "openBadgeId": f"{there.origin}/award",
        "badgeclass": item["badgeclass"],
        "badgeclassOpenBadgeId": f"{there.origin}/navigation",
        "issuer": item["issuer"],
        "issuerOpenBadgeId": f"{there.origin}/issuer",
        "image": f"{HOME}/assertions/{item['entityId']}/image",
        "recipient": {
            "identity": "bob@example.org",
            "hashed": False,
            "type": "email",
            "plaintextIdentity": "bob@example.org",
        },
        "issuedOn": "2024-05-02T09:30:00Z",
        "narrative": None,
        "evidence": [],
        "revoked": False,
        "revocationReason": None,
        "suspended": False,
        "suspensionReason": None,
        "expires": None,
        "pending": False,
        "visibility": "public",
        "shareUrl": f"{HOME}/assertions/{item['entityId']}",
    }


@pytest.mark.parametrize("path", [IMPORT, LIST])
def test_e9_an_award_is_imported_by_its_url(bob, there, path):
    answer = Api(bob).post(path, {"url": there.award()})

    assert (answer.status, answer.one) == (201, _imported(there, answer.one))
    assert Api(bob).get(LIST).one == answer.one
    assert Api(bob).post(path, {"url": there.award()}).body == bad_request(general=[DUPLICATE])


def _baked(there):
    return bake(png(), json.dumps(there.document("/award")))


def test_an_award_is_imported_by_its_baked_image_or_document(bob, there):
    url = there.award()
    image = _baked(there)
    uri = f"data:image/png;base64,{base64.b64encode(image).decode()}"
    api = Api(bob)

    for send, body in (
        (api.post, {"image": uri, "url": "", "assertion": None}),
        (api.form, {"image": SimpleUploadedFile("badge.png", image), "url": ""}),
        (api.post, {"assertion": there.document("/award")}),
        (api.post, {"assertion": json.dumps(there.document("/award"))}),
        (api.post, {"assertion": {"id": url}}),
        (api.form, {"assertion": json.dumps({"id": url})}),
        (api.post, {"assertion": url}),
    ):
        answer = send(IMPORT, body)
        assert (answer.status, answer.one) == (201, _imported(there, answer.one))
        assert api.delete(f"{LIST}/{answer.one['entityId']}").status == 204


def test_a_signed_award_is_imported_as_text_image_or_by_url(bob, there):
    jws = sign(signed_award(there))
    image = bake(png(), jws)
    there.put_image("/baked.png", image)
    uri = f"data:image/png;base64,{base64.b64encode(image).decode()}"
    api = Api(bob)

    for body in ({"assertion": jws}, {"image": uri}, {"url": f"{there.origin}/baked.png"}):
        answer = api.post(IMPORT, body)
        assert (answer.status, answer.one["openBadgeId"]) == (
            201,
            "urn:uuid:a953081a-4bbc-4927-8653-7219bca00e3b",
        )
        name = answer.one["entityId"]
        public = Client().get(f"/public/assertions/{name}.json").json()
        assert public["verification"]["type"] == "SignedBadge"
        baked = Client().get(f"/public/assertions/{name}/baked").content
        assert unbake(baked) == jws
        assert api.delete(f"{LIST}/{name}").status == 204


@pytest.mark.parametrize("form", ["embedded", "token"])
def test_a_credential_of_open_badges_3_is_imported_in_whatever_it_comes(bob, there, form):
    ada = Issuer(there)
    original = ada.signed() if form == "embedded" else ada.token()
    text = json.dumps(original) if form == "embedded" else original
    image = bake(png(), text, "credential")
    there.put_image("/baked.png", image)
    uri = f"data:image/png;base64,{base64.b64encode(image).decode()}"
    api = Api(bob)

    for body in (
        {"assertion": original},
        {"assertion": text},
        {"image": uri},
        {"url": f"{there.origin}/baked.png"},
    ):
        answer = api.post(IMPORT, body)
        assert answer.status == 201, answer.body
        item = answer.one
        name = item["entityId"]
        assert item == {
            **item,
            "openBadgeId": ada.award,
            "badgeclassOpenBadgeId": ada.achievement,
            "issuerOpenBadgeId": ada.did,
            "recipient": {
                "identity": hashed("bob@example.org", "a1b2c3d4e5f60718"),
                "hashed": True,
                "type": "email",
                "plaintextIdentity": "bob@example.org",
                "salt": "a1b2c3d4e5f60718",
            },
            "issuedOn": "2026-01-15T09:30:00Z",
            "expires": "2036-01-15T09:30:00Z",
            "narrative": "Baked three loaves.\nAll of them rose.",
            "acceptance": "Accepted",
            "revoked": False,
        }
        page = Client().get(f"/public/assertions/{name}?expand=badge&expand=badge.issuer").json()
        assert page["badge"]["name"] == "Bread baking, level 1"
        assert page["badge"]["issuer"]["name"] == "Example Academy"
        baked = Client().get(f"/public/assertions/{name}/baked").content
        kept = unbake(baked, "credential")
        assert (json.loads(kept) if form == "embedded" else kept) == original
        assert api.post(IMPORT, body).body["validationErrors"] == [DUPLICATE]
        assert api.post(f"{LIST}/{name}/verify").one["revoked"] is False
        assert api.delete(f"{LIST}/{name}").status == 204


@pytest.mark.parametrize("form", ["ob3", "ob3.jwt"])
def test_a_credential_of_this_server_is_the_award_that_is_here_already(bob, form):
    award = factories.assertion()
    path = f"/public/assertions/{award.entity_id}/{form}"
    signed = Client().get(path).content.decode()

    by_text = Api(bob).post(IMPORT, {"assertion": signed})
    by_url = Api(bob).post(IMPORT, {"url": f"https://badges.example.org{path}"})

    assert (by_text.status, by_text.one["entityId"]) == (201, award.entity_id)
    assert by_url.body["validationErrors"] == [DUPLICATE]


def test_a_credential_that_was_revoked_since_is_so_here_too(bob, there):
    ada = Issuer(there)
    ada.publish_list()
    name = Api(bob).post(IMPORT, {"assertion": ada.signed(listed=True)}).one["entityId"]
    ada.publish_list(ada.index)

    answer = Api(bob).post(f"{LIST}/{name}/verify")

    assert (answer.status, answer.one["revoked"]) == (200, True)


def test_what_is_wrong_with_a_credential_is_told(bob, there):
    ada = Issuer(there)
    good = ada.signed()

    def said(body):
        answer = Api(bob).post(IMPORT, {"assertion": body})
        assert answer.status == 400
        return [error["name"] for error in answer.body["validationErrors"]]

    assert said({**good, "name": "Captain"}) == ["VERIFY_SIGNATURE"]
    assert said({**good, "proof": []}) == ["VERIFY_SIGNATURE"]
    assert said(ada.signed(to="carol@example.org")) == ["VERIFY_RECIPIENT_IDENTIFIER"]
    assert said(ada.signed(listed=True)) == ["UNABLE_TO_VERIFY"]  # there is no list
    assert said(ada.signed(image=None)) == ["INVALID_BADGE"]
    # Anybody can write anybody's address into what they sign.
    assert said(ada.signed(id="https://else.example/award")) == ["UNABLE_TO_VERIFY"]
    ada.publish_list(ada.index)
    assert said(ada.signed(listed=True)) == ["ASSERTION_REVOKED"]
    assert Assertion.objects.count() == 0


def test_an_achievement_of_somebody_elses_does_not_take_the_place_of_the_true_one(bob, there):
    ada = Issuer(there)
    item = Api(bob).post(IMPORT, {"assertion": ada.signed(achievement="https://else.example/b")})

    assert item.one["badgeclassOpenBadgeId"] == f"{ada.did}#https://else.example/b"


def test_an_imported_award_is_rechecked_by_its_holder(bob, there):
    name = Api(bob).post(IMPORT, {"url": there.award()}).one["entityId"]
    path = f"{LIST}/{name}/verify"
    there.put("/award", there.document("/award") | {"revoked": True, "revocationReason": "Error"})

    assert Api(factories.user("carol@example.org")).post(path).body == NOT_FOUND
    assert Api(bob, "r:backpack").post(path).body == NOT_FOUND
    answer = Api(bob).post(path)

    assert answer.status == 200
    assert (answer.one["revoked"], answer.one["revocationReason"]) == (True, "Error")
    assert [(check["check"], check["state"]) for check in answer.body["checks"]] == [
        ("input", "passed"),
        ("reachable", "passed"),
        ("status", "failed"),
    ]

    del there.pages["/award"]
    refused = Api(bob).post(path)
    assert (refused.status, refused.body["validationErrors"][0]["name"]) == (
        400,
        "UNABLE_TO_VERIFY",
    )


def test_an_award_of_this_server_needs_no_recheck(bob):
    award = factories.assertion()

    answer = Api(bob).post(f"{_path(award)}/verify")

    assert (answer.status, answer.one, answer.body["checks"]) == (200, _item(award), [])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": ""},
        {"url": None, "image": None, "assertion": {}},
        {"url": "https://a.example.org", "image": PNG},
        {"image": PNG, "assertion": {"id": "https://a.example.org"}},
    ],
)
def test_an_import_is_of_exactly_one_thing(bob, body):
    answer = Api(bob).post(IMPORT, body)

    assert (answer.status, answer.body) == (400, bad_request(general=[ONE_OF_THREE]))


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"url": "a badge"}, {"url": ["Enter a valid URL."]}),
        (
            {"image": "a badge"},
            {"image": ["The submitted data was not a file. Check the encoding type on the form."]},
        ),
        (
            {"image": "https://a.example.org/badge.png"},
            {"image": ["The address of an image is sent as 'url'."]},
        ),
        ({"assertion": 7}, {"assertion": ["Must be a JSON object, or the text of one."]}),
    ],
)
def test_what_is_no_url_or_image_is_told_by_field(bob, body, fields):
    answer = Api(bob).post(IMPORT, body)

    assert (answer.status, answer.body) == (400, bad_request(fields))


def test_e11_an_image_without_a_badge_is_refused(bob):
    answer = Api(bob).post(IMPORT, {"image": PNG})

    assert (answer.status, answer.body) == (
        400,
        bad_request(
            general=[
                {
                    "name": "INVALID_BADGE",
                    "description": "The PNG holds no badge.",
                    "checks": [
                        {
                            "check": "input",
                            "state": "failed",
                            "level": "ERROR",
                            "description": "The PNG holds no badge.",
                            "code": "PROCESS_BAKED_RESOURCE",
                            "node": None,
                            "advice": None,
                        }
                    ],
                }
            ]
        ),
    )


def test_w10_what_is_wrong_with_a_badge_are_objects(bob, there):
    url = there.award(recipient={"type": "email", "identity": "carol@example.org", "hashed": False})
    api = Api(bob)

    def said(body):
        answer = api.post(IMPORT, body)
        assert answer.status == 400
        assert answer.body["fieldErrors"] == {}
        return [(item["name"], item["description"]) for item in answer.body["validationErrors"]]

    assert said({"url": url}) == [
        (
            "VERIFY_RECIPIENT_IDENTIFIER",
            "The recipient does not match any of your verified emails",
        )
    ]
    assert said({"url": f"{there.origin}/nothing"}) == [("FETCH_HTTP_NODE", "Unable to reach URL")]
    assert said({"assertion": "a.b.c"}) == [("VERIFY_SIGNATURE", "Could not verify signature")]
    assert said({"url": f"{there.origin}/issuer"}) == [
        ("ASSERTION_NOT_FOUND", "Unable to find an assertion")
    ]
    there.badgeclass(issuer="https://badges.example.org/public/issuers/x")
    assert said({"url": url}) == [("UNABLE_TO_VERIFY", "Unable to verify the assertion")]
    there.put("/award", {**there.document("/award"), "revoked": True})
    assert said({"url": url}) == [("ASSERTION_REVOKED", "This assertion has been revoked")]


def test_x14_the_inside_of_our_network_is_not_asked(bob):
    answer = Api(bob).post(IMPORT, {"url": "http://169.254.169.254/latest/meta-data/"})

    assert answer.status == 400
    (said,) = answer.body["validationErrors"]
    assert [check["state"] for check in said.pop("checks")] == ["passed", "unknown"]
    assert said == {
        "name": "FETCH_HTTP_NODE",
        "description": "Unable to reach URL",
        "detail": "The assertion at http://169.254.169.254/latest/meta-data/ could not be "
        "fetched: The address of 169.254.169.254 is not public. "
        "Try again later; if it stays so, tell the issuer.",
    }


def test_a_pending_award_is_shown_on_demand_and_to_nobody_else(bob, there):
    EmailAddress.objects.create(user=bob, email="robert@example.org", verified=False)
    url = there.award(
        recipient={"type": "email", "identity": "robert@example.org", "hashed": False}
    )
    api = Api(bob)

    item = api.post(IMPORT, {"url": url}).one

    picture = f"{HOME}/badges/{item['badgeclass']}/image"
    assert (item["pending"], item["image"]) == (True, picture)
    assert api.get(LIST).result == []
    assert api.get(LIST, include_pending="1").one == item
    name = item["entityId"]
    assert api.get(f"{LIST}/{name}/image").headers["Location"] == picture
    for page in ("", ".json", "/image", "/baked"):
        assert Api().get(f"/public/assertions/{name}{page}").status == 404
    assert Api().post("/public/verify", {"entity_id": name}).status == 404
    assert Api().get("/public/oembed", url=f"{HOME}/assertions/{name}").status == 404
    assert Api().get(f"/v2/backpack/share/assertion/{name}", provider="facebook").status == 404


def test_imported_things_are_in_no_list_of_any_issuer(there):
    bob = factories.user("bob@example.org", is_superuser=True)
    item = Api(bob).post(IMPORT, {"url": there.award()}).one
    everything = "rw:issuer rw:backpack rw:profile"

    for scope in (everything, f"{everything} rw:serverAdmin", f"rw:issuer:{item['issuer']}"):
        api = Api(bob, scope)
        for path in (
            "/v2/issuers/changed",
            "/v2/badgeclasses/changed",
            "/v2/assertions/changed",
            "/v2/issuers",
            "/v2/badgeclasses",
        ):
            answer = api.get(path)
            assert answer.body["result"] == []
        for path in (
            f"/v2/issuers/{item['issuer']}/badgeclasses",
            f"/v2/issuers/{item['issuer']}/assertions",
            f"/v2/badgeclasses/{item['badgeclass']}/assertions",
            f"/v2/assertions/{item['entityId']}",
        ):
            assert api.get(path).body == NOT_FOUND
        for path in (
            f"/v2/badgeclasses/{item['badgeclass']}/assertions",
            f"/v2/badgeclasses/{item['badgeclass']}/issue",
            f"/v2/issuers/{item['issuer']}/assertions",
            f"/v2/issuers/{item['issuer']}/badgeclasses",
        ):
            assert api.post(path, {"recipient": {"identity": "x@example.org"}}).body == NOT_FOUND
        assert api.put(f"/v2/issuers/{item['issuer']}", {"name": "x"}).body == NOT_FOUND
        assert api.put(f"/v2/badgeclasses/{item['badgeclass']}", {"name": "x"}).body == NOT_FOUND
        assert api.delete(f"/v2/assertions/{item['entityId']}").body == NOT_FOUND


def test_moodle_reads_the_badge_class_and_issuer_of_what_was_imported(bob, there):
    item = Api(bob, "r:backpack rw:backpack").post(IMPORT, {"url": there.award()}).one
    api = Api(bob)

    badgeclass = api.get(f"/v2/badgeclasses/{item['badgeclass']}").one
    issuer = api.get(f"/v2/issuers/{item['issuer']}").one

    assert [
        badgeclass[name] for name in ("name", "openBadgeId", "issuer", "issuerOpenBadgeId")
    ] == [
        "Navigation",
        f"{there.origin}/navigation",
        item["issuer"],
        f"{there.origin}/issuer",
    ]
    assert (issuer["name"], issuer["openBadgeId"]) == (
        "Sailing Academy",
        f"{there.origin}/issuer",
    )


def test_holding_an_award_does_not_show_who_else_holds_one(bob):
    award = factories.assertion()
    factories.assertion(award.badgeclass, to="carol@example.org")
    api = Api(bob)

    assert api.get(f"/v2/issuers/{award.issuer.entity_id}").status == 200
    assert api.get(f"/v2/badgeclasses/{award.badgeclass.entity_id}").status == 200
    for path in (
        f"/v2/issuers/{award.issuer.entity_id}/assertions",
        f"/v2/badgeclasses/{award.badgeclass.entity_id}/assertions",
        f"/v2/assertions/{award.entity_id}",
    ):
        assert api.get(path).body == NOT_FOUND


@pytest.mark.django_db(transaction=True)
def test_no_transaction_waits_for_another_server(bob, there):
    url = there.award()
    here = connections["default"]
    open_ones = []
    there.when_asked = lambda: open_ones.append(here.in_atomic_block)

    answer = Api(bob).post(IMPORT, {"url": url}, **{"Idempotency-Key": "once"})

    assert answer.status == 201
    assert open_ones == [False] * len(there.asked)
    again = Api(bob).post(IMPORT, {"url": url}, **{"Idempotency-Key": "once"})
    assert again.body == answer.body
    assert Api(bob).post(IMPORT, {"url": url}).body == bad_request(general=[DUPLICATE])
