"""``/public/assertions/:id/ob3``: which form is answered to whom, whole and cached."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rosette.models import Assertion, BadgeClass
from rosette.openbadges.baking import unbake
from rosette.openbadges.keys import read_jwk, read_multikey
from rosette.openbadges.proofs import data_integrity, jwt
from rosette.operations import badgeclasses, pictures
from rosette.operations.policies import Actor
from tests import published
from tests.openbadges import test_ob3 as ob3
from tests.openbadges.facts import SVG
from tests.openbadges.test_ob3 import ACHIEVEMENT
from tests.public.test_assertions import ASSERTION, NOT_FOUND
from tests.published import AWARD, HARBOR, KNOTS

CREDENTIAL = ob3.CREDENTIAL | {"credentialStatus": published.STATUS}

pytestmark = pytest.mark.django_db

PATH = f"/public/assertions/{AWARD}"
OB3 = f"{PATH}/ob3"
KEYS = f"/public/issuers/{HARBOR}/keys"
VC, JSON, JSON_LD = "application/vc+ld+json", "application/json", "application/ld+json"


def proven(client: Client, document: dict[str, Any]) -> dict[str, Any]:
    """The document without its proof, which is good by the key that the issuer publishes."""
    [proof] = document["proof"]
    did = client.get(f"/public/issuers/{HARBOR}/did.json").json()
    [method] = [
        item for item in did["verificationMethod"] if item["id"] == proof["verificationMethod"]
    ]
    assert method["id"] in did["assertionMethod"]
    assert method["controller"] == document["issuer"]["id"] == did["id"]
    data_integrity.check(document, proof, read_multikey(method["publicKeyMultibase"]))
    return {name: member for name, member in document.items() if name != "proof"}


def opened(client: Client, token: str) -> dict[str, Any]:
    """The credential in the token, by the key that its header names."""
    kid = jwt.header_of(token)["kid"]
    key = client.get(kid.removeprefix("https://badges.example.org"), headers={"Accept": "x/y"})
    return jwt.check(token, read_jwk(key.json()))


@pytest.mark.parametrize(
    ("path", "accept", "media_type"),
    [
        (OB3, None, VC),
        (f"{OB3}/", "*/*", VC),
        (OB3, VC, VC),
        (OB3, "application/vc", "application/vc"),
        (OB3, JSON, JSON),
        (OB3, JSON_LD, JSON_LD),
        (OB3, f'{JSON_LD}; profile="https://www.w3.org/ns/credentials/v2"', JSON_LD),
        (OB3, f"{VC}, text/html;q=0.5", VC),
        (f"{OB3}.json", "text/html", VC),
        (f"{OB3}?format=json", "text/html", JSON),
        (f"{PATH}?v=3_0", None, VC),
        (f"{PATH}?v=3_0", JSON, JSON),
        (f"{PATH}.json?v=3_0", None, VC),
        (PATH, VC, VC),
        (PATH, "application/vc", "application/vc"),
        (PATH, f"{VC}, {JSON};q=0.9", VC),
    ],
)
def test_the_embedded_form(client: Client, path: str, accept: str | None, media_type: str):
    published.award()

    response = client.get(path, headers={"Accept": accept} if accept else {})

    assert response.status_code == 200
    assert response["Content-Type"] == media_type
    assert "Accept" in response["Vary"]
    assert proven(client, json.loads(response.content)) == CREDENTIAL


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        (OB3, "text/plain"),
        (OB3, "application/vc+jwt"),
        (OB3, "application/jwt"),
        (f"{OB3}.jwt", None),
        (f"{OB3}.jwt", "text/html"),
        (f"{PATH}?v=3_0", "text/plain"),
        (PATH, "application/vc+jwt"),
        (PATH, f"application/vc+jwt, {JSON};q=0.9"),
    ],
)
def test_the_form_of_a_jwt(client: Client, path: str, accept: str | None):
    published.award()

    response = client.get(path, headers={"Accept": accept} if accept else {})

    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain"
    assert opened(client, response.content.decode()) == CREDENTIAL


@pytest.mark.parametrize("accept", [None, "*/*", JSON, f"{JSON}, {VC}", f"{JSON}, {VC};q=0.9"])
def test_who_takes_the_hosted_document_gets_it(client: Client, accept: str | None):
    published.award()

    response = client.get(PATH, headers={"Accept": accept} if accept else {})

    assert response.json() == ASSERTION


@pytest.mark.parametrize("query", ["?v=2_0", "?v=1_1", "?format=json"])
def test_who_names_another_version_gets_that(client: Client, query: str):
    published.award()

    response = client.get(PATH + query, headers={"Accept": f"{VC}, {JSON}"})

    assert response.json()["@context"].startswith("https://w3id.org/openbadges/")


def test_people_are_sent_to_the_page(client: Client):
    published.award()
    browser = "text/html,application/xhtml+xml,*/*;q=0.8"

    response = client.get(OB3, headers={"Accept": browser})
    page = client.get(f"{PATH}?v=3_0", headers={"Accept": browser})

    assert (response.status_code, response["Location"]) == (302, PATH)
    assert page["Content-Type"].startswith("text/html")


def test_who_takes_neither_is_told(client: Client):
    published.award()

    assert client.get(OB3, headers={"Accept": "image/png"}).status_code == 406


def test_the_same_bytes_again_or_none_at_all(client: Client):
    published.award()
    first = client.get(OB3)

    assert client.get(OB3).content == first.content
    again = client.get(OB3, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Cache-Control"] == "public, max-age=30, stale-while-revalidate=120"
    assert client.get(f"{OB3}.jwt")["ETag"] != first["ETag"]
    BadgeClass.objects.update(updated_at=timezone.now())
    assert client.get(OB3)["ETag"] == first["ETag"]


def test_a_revoked_award_keeps_its_credential_but_not_its_image(client: Client):
    published.award(revoked_at=timezone.now(), revocation_reason="r")

    assert proven(client, client.get(OB3).json()) == CREDENTIAL
    assert client.get(f"{PATH}/baked?v=3_0").status_code == 404


@pytest.mark.parametrize(
    "fields", [{"visibility": "private"}, {"source_url": "https://elsewhere.example.org/1"}]
)
def test_what_is_private_or_of_others_is_not_there(client: Client, fields: dict[str, Any]):
    published.award(**fields)

    for path in (OB3, f"{OB3}.jwt", f"{PATH}?v=3_0", "/public/assertions/unknown/ob3"):
        response = client.get(path)
        assert (response.status_code, response.json()) == (404, NOT_FOUND)


def test_an_award_of_another_server_has_no_credential_here(client: Client):
    published.award(source_url="https://elsewhere.example.org/1")
    Assertion.objects.update(recipient_identity="bob@example.org")
    from tests import factories

    factories.user("bob@example.org")

    assert client.get(PATH).status_code == 200
    for path in (OB3, f"{PATH}?v=3_0", f"{PATH}/baked?v=3_0"):
        assert client.get(path).status_code == 404
    assert client.get(PATH, headers={"Accept": VC}).status_code == 404


def test_by_link_alone_it_is_found_by_its_hash_and_kept_discreet(client: Client):
    share = "0123456789abcdef0123456789abcdef"
    published.award(visibility="link", share_hash=share)

    assert client.get(OB3).status_code == 404
    response = client.get(f"/public/assertions/{share}/ob3")
    assert response.json()["id"].endswith(f"/public/assertions/{share}/ob3")
    assert response["X-Robots-Tag"] == "noindex"
    assert AWARD not in response.content.decode()
    baked = client.get(f"/public/assertions/{share}/baked?v=3_0")
    assert baked["X-Robots-Tag"] == "noindex"


def test_a_name_of_old_leads_here(client: Client):
    published.award(slug="of-old")

    response = client.get("/public/assertions/of-old/ob3")
    assert (response.status_code, response["Location"]) == (301, OB3)


def test_a_credential_is_read_only(client: Client):
    published.award()

    assert client.post(OB3).status_code == 405


def test_any_site_may_ask(client: Client):
    published.award()

    for path in (OB3, f"/public/issuers/{HARBOR}/did.json", f"{KEYS}/jwt-1"):
        response = client.get(path, headers={"Origin": "https://verifier.example.org"})
        assert response["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("image", ["png", "svg"])
def test_baked_images_of_both_versions_are_files_of_their_own(client: Client, image: str):
    knots = published.knots(**({"image": pictures.keep(SVG)} if image == "svg" else {}))
    published.award(knots)

    new = client.get(f"{PATH}/baked?v=3_0")
    old = client.get(f"{PATH}/baked")

    assert new["Content-Type"] == old["Content-Type"]
    assert new.content != old.content
    assert proven(client, json.loads(unbake(new.content, "credential"))) == CREDENTIAL
    assert json.loads(unbake(old.content)) == ASSERTION
    again = client.get(f"{PATH}/baked?v=3_0", headers={"If-None-Match": new["ETag"]})
    assert again.status_code == 304


def test_a_baked_credential_stays_in_the_image_of_its_time(client: Client):
    award = published.award()
    before = client.get(f"{PATH}/baked?v=3_0").content
    owner = award.badgeclass.created_by
    assert owner is not None

    badgeclasses.change(award.badgeclass, {"image": SVG, "name": "N"}, by=Actor.person(owner))

    assert client.get(f"{PATH}/baked?v=3_0").content == before
    assert client.get(f"{PATH}/baked")["Content-Type"] == "image/svg+xml"


def test_the_achievement_by_itself(client: Client):
    published.knots()
    path = f"/public/badges/{KNOTS}/ob3"
    expected = {"@context": [CREDENTIAL["@context"][1]], **ACHIEVEMENT}

    response = client.get(path)
    assert response.json() == expected
    assert client.get(f"{path}.json").json() == expected
    assert client.get(f"/public/badges/{KNOTS}")["ETag"] != response["ETag"]
    page = client.get(path, headers={"Accept": "text/html"})
    assert page["Content-Type"].startswith("text/html")
    assert client.get("/public/badges/unknown/ob3").status_code == 404
    BadgeClass.objects.update(source_url="https://elsewhere.example.org/b")
    assert client.get(path).status_code == 404
