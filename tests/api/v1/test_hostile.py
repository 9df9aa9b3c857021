"""Whatever is sent to V1, the answer is a clear refusal and never a fault of ours."""

from typing import Any
from urllib.parse import quote

import pytest

from rosette.api.endpoints import operations
from rosette.api.v1 import urls
from rosette.models import Collection, User
from tests import factories
from tests.api.client import PNG, Api

pytestmark = pytest.mark.django_db

NASTY = "a\0b<script>x</script>![x](y) 𝒳\N{RIGHT-TO-LEFT OVERRIDE}"
BODIES: list[Any] = [
    None,
    [],
    "text",
    7,
    {},
    [{}],
    {"assertions": [None, [], {"recipient_identifier": 7}]},
    {"badges": [None, "x", {"id": NASTY}], "name": NASTY},
    {"url": NASTY, "image": None, "assertion": None},
    {"assertion": "{"},
    {"image": NASTY},
    {
        "name": NASTY,
        "description": NASTY,
        "url": "https://x.example.org/" + "x" * 2000,
        "email": NASTY,
        "image": PNG,
        "criteria": NASTY,
        "tags": [None, 7, [], NASTY],
        "alignment": [None, {"target_name": NASTY, "target_url": 7}],
        "expires": {"amount": 10**18, "duration": []},
        "staff": 7,
    },
    {"name": {"a": 1}, "criteria_url": {"b": []}, "criteria_text": 7, "expires": "never"},
    {"action": "add", "email": NASTY, "role": []},
    {"recipient_identifier": NASTY, "evidence_items": [7], "extensions": {"a": 1}},
    {"revocation_reason": {"a": 1}},
    {"acceptance": 7},
]
OPERATIONS = list(operations(urls.urlpatterns))


@pytest.fixture
def parts() -> dict[str, str]:
    """What the parts of a path may be: things that are there."""
    ada = factories.user()
    award = factories.assertion(factories.badgeclass(factories.issuer(ada)), to="ada@example.org")
    kept = Collection.objects.create(
        owner=ada, name="x", created_at=award.created_at, updated_at=award.created_at
    )
    return {
        "issuer_id": award.issuer.entity_id,
        "badgeclass_id": award.badgeclass.entity_id,
        "assertion_id": award.entity_id,
        "collection_id": kept.entity_id,
        "address_id": str(ada.addresses()[0].pk),
        "account_id": "1",
        "token": "x",
    }


@pytest.mark.parametrize(
    ("template", "verb"), [(template, verb) for template, verb, _ in OPERATIONS]
)
def test_no_body_makes_it_fail(settings, parts, template, verb):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"login_backoff_max_seconds": 0})

    api = Api(User.objects.get())
    path = "/v1/" + template
    for name, value in parts.items():
        path = path.replace(f"<{name}>", value)

    for body in BODIES if verb in ("POST", "PUT") else BODIES[:5]:
        answer = api.send(verb, path, body)
        assert answer.status < 500, (body, answer.body)
        assert answer.status != 400 or answer.body, body


@pytest.mark.parametrize(
    ("template", "verb"), [(template, verb) for template, verb, _ in OPERATIONS if "<" in template]
)
@pytest.mark.parametrize("name", ["x" * 300, "𝒳\N{RIGHT-TO-LEFT OVERRIDE}", "9" * 30, "%", ".."])
def test_no_name_makes_it_fail(parts, template, verb, name):

    path = "/v1/" + template
    for part in parts:
        path = path.replace(f"<{part}>", quote(name, safe=""))

    answer = Api(User.objects.get()).send(verb, path, {} if verb in ("POST", "PUT") else None)

    assert answer.status in (200, 302, 400, 404)


@pytest.mark.parametrize("query", ["num=x", "num=-1&cursor=%00", "recipient=%00", "cursor=AAAA"])
def test_no_query_makes_it_fail(parts, query):

    api = Api(User.objects.get())
    issuer = f"/v1/issuer/issuers/{parts['issuer_id']}"
    for path in (
        "/v1/issuer/all-badges",
        f"{issuer}/badges",
        f"{issuer}/assertions",
        f"{issuer}/badges/{parts['badgeclass_id']}/assertions",
        "/v1/earner/badges",
    ):
        assert api.get(f"{path}?{query}").status in (200, 404)
