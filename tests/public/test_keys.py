"""DID documents, keys and key sets as the world finds them."""

import pytest
from django.test import Client

from rosette.models import Issuer, SigningKey
from rosette.operations import keys
from tests import factories, published
from tests.published import HARBOR, ORIGIN

pytestmark = pytest.mark.django_db

URL = f"/public/issuers/{HARBOR}"
DID = f"did:web:badges.example.org:public:issuers:{HARBOR}"


def test_the_document_of_an_issuer(client: Client):
    issuer = published.harbor()
    jwt, key = keys.published(issuer.pk)

    response = client.get(f"{URL}/did.json")

    assert response.json() == {
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/multikey/v1",
            "https://w3id.org/security/suites/jws-2020/v1",
        ],
        "id": DID,
        "alsoKnownAs": [f"{ORIGIN}{URL}"],
        "verificationMethod": [
            {
                "id": f"{DID}#jwt-1",
                "type": "JsonWebKey2020",
                "controller": DID,
                "publicKeyJwk": jwt.public,
            },
            {
                "id": f"{DID}#key-1",
                "type": "Multikey",
                "controller": DID,
                "publicKeyMultibase": key.public,
            },
        ],
        "assertionMethod": [f"{DID}#jwt-1", f"{DID}#key-1"],
    }
    assert response["Content-Type"] == "application/did+ld+json"
    assert response["Cache-Control"] == "public, max-age=300"
    again = client.get(f"{URL}/did.json", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


def test_single_keys_whatever_the_caller_takes(client: Client):
    issuer = published.harbor()
    jwt, key = keys.published(issuer.pk)

    for accept in ("*/*", "text/html", "application/json", "x/y"):
        response = client.get(f"{URL}/keys/jwt-1", headers={"Accept": accept})
        assert isinstance(jwt.public, dict)
        assert response.json() == jwt.public | {"kid": f"{ORIGIN}{URL}/keys/jwt-1"}
        assert response["Content-Type"] == "application/json"
    assert client.get(f"{URL}/keys/key-1").json()["publicKeyMultibase"] == key.public
    for name in ("jwt-2", "key-01", "x"):
        assert client.get(f"{URL}/keys/{name}").status_code == 404


def test_the_key_set_holds_what_jwts_were_signed_with_and_is_trusted(client: Client):
    issuer = published.harbor()
    keys.published(issuer.pk)
    keys.rotate(issuer)
    assert [key["kid"] for key in client.get(f"{URL}/jwks.json").json()["keys"]] == [
        f"{ORIGIN}{URL}/keys/jwt-1",
        f"{ORIGIN}{URL}/keys/jwt-2",
    ]

    keys.rotate(issuer, stolen=True)
    assert [key["kid"] for key in client.get(f"{URL}/jwks.json").json()["keys"]] == [
        f"{ORIGIN}{URL}/keys/jwt-1",
        f"{ORIGIN}{URL}/keys/jwt-3",
    ]
    did = client.get(f"{URL}/did.json").json()
    assert len(did["verificationMethod"]) == 6
    assert did["assertionMethod"] == [f"{DID}#{n}" for n in ("jwt-1", "jwt-3", "key-1", "key-3")]


def test_nothing_of_a_private_key_is_published(client: Client):
    issuer = published.harbor()
    keys.published(issuer.pk)
    sealed = [row.sealed for row in SigningKey.objects.all()]

    for path in ("did.json", "jwks.json", "keys/jwt-1", "keys/key-1"):
        text = client.get(f"{URL}/{path}").content.decode()
        assert not any(part in text for part in ('"d"', '"p"', '"q"', "secret", *sealed))


def test_the_site_has_a_document_and_keys_of_its_own(client: Client):
    did = client.get("/.well-known/did.json").json()

    assert did["id"] == "did:web:badges.example.org"
    assert did["alsoKnownAs"] == [ORIGIN]
    [one] = client.get("/.well-known/jwks.json").json()["keys"]
    assert one["kid"] == f"{ORIGIN}/keys/jwt-1"
    assert client.get("/keys/jwt-1").json() == one
    assert client.get("/keys/jwt-9").status_code == 404


def test_a_deleted_issuer_keeps_its_document(client: Client):
    published.harbor(deleted_at=published.CHANGED)

    assert client.get(f"{URL}/did.json").json()["id"] == DID


def test_issuers_of_elsewhere_have_none(client: Client):
    foreign = factories.issuer(source_url="https://elsewhere.example.org/i")

    for name in (foreign.entity_id, "unknown"):
        for path in ("did.json", "jwks.json", "keys/jwt-1"):
            assert client.get(f"/public/issuers/{name}/{path}").status_code == 404
    assert not SigningKey.objects.exists()
    assert Issuer.objects.count() == 1
