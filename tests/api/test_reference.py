"""The reference: the OpenAPI description, the page, and that every example in them works."""

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jsonschema_rs
import openapi_spec_validator
import orjson
import pytest
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from rosette.api import examples
from rosette.api.connect import urls as connect
from rosette.api.endpoints import PathView
from rosette.api.oauth import urls as oauth
from rosette.api.reference.curl import filled
from rosette.api.reference.openapi import document
from rosette.api.reference.reading import chapters
from rosette.api.shapes import read
from rosette.api.v2 import urls as v2
from rosette.api.v3 import urls as v3
from rosette.models import (
    AccessToken,
    Application,
    Assertion,
    AwardJob,
    BadgeClass,
    Collection,
    Grant,
    Identifier,
    Stretch,
    TermsVersion,
    Webhook,
    WebhookDelivery,
)
from rosette.models.applications import checksum
from rosette.models.jobs import packed
from rosette.operations import applications, identifiers, webhooks
from rosette.operations.policies import Actor
from tests import factories
from tests.environment import ORIGIN

PASSWORD = "knots and splices"
READER = "ada.reads@example.org"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
# The examples that cannot do what they say on a server where nothing was prepared for them.
ELSE: dict[str, int] = {
    "putAuthForgotPassword": 404,  # the token comes by mail
    "deleteUsersSelf": 400,  # Ada is the only owner of the issuer
    "getSocialaccountsById": 404,  # there is none, and no provider either
    "deleteSocialaccountsById": 404,
    "getSocialaccountsConnect": 400,
    "postBackpackImport": 400,  # the server of the example is not there
    "postBackpackAssertions": 400,
    "postBcv1Assertions": 400,
    "postOpenidCredential": 401,  # the token is that of a person, and not of an offer
    "postOpenidNotification": 401,
    "postImsObV3p0Credentials": 400,
}
DOCUMENT = document(ORIGIN)
OPERATIONS = {
    operation["operationId"]: (path, verb, operation)
    for path, operations in DOCUMENT["paths"].items()
    for verb, operation in operations.items()
}
SENDING = {name: found for name, found in OPERATIONS.items() if "requestBody" in found[2]}


def endpoints() -> Iterator[tuple[str, Any]]:
    """Every endpoint of the URL tables, found without the walk of the reference."""
    for pattern in [*v2.urlpatterns, *oauth.urlpatterns, *connect.urlpatterns, *v3.urlpatterns]:
        if isinstance(pattern.callback, PathView):
            yield from pattern.callback.endpoints.items()


def valid(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    """What checks values against a schema of the description."""
    return jsonschema_rs.validator_for({**schema, "components": DOCUMENT["components"]})


def test_description_is_valid_openapi_3_1():
    assert DOCUMENT["openapi"] == "3.1.0"
    openapi_spec_validator.validate(orjson.loads(orjson.dumps(DOCUMENT)))


def test_description_has_every_endpoint_of_the_url_tables_and_nothing_else():
    described = []
    for path, verb, operation in OPERATIONS.values():
        view = resolve(filled(path, operation).partition("?")[0]).func
        described.append(id(view.endpoints[verb.upper()]))

    assert sorted(described) == sorted(id(endpoint) for _, endpoint in endpoints())


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_it_does_who_may_call_and_what_comes_back(name):
    path, _, operation = OPERATIONS[name]

    assert operation["summary"]
    assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}
    wants_token = any("bearer" in way for way in operation["security"])
    assert wants_token is ("The token has one of these scopes" in operation["description"])
    assert {f"{{{item['name']}}}" for item in operation["parameters"] if item["in"] == "path"} == {
        *re.findall(r"{\w+}", path)
    }
    assert all(item["description"] for item in operation["parameters"] if item["in"] == "path")


@pytest.mark.parametrize("name", SENDING)
def test_every_example_body_is_valid_for_its_schema_and_its_shape(name):
    path, verb, operation = SENDING[name]
    content = operation["requestBody"]["content"]["application/json"]

    valid(content["schema"]).validate(content["example"])
    endpoint = resolve(filled(path, operation).partition("?")[0]).func.endpoints[verb.upper()]
    if endpoint.body:
        read(endpoint.body, content["example"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_example_answer_is_valid_and_has_something_in_every_text(name):
    _, _, operation = OPERATIONS[name]
    for response in operation["responses"].values():
        content = response.get("content", {}).get("application/json")
        if content:
            valid(content["schema"]).validate(content["example"])
            assert '""' not in orjson.dumps(content["example"]).decode()


@pytest.fixture
def headers() -> dict[str, str]:
    """Those of Ada's requests, in a world that has all the things of the examples."""
    ada = factories.user(entity_id=examples.PERSON)
    ada.set_password(PASSWORD)
    ada.save()
    issuer = factories.issuer(ada, entity_id=examples.ISSUER)
    badgeclass = factories.badgeclass(issuer, entity_id=examples.BADGECLASS)
    award = factories.assertion(badgeclass, to="ada@example.org", entity_id=examples.ASSERTION)
    factories.offer(award, ada, examples.OFFER_REFERENCE, entity_id=examples.OFFER)
    job = AwardJob.objects.create(
        entity_id=examples.JOB,
        badgeclass=badgeclass,
        created_by=ada,
        by_grant=False,
        total=1,
        created_at=NOW,
        updated_at=NOW,
    )
    Stretch.objects.create(job=job, number=0, lines=packed([{"recipient": ["Wrong"]}]))
    wish: webhooks.WebhookWish = {"url": "https://harbor.example.org/badges"}
    webhook = webhooks.create(issuer, wish, by=Actor.person(ada)).webhook
    Webhook.objects.update(entity_id=examples.WEBHOOK)
    WebhookDelivery.objects.create(
        entity_id=examples.DELIVERY,
        webhook=webhook,
        event="webhook.ping",
        created_at=NOW,
        due_at=NOW,
    )
    Collection.objects.create(
        entity_id=examples.COLLECTION,
        owner=ada,
        name="Rope work",
        share_hash=examples.SHARE_HASH,
        created_at=NOW,
        updated_at=NOW,
    )
    TermsVersion.objects.create(version=1, short_description="Be kind")
    Application.objects.create(
        client_id="harbor-portal",
        name="Harbor Portal",
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris="https://portal.example.org/callback",
        allowed_scopes="r:profile",
    )
    number = Identifier.objects.create(
        entity_id=examples.IDENTIFIER,
        user=ada,
        kind="telephone",
        value="+15415550100",
        code_expires_at=datetime.now(UTC) + timedelta(minutes=1),
    )
    number.code_checksum = identifiers._checksum(number, "493015")
    number.save()
    Grant.objects.create(
        user=ada,
        application=applications.ensure_public_client(),
        code=checksum("cx4o2aed1b9f"),
        expires=datetime.now(UTC) + timedelta(minutes=1),
        scope="rw:profile rw:issuer rw:backpack",
    )
    factories.token(ada, "r:profile")
    AccessToken.objects.update(entity_id=examples.ACCESS_TOKEN)
    return {**factories.bearer(ada), "Accept": "application/json"}


def called(name: str, headers: dict[str, str]) -> Any:
    """What the server answers to the example."""
    path, verb, operation = OPERATIONS[name]
    content = operation.get("requestBody", {}).get("content", {})
    body = orjson.dumps(content["application/json"]["example"]) if content else b""
    return Client(headers=headers).generic(
        verb.upper(),
        filled(path, operation),
        body,
        content_type="application/json" if content else "",
    )


@pytest.mark.django_db
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_example_works_and_its_answer_is_as_described(name, headers):
    if name in ("deleteIssuersById", "deleteBadgeclassesById"):  # none of their awards may stand
        Assertion.objects.update(revoked_at=NOW)
    if name == "postJobsByIdUndo":  # it has ended
        AwardJob.objects.update(state="done", finished_at=timezone.now())

    if name == "postAssertionsByIdSuspend":
        BadgeClass.objects.update(suspendable=True)
    if name == "postAssertionsByIdReinstate":
        Assertion.objects.update(suspended_at=NOW)

    answer = called(name, headers)

    responses = OPERATIONS[name][2]["responses"]
    expected = ELSE.get(name) or int(next(iter(responses)))
    content = answer.getvalue()  # of a file, which is closed by this, too
    assert answer.status_code == expected, content
    response = responses[str(expected)]
    if "$ref" in response:
        response = DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]]
    assert "content" not in response or answer.headers["Content-Type"] in response["content"]
    if "application/json" in response.get("content", {}):
        schema = response["content"]["application/json"]["schema"]
        valid(schema).validate(orjson.loads(content))


@pytest.mark.django_db
@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_in_the_spelling_of_the_description_means_the_same_as_json(media_type, headers):
    form = OPERATIONS["postBadgeclassesByIdAssertions"][2]["requestBody"]["content"][media_type]
    sent = {
        "recipient.identity": "carol@example.org",
        "recipient.hashed": "false",
        "evidence[0]url": "https://harbor.example.org/knots/carol",
        "evidence[0]narrative": "The log",
        "extensions": '{"extensions:ApplyLink": {"applyLink": "https://harbor.example.org"}}',
    }
    assert sent.keys() <= form["schema"]["properties"].keys()
    path = f"/v2/badgeclasses/{examples.BADGECLASS}/assertions"

    client = Client(headers=headers)
    if media_type == "multipart/form-data":
        answer = client.post(path, sent)
    else:
        answer = client.post(path, urlencode(sent), content_type=media_type)

    (award,) = answer.json()["result"]
    assert award["recipient"]["identity"] == "carol@example.org"
    assert award["evidence"][0]["narrative"] == "The log"
    assert award["extensions"]["extensions:ApplyLink"]["applyLink"] == "https://harbor.example.org"


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in SENDING if name.startswith("post")])
def test_idempotency_key_is_described_exactly_where_it_is_obeyed(name, headers):
    headers["Idempotency-Key"] = "once"
    described = {parameter["name"] for parameter in OPERATIONS[name][2]["parameters"]}

    first, again = called(name, headers), called(name, headers)

    # What was refused, such as an import from a server that there is not, was not done once.
    obeyed = "Idempotent-Replayed" in again.headers
    assert obeyed is ("Idempotency-Key" in described and first.status_code in (201, 202))


def test_description_is_sent_once_to_a_caller_who_keeps_it(client):
    first = client.get("/docs/v2/openapi.json")
    again = client.get("/docs/v2/openapi.json", headers={"If-None-Match": first["ETag"]})

    assert first.json() == orjson.loads(orjson.dumps(DOCUMENT))
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/docs/v2"])
def test_short_addresses_lead_to_the_page(client, path):
    assert client.get(path)["Location"] == "/docs/v2/"


def test_page_shows_every_operation_and_each_of_its_links_leads_somewhere(client):
    page = client.get("/docs/v2/").content.decode()

    names = re.findall(r' id="([^"]+)"', page)
    assert len(names) == len(set(names))
    assert OPERATIONS.keys() <= set(names)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(names)
    assert sum(len(chapter.calls) for chapter in chapters(ORIGIN)) == len(OPERATIONS)


def test_page_runs_nothing_and_fetches_nothing_from_elsewhere(client):
    answer = client.get("/docs/v2/")
    page = answer.content.decode()

    assert answer["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert "<script" not in page
    assert " style=" not in page
    assert all(address.startswith("/static/") for address in re.findall(r'src="([^"]+)"', page))


def test_commands_use_the_address_of_this_server():
    calls = [call for chapter in chapters("https://b.example.net") for call in chapter.calls]

    assert all(re.search(r" '?https://b\.example\.net/", call.curl) for call in calls)
    assert not any(examples.ORIGIN in call.curl for call in calls)


@pytest.mark.served
def test_commands_work_as_they_are_copied(served):
    served.add_person(READER, PASSWORD)
    (introduction,) = re.findall(
        r"```\n(TOKEN=.*?)```", document(served.url)["info"]["description"], re.DOTALL
    )
    create = next(
        call.curl
        for chapter in chapters(served.url)
        for call in chapter.calls
        if (call.verb, call.path) == ("POST", "/v2/issuers")
    )
    commands = f"{introduction}\n{create}".replace("ada@example.org", READER)

    said = subprocess.run(
        ["bash", "-euc", commands],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    profile, issuer = (orjson.loads(part) for part in said.replace("}{", "}\n{").splitlines())
    assert profile["result"][0]["emails"][0]["email"] == READER
    assert issuer["result"][0]["name"] == "Harbor Learning"
