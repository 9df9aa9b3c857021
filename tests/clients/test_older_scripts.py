"""
Scripts and templates of old that speak V1, or a mix of V1 and V2.

None of them is on a registry; their requests are written anew from their sources: the template
for Microsoft Teams (OfficeDev), badgr-queue (openSenseMap), badgr-client (Mozilla Science), and
the first badge backend of Open edX.
"""

import base64
from typing import Any

import pytest
import requests

from tests.api.client import PNG
from tests.clients.people import Person

pytestmark = pytest.mark.served


def test_s7_s8_teams_finds_its_issuer_by_name_and_reads_a_backpack(
    ada: Person, bob: Person
) -> None:
    issuer = ada.issuer(name=f"Harbor of {ada.entity_id}")
    badgeclass = ada.badgeclass(issuer)
    ada.award(badgeclass, bob.email)
    # It says of every GET, too, that it is JSON, and sends nothing.
    headers = {**ada.bearer, "Content-Type": "application/json"}

    myself = requests.get(f"{ada.served.url}/v2/users/self", headers=headers).json()["result"][0]
    assert {"emails", "url", "telephone", "badgrDomain"} <= set(myself)
    issuers = requests.get(f"{ada.served.url}/v2/issuers", headers=headers).json()["result"]
    (found,) = [item for item in issuers if item["name"] == f"Harbor of {ada.entity_id}"]
    emails = [
        mail["email"].upper() for staff in found["staff"] for mail in staff["userProfile"]["emails"]
    ]
    assert ada.email.upper() in emails
    staff = ada.call(
        "POST",
        f"/v1/issuer/issuers/{found['entityId']}/staff",
        {"action": "add", "email": bob.email, "role": "staff"},
    )
    assert (staff.status_code, staff.json()["role"]) == (200, "staff")

    kept = bob.call("GET", "/v1/earner/badges").json()
    mine = [
        item for item in kept if f"/{found['entityId']}" in item["json"]["badge"]["issuer"]["id"]
    ]
    ((badge, issued_on),) = [(item["json"]["badge"], item["json"]["issuedOn"]) for item in mine]
    assert badge["name"]["@value"] == "Knot Tying"
    assert badge["criteria_text"]["@value"] == "Tie **ten** knots"
    assert badge["image"]["@value"].startswith("http")
    assert badge["issuer"]["name"]["@value"] == found["name"]
    assert issued_on["@value"]


def test_t2_badgr_queue_signs_in_with_a_multipart_form_and_awards_by_v1(ada: Person) -> None:
    badgeclass = ada.badgeclass()
    fields = {
        "grant_type": "password",
        "client_id": "public",
        "client_secret": "",
        "scope": "rw:profile rw:issuer rw:backpack",
        "username": ada.email,
        "password": ada.password,
    }
    form = {name: (None, value) for name, value in fields.items()}
    token = requests.post(f"{ada.served.url}/o/token", files=form).json()["access_token"]
    path = f"/v1/issuer/issuers/{badgeclass['issuer']}/badges/{badgeclass['entityId']}/assertions"

    answer = requests.post(
        f"{ada.served.url}{path}",
        json={
            "badge_class": badgeclass["entityId"],
            "create_notification": True,
            "evidence_items": [],
            "issuer": badgeclass["issuer"],
            "narrative": "",
            "recipient_identifier": "bob@example.org",
            "recipient_type": "email",
        },
        headers={"Authorization": f"Bearer {token}"},
    )

    assert answer.status_code == 201, answer.text


def test_t9_mozilla_science_looks_for_badges_of_a_researcher(ada: Person) -> None:
    badgeclass = ada.badgeclass()
    form = {"username": (None, ada.email), "password": (None, ada.password)}
    token = requests.post(f"{ada.served.url}/api-auth/token", files=form).json()["token"]
    headers = {"Authorization": f"Token {token}"}
    path = f"/v1/issuer/issuers/{badgeclass['issuer']}/badges/{badgeclass['entityId']}/assertions"
    award = {"email": "0000-0002-1825-0097@orcid.org", "evidence": "https://doi.example.org/10.1/1"}

    def call(verb: str, path: str, body: Any = None) -> Any:
        answer = requests.request(verb, f"{ada.served.url}{path}", json=body, headers=headers)
        assert answer.ok, answer.text
        return answer.json()

    badges = call("GET", "/v1/issuer/all-badges")
    made = call("POST", path, award)
    (found,) = call("GET", f"{path}?recipient=0000-0002-1825-0097@orcid.org")

    assert badgeclass["entityId"] in [item["slug"] for item in badges]
    assert found == made
    assert found["badge_class"].endswith(badgeclass["entityId"])
    assert found["evidence_items"][0]["evidence_url"] == award["evidence"]


def test_the_first_backend_of_open_edx_makes_a_badge_class_by_multipart_and_awards_by_form(
    ada: Person,
) -> None:
    issuer = ada.issuer()["entityId"]
    url = f"{ada.served.url}/v1/issuer/issuers/{issuer}/badges"
    picture = base64.b64decode(PNG.partition(",")[2])

    made = requests.post(
        url,
        data={
            "name": "Knot Tying",
            "criteria": "https://edx.example.org/knots",
            "slug": "knot-tying-101",
            "description": "Ties knots",
        },
        files={"image": ("badge.png", picture, "image/png")},
        headers=ada.bearer,
    )
    # The slug is the server's to choose; the one that was sent leads nowhere.
    slug = made.json()["slug"]
    probes = [
        requests.get(f"{url}/{name}", headers=ada.bearer) for name in (slug, "knot-tying-101")
    ]
    award = requests.post(
        f"{url}/{slug}/assertions",
        data={"email": "bob@example.org", "evidence": "https://edx.example.org/certificates/1"},
        headers=ada.bearer,
    )

    assert made.status_code == 201, made.text
    assert [probe.status_code for probe in probes] == [200, 404]
    assert award.status_code == 201, award.text
    said = award.json()
    assert said["json"]["id"].startswith(f"{ada.served.url}/public/assertions/")
    assert said["image"].endswith("/image")
    assert said["issuer"].endswith(f"/public/issuers/{issuer}")
