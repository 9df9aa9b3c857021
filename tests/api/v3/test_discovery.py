"""/ims/ob/v3p0/discovery: what a program finds that knows nothing but the address."""

import re

import openapi_spec_validator
import pytest
from django.test import Client

from tests import factories
from tests.api.v3.wire import CREDENTIALS, DISCOVERY, JSON, PROFILE, READ, SEE, UPDATE, UPSERT, get
from tests.environment import ORIGIN

INFO = {
    "title": "Rosette",
    "version": "3.0",
    "termsOfService": f"{ORIGIN}/",
    "x-imssf-privacyPolicyUrl": f"{ORIGIN}/",
    "x-imssf-image": f"{ORIGIN}/static/favicon.svg",
}
SCHEME = {
    "type": "oauth2",
    "description": "OAuth 2.0 Authorization Code Grant, with PKCE (S256)",
    "x-imssf-name": "Rosette",
    "x-imssf-privacyPolicyUrl": f"{ORIGIN}/",
    "x-imssf-termsOfServiceUrl": f"{ORIGIN}/",
    "x-imssf-registrationUrl": f"{ORIGIN}/o/register",
    "flows": {
        "authorizationCode": {
            "authorizationUrl": f"{ORIGIN}/auth/oauth2/authorize",
            "tokenUrl": f"{ORIGIN}/o/token",
            "refreshUrl": f"{ORIGIN}/o/token",
            "scopes": {
                READ: "See your badges",
                UPSERT: "Put badges into your backpack, and renew them",
                SEE: "See who you are",
                UPDATE: "Change your name",
            },
        }
    },
}


def test_it_is_an_openapi_description_that_says_where_to_register_and_get_tokens(client: Client):
    answer = client.get(DISCOVERY)

    found = answer.json()
    openapi_spec_validator.validate(found)
    assert (answer.status_code, answer["Content-Type"]) == (200, JSON)
    assert found["openapi"] == "3.0.1"
    assert found["info"] == INFO
    assert found["components"]["securitySchemes"] == {"OAuth2ACG": SCHEME}
    assert found["servers"] == [{"url": f"{ORIGIN}/ims/ob/v3p0"}]


def test_each_operation_of_the_standard_is_described_with_its_scope(client: Client):
    found = client.get(DISCOVERY).json()

    described = {
        f"{verb.upper()} {path}": (operation["operationId"], operation.get("security"))
        for path, operations in found["paths"].items()
        for verb, operation in operations.items()
    }
    assert described == {
        "GET /credentials": ("getCredentials", [{"OAuth2ACG": [READ]}]),
        "POST /credentials": ("upsertCredential", [{"OAuth2ACG": [UPSERT]}]),
        "GET /profile": ("getProfile", [{"OAuth2ACG": [SEE]}]),
        "PUT /profile": ("putProfile", [{"OAuth2ACG": [UPDATE]}]),
        "GET /discovery": ("getServiceDescription", None),
    }


def test_the_site_names_its_terms(client: Client, settings):
    said = {
        "terms_url": "https://harbor.example.org/terms",
        "privacy_url": "https://harbor.example.org/privacy",
        "site_name": "Harbor Badges",
    }
    settings.ROSETTE = settings.ROSETTE.model_copy(update=said)

    found = client.get(DISCOVERY).json()

    assert found["info"] == INFO | {
        "title": "Harbor Badges",
        "termsOfService": said["terms_url"],
        "x-imssf-privacyPolicyUrl": said["privacy_url"],
    }
    assert found["components"]["securitySchemes"]["OAuth2ACG"] == SCHEME | {
        "x-imssf-name": "Harbor Badges",
        "x-imssf-privacyPolicyUrl": said["privacy_url"],
        "x-imssf-termsOfServiceUrl": said["terms_url"],
    }


def test_whoever_keeps_it_is_told_that_it_is_the_same(client: Client):
    first = client.get(DISCOVERY)

    again = client.get(DISCOVERY, headers={"If-None-Match": first["ETag"]})

    assert first["Cache-Control"] == "public, max-age=300"
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.django_db
def test_what_is_answered_is_as_it_describes(client: Client):
    import jsonschema_rs

    bob = factories.user("bob@example.org")
    factories.assertion()
    found = client.get(DISCOVERY).json()

    def valid(name: str, value: object) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", "components": found["components"]}
        jsonschema_rs.validator_for(schema).validate(value)

    credentials = get(bob, CREDENTIALS, READ).json()
    valid("GetOpenBadgeCredentialsResponse", credentials)
    assert len(credentials["credential"]) == 1
    valid("Profile", get(bob, PROFILE, SEE).json())
    valid("Imsx_StatusInfo", get(None, PROFILE, SEE).json())
    valid("ServiceDescriptionDocument", found)
    assert re.match(found["components"]["schemas"]["CompactJws"]["pattern"], "a.b.c")
