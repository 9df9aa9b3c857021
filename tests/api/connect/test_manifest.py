"""The manifest of Badge Connect, as a program finds it that knows nothing but the address."""

import pytest

HOME = "https://badges.example.org"
SCOPE = "https://purl.imsglobal.org/spec/ob/v2p1/scope"


def manifest(**members):
    host = {
        "name": "Rosette",
        "image": f"{HOME}/static/favicon.svg",
        "apiBase": f"{HOME}/bcv1",
        "version": "v1p0",
        "termsOfServiceUrl": f"{HOME}/",
        "privacyPolicyUrl": f"{HOME}/",
        "scopesOffered": [
            f"{SCOPE}/assertion.readonly",
            f"{SCOPE}/assertion.create",
            f"{SCOPE}/profile.readonly",
        ],
        "registrationUrl": f"{HOME}/o/register",
        "authorizationUrl": f"{HOME}/auth/oauth2/authorize",
        "tokenUrl": f"{HOME}/o/token",
    }
    return {
        "@context": "https://w3id.org/openbadges/badgeconnect/v1",
        "id": f"{HOME}/bcv1/manifest/badges.example.org",
        "badgeConnectAPI": [host | members],
    }


def test_s11_the_well_known_address_leads_to_the_manifest(client):
    answer = client.get("/.well-known/badgeconnect.json", follow=True)

    assert answer.redirect_chain == [("/bcv1/manifest/badges.example.org", 302)]
    assert (answer.status_code, answer.json()) == (200, manifest())
    assert answer["Content-Type"] == "application/json"


def test_the_site_names_its_terms(client, settings):
    said = {
        "terms_url": "https://harbor.example.org/terms",
        "privacy_url": "https://harbor.example.org/privacy",
        "site_name": "Harbor Badges",
    }
    settings.ROSETTE = settings.ROSETTE.model_copy(update=said)

    assert client.get("/bcv1/manifest/badges.example.org").json() == manifest(
        name="Harbor Badges",
        termsOfServiceUrl=said["terms_url"],
        privacyPolicyUrl=said["privacy_url"],
    )


@pytest.mark.parametrize("name", ["127.0.0.1", "127.0.0.1:8000"])
def test_a_port_may_be_part_of_the_name(client, settings, name):
    update = {"public_url": "http://127.0.0.1:8000"}
    settings.ROSETTE = settings.ROSETTE.model_copy(update=update)

    answer = client.get(f"/bcv1/manifest/{name}").json()

    assert answer["id"] == "http://127.0.0.1:8000/bcv1/manifest/127.0.0.1"
    assert answer["badgeConnectAPI"][0]["apiBase"] == "http://127.0.0.1:8000/bcv1"


def test_another_name_has_no_manifest(client):
    answer = client.get("/bcv1/manifest/evil.example.org")

    assert (answer.status_code, answer.content) == (404, b"")
