"""``POST /public/verify``: our own awards, imported ones, and badges of anybody."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from rosette.models import Assertion, Visibility
from rosette.models.assertions import published_assertion
from rosette.openbadges.baking import bake
from rosette.operations import backpack, baking, imports
from rosette.operations.policies import Actor
from tests import factories, published
from tests.foreign import Academy, academy
from tests.openbadges.facts import png
from tests.openbadges.verification.keys import sign, signed_award
from tests.openbadges.verification.signing import Issuer
from tests.public.test_assertions import ASSERTION, BADGECLASS, ISSUER, NOT_FOUND
from tests.published import AWARD, ORIGIN

pytestmark = pytest.mark.django_db

WHOLE = ASSERTION | {"badge": BADGECLASS | {"issuer": ISSUER}}
PATH = "/public/verify"


def envelope(document: Any) -> dict[str, Any]:
    return {"status": {"success": True, "description": "OK"}, "result": [document]}


@pytest.mark.parametrize("path", [PATH, f"{PATH}.json", f"{PATH}/"])
def test_an_award_with_badge_and_issuer(
    client: Client, django_assert_num_queries: Any, path: str
) -> None:
    published.award()

    with django_assert_num_queries(1):
        response = client.post(path, {"entity_id": AWARD}, content_type="application/json")

    assert response.status_code == 200
    assert response.json() == envelope(WHOLE)


def test_a_form_will_do(client: Client) -> None:
    published.award()

    assert client.post(PATH, {"entity_id": AWARD}).json() == envelope(WHOLE)


def test_a_revoked_award_says_so(client: Client) -> None:
    published.award(revoked_at=published.CHANGED, revocation_reason="Issued in error")

    response = client.post(PATH, {"entity_id": AWARD}, content_type="application/json")

    assert response.status_code == 200
    assert response.json() == envelope(
        {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "Assertion",
            "id": f"{ORIGIN}/public/assertions/{AWARD}",
            "revoked": True,
            "revocationReason": "Issued in error",
        }
    )


@pytest.mark.parametrize(
    "body",
    ['{"entity_id": "nothing"}', "{}", "[]", '{"entity_id": 7}', '{"entity_id": "\\u0000"}', ""],
)
def test_what_names_no_award_is_not_found(client: Client, body: str) -> None:
    published.award()

    response = client.post(PATH, body, content_type="application/json")

    assert (response.status_code, response.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("x" * 2_000, "application/json"),
        ("a=1&b=2&c=3", "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_too_large_is_413_and_no_event_for_the_log(
    client: Client, settings: Any, caplog: Any, body: str, content_type: str
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2

    response = client.post(PATH, body, content_type=content_type)

    assert response.status_code == 413
    assert response.json()["validationErrors"] == ["The request body is too large."]
    assert caplog.records == []


def test_what_is_no_json_is_refused(client: Client) -> None:
    response = client.post(PATH, "{", content_type="application/json")

    assert response.status_code == 400
    (message,) = response.json()["validationErrors"]
    assert message.startswith("JSON parse error - ")


def test_e9_get_is_405(client: Client) -> None:
    response = client.get(PATH)

    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert response.json() == {
        "status": {"success": False, "description": "miscellaneous error"},
        "result": [],
        "fieldErrors": {},
        "validationErrors": ['Method "GET" not allowed.'],
    }


@pytest.fixture
def there(settings: Any) -> Iterator[Academy]:
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    with academy() as found:
        yield found


def post(client: Client, **body: Any) -> Any:
    return client.post(PATH, body, content_type="application/json")


def test_a_badge_of_anybody_is_verified(client: Client, there: Academy) -> None:
    url = there.award()

    response = post(client, url=url, recipient="bob@example.org")

    body = response.json()
    checks = body["report"].pop("checks")
    assert response.status_code == 200
    assert body == {
        "status": {"success": True, "description": "OK"},
        "result": [
            there.document("/award")
            | {"badge": there.document("/navigation") | {"issuer": there.document("/issuer")}}
        ],
        "report": {
            "verdict": "verified",
            "valid": True,
            "input": "url",
            "openBadgesVersion": "2.0",
            "assertion": url,
            "badgeclass": f"{there.origin}/navigation",
            "issuer": f"{there.origin}/issuer",
        },
    }
    assert {check["state"] for check in checks} == {"passed"}
    assert Assertion.objects.count() == 0


def test_every_way_to_hand_it_in(client: Client, there: Academy) -> None:
    jws = sign(signed_award(there))
    url = there.award()
    document = there.document("/award")
    image = bake(png(), json.dumps(document))
    uri = f"data:image/png;base64,{base64.b64encode(image).decode()}"

    for response, kind in (
        (post(client, image=uri), "png"),
        (post(client, assertion=document), "json"),
        (post(client, assertion=json.dumps(document)), "json"),
        (post(client, assertion=jws), "jws"),
        (client.post(PATH, {"url": url}), "url"),
        (client.post(PATH, {"assertion": jws}), "jws"),
        (client.post(PATH, {"image": SimpleUploadedFile("badge.png", image)}), "png"),
    ):
        report = response.json()["report"]
        assert (report["verdict"], report["input"]) == ("verified", kind)


@pytest.mark.parametrize(
    ("recipient", "verdict"),
    [
        ("bob@example.org", "verified"),
        (["carol@example.org", "bob@example.org"], "verified"),
        ("carol@example.org", "wrong-recipient"),
        ([], "verified"),
        (None, "verified"),
    ],
)
def test_the_recipient_is_compared(
    client: Client, there: Academy, recipient: Any, verdict: str
) -> None:
    response = post(client, url=there.award(), recipient=recipient)

    assert response.json()["report"]["verdict"] == verdict


def test_a_bad_badge_is_an_answer_and_no_refusal(client: Client, there: Academy) -> None:
    response = post(client, url=there.award(expires="2024-06-01T00:00:00Z"))

    assert response.status_code == 200
    assert response.json()["report"]["verdict"] == "expired"
    empty = post(client, assertion="no badge")
    assert (empty.status_code, empty.json()["result"]) == (200, [])
    assert empty.json()["report"]["verdict"] == "unreadable"


@pytest.mark.parametrize(
    ("body", "fields", "general"),
    [
        ({"url": "a badge"}, {"url": ["Enter a valid URL."]}, []),
        ({"url": 7}, {"url": ["Enter a valid URL."]}, []),
        ({"assertion": 7}, {"assertion": ["Must be a JSON object, or the text of one."]}, []),
        (
            {"image": "a badge"},
            {"image": ["The submitted data was not a file. Check the encoding type on the form."]},
            [],
        ),
        (
            {"url": "https://a.example", "assertion": {"id": "https://a.example"}},
            {},
            ["Must provide only one of 'url', 'image' or 'assertion'."],
        ),
        (
            {"url": "https://a.example", "recipient": {"email": "x"}},
            {"recipient": ["Must be a text, or a list of at most 20."]},
            [],
        ),
    ],
)
def test_what_cannot_be_verified_is_refused(
    client: Client, body: Any, fields: Any, general: Any
) -> None:
    response = post(client, **body)

    assert response.status_code == 400
    assert response.json()["fieldErrors"] == fields
    assert response.json()["validationErrors"] == general


def test_x14_the_inside_of_our_network_is_not_asked(client: Client) -> None:
    report = post(client, url="http://169.254.169.254/latest").json()["report"]

    assert report["verdict"] == "unavailable"
    assert "is not public" in report["checks"][-1]["description"]


def test_our_own_badges_are_verified_without_asking_ourselves(client: Client) -> None:
    published.award()
    row = published_assertion(AWARD)
    assert row is not None
    image = baking.baked(row)
    uri = f"data:image/png;base64,{base64.b64encode(image).decode()}"
    address = f"{ORIGIN}/public/assertions/{AWARD}"

    for body in ({"url": address}, {"url": f"{address}/image"}, {"image": uri}):
        report = post(client, **body).json()["report"]
        assert (report["verdict"], report["assertion"]) == ("verified", address), report
    assert post(client, url=f"{ORIGIN}/public/assertions/x").json()["report"]["verdict"] == (
        "unavailable"
    )
    Assertion.objects.update(revoked_at=published.CHANGED, revocation_reason="Error")
    assert post(client, url=address).json()["report"]["verdict"] == "revoked"


def test_an_imported_badge_is_asked_for_anew(client: Client, there: Academy) -> None:
    bob = factories.user("bob@example.org")
    url = there.award()
    name = imports.import_award(url, by=Actor.person(bob)).award.entity_id

    fine = post(client, entity_id=name)

    assert fine.status_code == 200
    assert fine.json()["result"][0]["id"] == url
    assert fine.json()["report"]["valid"] is True
    there.put("/award", there.document("/award") | {"revoked": True, "revocationReason": "Error"})
    revoked = post(client, entity_id=name)
    assert (revoked.status_code, revoked.json()["result"]) == (
        200,
        [
            {
                "@context": "https://w3id.org/openbadges/v2",
                "type": "Assertion",
                "id": url,
                "revoked": True,
                "revocationReason": "Error",
            }
        ],
    )
    assert revoked.json()["report"]["valid"] is False
    del there.pages["/award"]
    lost = post(client, entity_id=name)
    (said,) = lost.json()["validationErrors"]
    assert (lost.status_code, said["name"], said["description"]) == (
        400,
        "UNABLE_TO_VERIFY",
        "Unable to verify the assertion",
    )


def test_an_address_may_ask_a_hundred_times_an_hour(client: Client) -> None:
    for _ in range(101):  # the first is forgotten meanwhile
        assert post(client, assertion="x").status_code == 200

    refused = post(client, assertion="x")

    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    published.award()
    assert post(client, entity_id=AWARD).status_code == 200


def test_an_imported_award_that_is_seen_by_link_is_asked_for_by_its_hash(
    client: Client, settings: Any
) -> None:
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    by = Actor.person(factories.user("bob@example.org"))
    with academy() as there:
        item = imports.import_award(there.award(), by=by)
        share_hash = backpack.show(item, Visibility.LINK).award.share_hash

        response = client.post(PATH, {"entity_id": share_hash}, content_type="application/json")
        by_name = client.post(
            PATH, {"entity_id": item.award.entity_id}, content_type="application/json"
        )

    assert (response.status_code, response.json()["report"]["valid"]) == (200, True)
    assert by_name.status_code == 404


def test_a_credential_of_open_badges_3_is_verified_and_shown(client: Client, settings: Any) -> None:
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    with academy() as there:
        ada = Issuer(there)
        ada.publish_list()
        credential = ada.signed(listed=True)

        answers = [
            client.post(PATH, {"assertion": source}, content_type="application/json").json()
            for source in (credential, ada.token(listed=True))
        ]
        ada.publish_list(ada.index)
        late = client.post(PATH, {"assertion": credential}, content_type="application/json").json()

    for answer in answers:
        assert (answer["report"]["verdict"], answer["report"]["openBadgesVersion"]) == (
            "verified",
            "3.0",
        )
        assert answer["result"][0]["id"] == ada.award
    assert answers[0]["result"][0]["proof"] == credential["proof"]
    assert late["report"]["verdict"] == "revoked"


@pytest.mark.parametrize("form", ["ob3", "ob3.jwt", "baked?v=3_0"])
def test_our_own_credentials_are_verified_without_asking_ourselves(
    client: Client, form: str
) -> None:
    published.award()
    url = f"{ORIGIN}/public/assertions/{AWARD}/{form}"
    signed = client.get(f"/public/assertions/{AWARD}/{form}").content
    image = f"data:image/png;base64,{base64.b64encode(signed).decode()}"
    given = {"image": image} if "baked" in form else {"assertion": signed.decode()}

    for body in ({"url": url}, given):
        answer = client.post(PATH, body, content_type="application/json").json()
        assert answer["report"]["verdict"] == "verified", answer["report"]["checks"]
