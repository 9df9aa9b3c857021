"""Web addresses and telephone numbers: claimed, proven, given up."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from rosette import limits
from rosette.errors import InvalidInput, StillInUse, TryLater
from rosette.models import Identifier
from rosette.operations import identifiers
from tests import factories
from tests.api.client import NOT_FOUND, Api
from tests.foreign import Academy, academy

PATH = "/v2/users/self/identifiers"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def loopback(settings):
    change = {"fetch_loopback": True}
    settings.ROSETTE = settings.ROSETTE.model_copy(update=change)


@pytest.fixture
def bob():
    return factories.user("bob@example.org")


@pytest.fixture
def site() -> Iterator[Academy]:
    with academy() as there:
        yield there


def put(site, path, html):
    site.pages[path] = (200, "text/html; charset=utf-8", html.encode())


def checked(identifier):
    limits.forget("check of a web address", identifier.entity_id)
    return identifiers.verify_url(identifier)


@pytest.mark.parametrize(
    "place",
    [
        '<html><head><meta name="rosette-verification" content="{token}"></head></html>',
        '<!doctype html><p>Hi <a class=x href="{link}" rel="nofollow me">me</a>',
        "<head><link rel=ME href={link}><title>Bob",
    ],
)
def test_a_web_address_is_proven_by_what_stands_on_its_page(bob, site, place):
    mine = identifiers.add("url", f"{site.origin}/bob", by=bob)
    put(
        site,
        "/bob",
        place.format(token=identifiers.token(mine), link=identifiers.link(mine)),
    )

    checked(mine)

    assert bob.verified_identities() == [
        ("email", "bob@example.org"),
        ("url", f"{site.origin}/bob"),
    ]


def test_a_web_address_is_proven_by_a_file_of_its_server(bob, site):
    mine = identifiers.add("url", f"{site.origin}/bob", by=bob)
    text = f"rosette-another\n{identifiers.token(mine)}\n".encode()
    site.pages["/.well-known/rosette-verification.txt"] = (200, "text/plain", text)

    checked(mine)

    assert Identifier.objects.get().verified_at is not None


@pytest.mark.parametrize(
    "page",
    [
        "",
        "{token}",
        '<a href="{link}">not me</a>',
        '<meta name="description" content="{token}">',
        '<!-- <meta name="rosette-verification" content="{token}"> -->',
        '<script>"<meta name=rosette-verification content={token}>"</script>',
        '<template><a rel="me" href="{link}"></a></template>',
        '&lt;meta name="rosette-verification" content="{token}"&gt;',
        '<a rel="me" href="{link}x">',
        "<!--" * 30_000,
        "\x00\xff<<<<" * 1000,
    ],
)
def test_nothing_else_on_the_page_proves_anything(bob, site, page):
    mine = identifiers.add("url", f"{site.origin}/bob", by=bob)
    put(
        site,
        "/bob",
        page.replace("{token}", identifiers.token(mine)).replace("{link}", identifiers.link(mine)),
    )

    with pytest.raises(InvalidInput) as refusal:
        checked(mine)

    assert refusal.value.fields["identity"] == [
        "The page was read, and the token is not on it. Nor is it in "
        "/.well-known/rosette-verification.txt: 127.0.0.1 answered with status 404."
    ]
    assert Identifier.objects.get().verified_at is None


def test_the_token_of_somebody_else_proves_nothing(bob, site):
    carol = factories.user("carol@example.org")
    hers = identifiers.add("url", f"{site.origin}/bob", by=carol)
    mine = identifiers.add("url", f"{site.origin}/bob", by=bob)
    put(site, "/bob", f'<meta name="rosette-verification" content="{identifiers.token(hers)}">')

    with pytest.raises(InvalidInput):
        checked(mine)
    checked(hers)
    put(site, "/bob", f'<meta name="rosette-verification" content="{identifiers.token(mine)}">')
    with pytest.raises(InvalidInput) as refusal:
        checked(mine)

    assert refusal.value.fields == {"identity": ["Another account has verified this already."]}


def test_a_page_elsewhere_proves_nothing_about_the_address_that_leads_there(bob, site):
    mine = identifiers.add("url", f"{site.origin}/bob", by=bob)
    elsewhere = site.origin.replace("127.0.0.1", "localhost")
    site.pages["/bob"] = (302, "text/html", f"{elsewhere}/mallory".encode())
    put(site, "/mallory", f'<meta name="rosette-verification" content="{identifiers.token(mine)}">')

    with pytest.raises(InvalidInput) as refusal:
        checked(mine)

    assert refusal.value.fields["identity"][0].startswith(
        "The address leads to localhost. Claim that one instead."
    )


def test_only_public_addresses_are_asked(bob, site, settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": False})
    mine = identifiers.add("url", f"{site.origin}/bob", by=bob)

    with pytest.raises(InvalidInput) as refusal:
        checked(mine)

    assert "The address of 127.0.0.1 is not public." in refusal.value.fields["identity"][0]
    assert site.asked == []


def test_who_asks_again_and_again_has_to_wait(bob, site):
    mine = identifiers.add("url", f"{site.origin}/bob", by=bob)

    with pytest.raises(InvalidInput):
        identifiers.verify_url(mine)
    with pytest.raises(TryLater):
        identifiers.verify_url(mine)


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        ("url", "HTTPS://Bob.Example.org/Me", "HTTPS://bob.example.org/Me"),
        ("telephone", "+47 (123) 45-678", "+4712345678"),
    ],
)
def test_an_identifier_is_kept_in_its_normal_form_and_once(bob, kind, text, kept):
    first, again = (identifiers.add(kind, text, by=bob) for _ in range(2))

    assert (first, first.value) == (again, kept)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("url", "ftp://bob.example.org"),
        ("url", "https:///bob"),
        ("url", "bob"),
        ("url", "https://bob.example.org/#me"),
        ("telephone", "4712345678"),
        ("telephone", "+0123456"),
        ("telephone", "+٤٧١٢٣٤٥٦٧"),
        ("telephone", "+1234567890123456"),
    ],
)
def test_what_is_no_identifier_is_refused(bob, kind, text):
    with pytest.raises(InvalidInput):
        identifiers.add(kind, text, by=bob)


def test_nobody_claims_without_end(bob):
    for number in range(20):
        identifiers.add("telephone", f"+47123456{number:02}", by=bob)

    with pytest.raises(InvalidInput, match="At most 20"):
        identifiers.add("telephone", "+4799999999", by=bob)


def test_awards_to_a_proven_identifier_are_in_the_backpack_and_leave_with_it(bob):
    url = identifiers.vouch(bob, "url", "https://Bob.example.org")
    identifiers.vouch(bob, "telephone", "+4712345678")
    badge = factories.badgeclass()
    for kind, text in (("url", "https://bob.example.org"), ("telephone", "+4712345678")):
        factories.assertion(badge, to=text, recipient_kind=kind)
    api = Api(bob)
    held = api.get("/v2/backpack/assertions").result
    collection = api.post(
        "/v2/backpack/collections",
        {"name": "All", "assertions": [item["entityId"] for item in held]},
    ).one

    assert [item["recipient"]["plaintextIdentity"] for item in held] == [
        "https://bob.example.org",
        "+4712345678",
    ]
    assert api.delete(f"{PATH}/{url.entity_id}").status == 204
    assert [item["entityId"] for item in api.get("/v2/backpack/assertions").result] == [
        held[1]["entityId"]
    ]
    left = api.get(f"/v2/backpack/collections/{collection['entityId']}").one
    assert left["assertions"] == [held[1]["entityId"]]


def test_the_last_proven_identity_is_kept():
    bob = factories.user("bob@example.org", verified=False)
    only = identifiers.vouch(bob, "telephone", "+4712345678")

    with pytest.raises(StillInUse):
        identifiers.remove(only, by=bob)

    identifiers.vouch(bob, "url", "https://bob.example.org")
    identifiers.remove(only, by=bob)
    assert bob.verified_identities() == [("url", "https://bob.example.org")]


@contextmanager
def gateway(status: int = 202) -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    """A gateway for text messages: where it is, and what it was sent."""
    sent: list[tuple[str, str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            sent.append((self.path, self.headers["Authorization"], content))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/send", sent
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def work():
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_a_telephone_is_proven_by_the_code_that_was_sent_to_it(bob, settings):
    with gateway() as (url, sent):
        settings.ROSETTE = settings.ROSETTE.model_copy(
            update={"sms_url": url, "sms_token": "gateway token"}
        )
        api = Api(bob)
        claimed = api.post(PATH, {"type": "telephone", "identity": "+4712345678"}).one
        verify = f"{PATH}/{claimed['entityId']}/verify"
        assert api.post(verify).one == claimed
        work()
        ((path, authorization, content),) = sent
        message = json.loads(content)
        [code] = re.findall(r"\d{6}", message.pop("text"))
        row = Identifier.objects.get()
        assert (path, authorization, message) == (
            "/send",
            "Bearer gateway token",
            {"to": "+4712345678"},
        )
        assert code not in row.code_checksum
        assert code not in str(DBTaskResult.objects.values_list("args_kwargs", "return_value"))

        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        refused = api.post(verify, {"code": wrong})
        assert (refused.status, refused.body["fieldErrors"]) == (
            400,
            {"code": ["The code is wrong."]},
        )
        assert api.post(verify).status == 429
        assert api.post(verify, {"code": code}).one["verified"] is True
        assert api.get("/v2/users/self").one["telephone"] == ["+4712345678"]


def test_a_code_is_good_for_five_tries_and_ten_minutes(bob):
    mine = identifiers.add("telephone", "+4712345678", by=bob)

    def with_code():
        mine.code_checksum = identifiers._checksum(mine, "123456")
        mine.code_expires_at = timezone.now() + timedelta(minutes=10)
        mine.code_tries = 0
        mine.save()

    with_code()
    said = []
    for code in [*["000000"] * 5, "123456"]:
        with pytest.raises(InvalidInput) as refusal:
            identifiers.confirm(mine, code)
        said.append(refusal.value.fields["code"][0])
    assert said == [
        *["The code is wrong."] * 5,
        "There is no code that still counts. Please ask for a new one.",
    ]
    with_code()
    Identifier.objects.update(code_expires_at=timezone.now())
    with pytest.raises(InvalidInput, match="no code"):
        identifiers.confirm(mine, "123456")
    with_code()
    identifiers.confirm(mine, "123456")
    assert Identifier.objects.get().code_checksum == ""


@pytest.mark.django_db(transaction=True)
def test_a_gateway_that_refuses_leaves_a_failed_job_and_no_verified_number(bob, settings):
    with gateway(500) as (url, _):
        settings.ROSETTE = settings.ROSETTE.model_copy(update={"sms_url": url})
        identifiers.ask_for_code(identifiers.add("telephone", "+4712345678", by=bob))
        work()

    job = DBTaskResult.objects.get()
    assert job.status == "FAILED"
    assert "The gateway answered 500." in job.traceback
    assert Identifier.objects.get().verified_at is None


def test_without_a_gateway_administrators_verify(bob):
    api = Api(bob)
    name = api.post(PATH, {"type": "telephone", "identity": "+4712345678"}).one["entityId"]

    answer = api.post(f"{PATH}/{name}/verify")

    assert (answer.status, answer.body["validationErrors"]) == (
        400,
        ["Telephone numbers are verified by the administrators of this server."],
    )


def test_over_the_wire_an_identifier_says_how_it_is_proven(bob, site):
    api = Api(bob)
    answer = api.post(PATH, {"type": "url", "identity": f"{site.origin}/bob"})
    row = Identifier.objects.get()
    token = identifiers.token(row)
    shown = {
        "entityType": "Identifier",
        "entityId": row.entity_id,
        "type": "url",
        "identity": f"{site.origin}/bob",
        "verified": False,
        "verifiedAt": None,
        "proof": {
            "token": token,
            "meta": f'<meta name="rosette-verification" content="{token}">',
            "link": f'<a rel="me" href="https://badges.example.org/me/{token}"></a>',
            "file": f"{site.origin}/.well-known/rosette-verification.txt",
        },
    }

    assert (answer.status, answer.one) == (201, shown)
    assert api.get(PATH).result == [shown]
    put(site, "/bob", shown["proof"]["meta"])
    verified = api.post(f"{PATH}/{row.entity_id}/verify").one
    assert (verified["verified"], verified["proof"]) == (True, None)
    assert api.get(f"{PATH}/{row.entity_id}").one == verified
    assert api.get("/v2/users/self").one["url"] == [f"{site.origin}/bob"]


def test_the_identifiers_of_somebody_else_are_not_found(bob):
    row = identifiers.add("url", "https://bob.example.org", by=bob)
    carol = Api(factories.user("carol@example.org"))
    path = f"{PATH}/{row.entity_id}"

    for answer in (carol.get(path), carol.delete(path), carol.post(f"{path}/verify")):
        assert (answer.status, answer.body) == (404, NOT_FOUND)
    assert carol.get(PATH).result == []
    assert Api(bob, "r:profile").delete(path).status == 404


@pytest.mark.parametrize("many", [0, 3])
def test_query_count_does_not_grow_with_identifiers(bob, many, django_assert_num_queries):
    for number in range(many):
        identifiers.add("telephone", f"+4712345{number}", by=bob)
    api = Api(bob)

    with django_assert_num_queries(3):  # the token, the person, the list
        assert len(api.get(PATH).result) == many
