"""
Badgr's original web interface: what its pages call, in the order in which people come to them.

It is an Angular program that is not published on a registry; its requests are written anew from
its services (`src/app/**/services/*-api.service.ts`).
"""

import re
from typing import Any

import pytest
import requests

from tests.api.client import PNG
from tests.clients.people import Person, address
from tests.foreign import academy
from tests.served import Served, serving

pytestmark = pytest.mark.served

_SCOPES = "rw:profile rw:issuer rw:backpack"
_NEXT = re.compile(r'<([^>]+)>; rel="next"')  # as it reads the header


class Ui:
    """The interface, with somebody signed in."""

    def __init__(self, served: Served, email: str, password: str) -> None:
        self.url = served.url
        answer = requests.post(
            f"{self.url}/o/token",
            data={
                "grant_type": "password",
                "client_id": "public",
                "scope": _SCOPES,
                "username": email,
                "password": password,
            },
        )
        assert answer.status_code == 200, answer.text
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        assert answer.json()["expires_in"] > 0

    def call(self, verb: str, path: str, body: Any = None, status: int = 200) -> Any:
        """What a call answers; the paths of pages are whole addresses."""
        url = path if path.startswith("http") else f"{self.url}{path}"
        self.answer = requests.request(verb, url, json=body, headers=self.headers)
        assert self.answer.status_code == status, (verb, path, self.answer.text)
        return self.answer.json() if self.answer.content else None


@pytest.fixture
def ui(ada: Person) -> Ui:
    """The interface as Ada sees it."""
    return Ui(ada.served, ada.email, ada.password)


def _badge(ui: Ui, email: str) -> tuple[str, str]:
    issuer = ui.call(
        "POST",
        "/v1/issuer/issuers",
        {
            "name": "Harbor Learning",
            "url": "https://harbor.example.org",
            "email": email,
            "description": "Night school for sailors",
            "image": PNG,
        },
        201,
    )
    badge = ui.call(
        "POST",
        f"/v1/issuer/issuers/{issuer['slug']}/badges",
        {
            "name": "Knot Tying",
            "description": "Ties knots",
            "image": PNG,
            "criteria_text": "Tie **ten** knots",
            "criteria_url": "",
            "tags": ["rope"],
            "alignment": [],
            "expires": None,
        },
        201,
    )
    return issuer["slug"], badge["slug"]


def test_the_account_pages(ui: Ui, ada: Person) -> None:
    other = address("ada.too")

    profile = ui.call("GET", "/v1/user/profile")
    ui.call("PUT", "/v1/user/profile", profile | {"first_name": "Ada", "last_name": "Vale"})
    added = ui.call("POST", "/v1/user/emails", {"email": other}, 201)
    assert {item["email"] for item in ui.call("GET", "/v1/user/emails")} == {ada.email, other}
    assert ui.call("DELETE", f"/v1/user/emails/{added['id']}") == 200
    assert ui.call("GET", "/v1/user/socialaccounts") == []
    assert ui.call("GET", "/v1/externaltools/") == []
    (token, *_) = ui.call("GET", "/v2/auth/tokens")["result"]
    ui.call("DELETE", f"/v2/auth/tokens/{token['entityId']}", status=204)


def test_the_issuer_pages(ui: Ui, ada: Person, carol: Person) -> None:
    issuer, badge = _badge(ui, ada.email)
    of_issuer = f"/v1/issuer/issuers/{issuer}"
    of_badge = f"{of_issuer}/badges/{badge}"
    staff = {"action": "add", "email": carol.email, "role": "editor"}

    assert issuer in [item["slug"] for item in ui.call("GET", "/v1/issuer/issuers")]
    shown = ui.call("GET", of_issuer)
    assert (shown["badgeClassCount"], shown["staff"][0]["role"]) == (1, "owner")
    assert shown["json"]["id"].endswith(f"/public/issuers/{issuer}")
    ui.call("PUT", of_issuer, shown | {"description": "School"})
    ui.call("POST", f"{of_issuer}/staff", staff)
    assert len(ui.call("GET", f"{of_issuer}/staff")) == 2

    assert badge in [item["slug"] for item in ui.call("GET", "/v1/issuer/all-badges")]
    (listed,) = ui.call("GET", f"{of_issuer}/badges")
    read = ui.call("GET", of_badge)
    assert read == listed
    changed = ui.call("PUT", of_badge, read | {"name": "Knots"})
    assert (changed["name"], changed["tags"], changed["image"]) == (
        "Knots",
        ["rope"],
        read["image"],
    )

    award = ui.call(
        "POST",
        f"{of_badge}/assertions",
        {
            "issuer": issuer,
            "badge_class": badge,
            "recipient_type": "email",
            "recipient_identifier": "bob@example.org",
            "narrative": "",
            "create_notification": False,
            "evidence_items": [{"evidence_url": "https://e.example.org/1", "narrative": "x"}],
            "extensions": {},
        },
        201,
    )
    ui.call(
        "POST",
        f"{of_badge}/batchAssertions",
        {
            "issuer": issuer,
            "badge_class": badge,
            "create_notification": False,
            "assertions": [{"recipient_identifier": f"p{n}@example.org"} for n in range(3)],
        },
        201,
    )
    page, seen = f"{of_badge}/assertions?num=2", []
    while page:
        seen += [item["slug"] for item in ui.call("GET", page)]
        found = _NEXT.search(ui.answer.headers.get("Link", ""))
        page = found[1] if found else ""
    assert len(set(seen)) == 4
    (found,) = ui.call("GET", f"{of_badge}/assertions?num=10&recipient=bob%40example.org")
    assert found["slug"] == award["slug"]

    for slug in seen:
        gone = ui.call(
            "DELETE", f"{of_badge}/assertions/{slug}", {"revocation_reason": "Manually revoked"}
        )
        assert gone["revoked"] is True
    ui.call("DELETE", of_badge, status=204)
    ui.call("DELETE", of_issuer, status=204)


def test_the_backpack_pages_and_what_the_world_sees(ui: Ui, ada: Person) -> None:
    _, badge = _badge(ui, ada.email)
    award = ada.award({"entityId": badge}, ada.email)
    name = award["entityId"]
    listing = "/v1/earner/badges?json_format=plain&include_pending=true"
    one = f"/v1/earner/badges/{name}?json_format=plain"

    shown = {item["id"]: item for item in ui.call("GET", listing)}[name]
    assert shown["json"]["badge"]["issuer"]["name"] == "Harbor Learning"
    assert requests.get(shown["imagePreview"]["id"]).headers["Content-Type"] == "image/png"
    assert ui.call("PUT", one, {"acceptance": "Accepted"})["acceptance"] == "Accepted"

    collection = ui.call(
        "POST",
        "/v1/earner/collections?json_format=plain",
        {"name": "Ropes", "description": "", "published": False, "badges": []},
        201,
    )
    published = ui.call(
        "PUT",
        f"/v1/earner/collections/{collection['slug']}?json_format=plain",
        collection | {"published": True, "badges": [{"id": name, "description": ""}]},
    )
    for kind, slug, address_of in (
        ("badge", name, shown["shareUrl"]),
        ("collection", collection["slug"], published["share_url"]),
    ):
        query = "provider=facebook&source=badgr-ui&redirect=0"
        url = ui.call("GET", f"/v1/earner/share/{kind}/{slug}?{query}")["url"]
        assert requests.utils.unquote(url).endswith(address_of)

    whole = "expand=badge&expand=badge.issuer"
    document = ui.call("GET", f"/public/assertions/{name}.json?{whole}")
    assert document["badge"]["issuer"]["name"] == "Harbor Learning"
    several = "expand=badges.badge&expand=badges.badge.issuer"
    seen = ui.call("GET", f"/public/collections/{published['share_hash']}.json?{several}")
    assert [item["id"] for item in seen["badges"]] == [document["id"]]
    (verified,) = ui.call("POST", "/public/verify?json_format=plain", {"entity_id": name})["result"]
    assert verified["badge"]["name"] == "Knot Tying"

    ui.call("DELETE", f"/v1/earner/collections/{collection['slug']}", status=204)
    ui.call("DELETE", one, status=204)
    assert name not in [item["id"] for item in ui.call("GET", listing)]


def test_a_badge_of_another_server_is_uploaded_and_removed(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("uploads")
    with serving(folder, ROSETTE_FETCH_LOOPBACK="true") as served, academy() as there:
        served.add_person("bob@example.org", "knots and splices")
        ui = Ui(served, "bob@example.org", "knots and splices")
        sent = {"url": there.award()}

        made = ui.call("POST", "/v1/earner/badges?json_format=plain", sent, 201)
        (refused,) = ui.call("POST", "/v1/earner/badges?json_format=plain", sent, 400)

        assert made["json"]["badge"]["name"] == "Navigation"
        assert (refused["name"], refused["description"]) == (
            "DUPLICATE_BADGE",
            "You already have this badge in your backpack",
        )
        ui.call("DELETE", f"/v1/earner/badges/{made['id']}", status=204)
