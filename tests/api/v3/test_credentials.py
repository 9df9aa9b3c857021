"""/ims/ob/v3p0/credentials, as programs see it that a person has connected."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.core.cache import caches
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from rosette.models import (
    Acceptance,
    Assertion,
    EmailAddress,
    Issuer,
    Original,
    SigningKey,
    User,
)
from rosette.models.backpack import original_of
from rosette.openbadges.baking import unbake
from rosette.openbadges.jsonld import Document
from rosette.operations import imports, keys, verification
from rosette.operations.verification import Foreign
from tests import factories, published
from tests.api.client import Api
from tests.api.v3.wire import (
    CREDENTIALS,
    JSON,
    PLAIN,
    PROFILE,
    READ,
    ROOT,
    SEE,
    UPDATE,
    UPSERT,
    VC,
    get,
    refused,
    send,
    told,
)
from tests.environment import ORIGIN
from tests.foreign import Academy, academy
from tests.openbadges.verification import signing
from tests.published import AWARD

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
LATER = "2026-03-01T00:00:00Z"
EARLIER = "2026-01-02T00:00:00Z"
URN = "urn:uuid:a953081a-4bbc-4927-8653-7219bca00e3b"


@pytest.fixture
def bob() -> User:
    return factories.user("bob@example.org")


@pytest.fixture
def there(settings) -> Iterator[Academy]:
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    with academy() as elsewhere:
        yield elsewhere


@pytest.fixture
def ada(there: Academy) -> signing.Issuer:
    """Who issues credentials elsewhere."""
    return signing.Issuer(there)


def bring(person: User | None, credential: Document | str, media_type: str = "") -> object:
    """Put a credential in."""
    if isinstance(credential, str):
        return send(person, UPSERT, "POST", CREDENTIALS, credential, media_type or PLAIN)
    content = json.dumps(credential)
    return send(person, UPSERT, "POST", CREDENTIALS, content, media_type or JSON)


def public(name: str, form: str = "ob3") -> bytes:
    """What everybody gets at the award's own address."""
    return Client().get(f"/public/assertions/{name}/{form}").content


def names(answer) -> list[str]:
    """Of our own awards in the answer, in order."""
    return [item["id"].split("/")[-2] for item in answer.json().get("credential", [])]


# Taking


def test_credentials_are_ours_as_at_their_public_address_and_those_of_others_as_they_came(
    bob, ada: signing.Issuer
):
    published.award()
    document, token = ada.signed(), ada.token(id=URN)
    bring(bob, document)
    bring(bob, token)

    answer = get(bob)

    ours = public(AWARD)
    assert (answer.status_code, answer.json()) == (
        200,
        {"credential": [json.loads(ours), document], "compactJwsString": [token]},
    )
    assert ours in answer.content
    assert answer["Content-Type"] == JSON
    assert answer["X-Total-Count"] == "3"
    assert answer["Cache-Control"] == "no-store"


def test_a_backpack_without_any_is_an_empty_object(bob):
    factories.assertion(to="carol@example.org")

    answer = get(bob)

    assert (answer.status_code, answer.json(), answer["X-Total-Count"]) == (200, {}, "0")
    assert get(bob, f"{CREDENTIALS}?offset=7").json() == {}


def test_all_are_there_whatever_became_of_them_and_each_as_its_holder_shows_it(bob):
    knots = factories.badgeclass()
    rows = [
        factories.assertion(knots),
        factories.assertion(knots, revoked_at=BEGIN, revocation_reason="In error"),
        factories.assertion(knots, acceptance=Acceptance.REJECTED),
        factories.assertion(knots, expires_on=BEGIN, issued_on=BEGIN - timedelta(days=1)),
        factories.assertion(knots, suspended_at=BEGIN, suspension_reason="Under review"),
        factories.assertion(knots, visibility="private"),
        factories.assertion(knots, visibility="link", share_hash="0" * 32),
    ]
    factories.assertion(knots, to="carol@example.org")

    answer = get(bob)

    assert names(answer) == [*(row.entity_id for row in rows[:-1]), "0" * 32]
    assert public("0" * 32) in answer.content


def test_of_imported_badges_those_of_2_0_are_left_out(bob, there: Academy):
    Api(bob).post("/v2/backpack/import", {"url": there.award()})

    assert get(bob).json() == {}


def test_parts_lead_to_each_other_oldest_first(bob):
    knots = factories.badgeclass()
    rows = [factories.assertion(knots).entity_id for _ in range(5)]
    path = f"{ORIGIN}{CREDENTIALS}"

    first, middle, last = (
        get(bob, f"{CREDENTIALS}?limit=2&offset={offset}") for offset in (0, 2, 4)
    )

    assert [names(answer) for answer in (first, middle, last)] == [rows[:2], rows[2:4], rows[4:]]
    assert {answer["X-Total-Count"] for answer in (first, middle, last)} == {"5"}
    assert first["Link"] == (
        f'<{path}?limit=2&offset=2>; rel="next",<{path}?limit=2&offset=0>; rel="first",'
        f'<{path}?limit=2&offset=4>; rel="last"'
    )
    assert middle["Link"] == (
        f'<{path}?limit=2&offset=4>; rel="next",<{path}?limit=2&offset=0>; rel="first",'
        f'<{path}?limit=2&offset=4>; rel="last",<{path}?limit=2&offset=0>; rel="prev"'
    )
    assert 'rel="next"' not in last["Link"]


def test_nobody_gets_more_than_a_hundred_at_a_time(bob):
    for asked, given in ((None, 50), (100, 100), (101, 100), (10**30, 100)):
        path = CREDENTIALS if asked is None else f"{CREDENTIALS}?limit={asked}"
        assert f"limit={given}&offset=0" in get(bob, path)["Link"]


def test_since_is_after_that_moment_and_stays_in_the_links(bob):
    knots = factories.badgeclass()
    rows = [
        factories.assertion(knots, updated_at=BEGIN + timedelta(minutes=minutes)).entity_id
        for minutes in range(4)
    ]
    since = quote((BEGIN + timedelta(minutes=1)).isoformat())

    answer = get(bob, f"{CREDENTIALS}?since={since}&limit=1")

    assert names(answer) == rows[2:3]
    assert answer["X-Total-Count"] == "2"
    assert f'since={since}&limit=1&offset=1>; rel="next"' in answer["Link"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=0", "limit: Ensure this value is greater than or equal to 1."),
        ("limit=-1", "limit: Ensure this value is greater than or equal to 1."),
        ("limit=many", "limit: A valid integer is required."),
        ("limit=", "limit: A valid integer is required."),
        ("offset=-1", "offset: Ensure this value is greater than or equal to 0."),
        ("offset=1.5", "offset: A valid integer is required."),
        ("since=yesterday", "since: Datetime has wrong format. Use one of these formats instead: "),
        ("since=2026-01-01T00:00:00+01:00", "since: Datetime has wrong format. Use one of these "),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(bob, query, said):
    answer = told(get(bob, f"{CREDENTIALS}?{query}"))

    whole = answer["body"]["imsx_description"]
    assert whole.startswith(said)
    assert answer == refused(400, "invalid_query_parameter", whole)


def test_the_keys_of_many_issuers_are_made_at_once_and_are_those_that_everybody_is_shown(
    bob, django_assert_num_queries
):
    caches["credentials"].clear()
    rows = [factories.assertion(factories.badgeclass(factories.issuer())) for _ in range(3)]
    headers = factories.bearer(bob, READ)

    with django_assert_num_queries(14):
        answer = Client().get(CREDENTIALS, headers=headers)

    assert SigningKey.objects.count() == 3
    assert [public(row.entity_id) in answer.content for row in rows] == [True] * 3


def test_after_a_key_was_stolen_the_credentials_are_signed_anew(bob):
    row = factories.assertion(created_at=BEGIN)
    before = get(bob).json()
    keys.rotate(Issuer.objects.get(), stolen=True)

    after = get(bob).json()

    assert after != before
    assert after == {"credential": [json.loads(public(row.entity_id))]}


# Bringing


@pytest.mark.parametrize("form", ["embedded", "token"])
def test_a_credential_is_new_then_known_and_answered_as_it_was_sent(
    bob, ada: signing.Issuer, form: str
):
    credential = ada.signed() if form == "embedded" else ada.token()
    media_type = VC if form == "embedded" else PLAIN
    content = json.dumps(credential, indent=1) if form == "embedded" else f"{credential}\n"

    first, again = (
        send(bob, UPSERT, "POST", CREDENTIALS, content, f"{media_type}; charset=utf-8")
        for _ in range(2)
    )

    assert (first.status_code, again.status_code) == (201, 200)
    for answer in (first, again):
        assert (answer["Content-Type"], answer.content) == (media_type, content.encode())
    row = Assertion.objects.get()
    assert (row.source_url, row.acceptance, row.recipient_identity, row.created_by) == (
        ada.award,
        "Accepted",
        "bob@example.org",
        bob,
    )
    shown = "credential" if form == "embedded" else "compactJwsString"
    assert get(bob).json() == {shown: [credential]}


@pytest.mark.parametrize("form", ["signed", "token"])
def test_a_newer_copy_takes_the_place_of_an_older_one_and_never_the_other_way(
    bob, ada: signing.Issuer, form: str
):
    older, newer = ada.signed(), getattr(ada, form)(validFrom=LATER, name="Bread baking, again")
    bring(bob, older)
    since = quote(Assertion.objects.get().updated_at.isoformat())

    replaced, late = bring(bob, newer), bring(bob, older)

    assert (replaced.status_code, late.status_code, late.content) == (200, 304, b"")
    shown = get(bob, f"{CREDENTIALS}?since={since}").json()
    assert shown == {"credential" if form == "signed" else "compactJwsString": [newer]}
    row = Assertion.objects.get()
    baked = Client().get(f"/public/assertions/{row.entity_id}/baked").content
    kept = unbake(baked, "credential")
    assert (json.loads(kept) if form == "signed" else kept) == newer


def test_a_newer_copy_changes_what_the_award_says(bob, ada: signing.Issuer):
    bring(bob, ada.signed(validUntil=None))
    newer = ada.signed(validFrom=LATER, validUntil="2027-01-01T00:00:00Z", evidence=None)

    bring(bob, newer)

    row = Assertion.objects.get()
    assert (row.expires_on, row.evidence) == (datetime(2027, 1, 1, tzinfo=UTC), [])


def test_what_was_revoked_by_mistake_is_back(bob, ada: signing.Issuer):
    ada.publish_list()
    credential = ada.signed(listed=True)
    bring(bob, credential)
    ada.publish_list(ada.index)
    name = Assertion.objects.get().entity_id
    Api(bob).post(f"/v2/backpack/assertions/{name}/verify")
    assert Assertion.objects.get().revoked_at is not None

    while_revoked = bring(bob, credential)
    ada.publish_list()
    again = bring(bob, credential)

    assert told(while_revoked)["body"]["imsx_description"].startswith("ASSERTION_REVOKED: ")
    assert again.status_code == 200
    assert Assertion.objects.get().revoked_at is None


EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"


def test_the_copy_that_the_issuer_has_now_is_kept_when_it_comes_and_when_it_is_checked(
    bob, there: Academy, ada: signing.Issuer
):
    now = {
        "@context": [*signing.credential()["@context"], EXTENSIONS],
        "refreshService": {"id": f"{there.origin}/now", "type": "1EdTechCredentialRefresh"},
    }
    first, second, third = (
        ada.signed(**now, validFrom=moment)
        for moment in ("2026-01-15T09:30:00Z", LATER, "2026-04-01T00:00:00Z")
    )
    there.put("/now", second)

    made, again = bring(bob, first), bring(bob, first)
    brought = get(bob).json()
    there.put("/now", third)
    name = Assertion.objects.get().entity_id
    Api(bob).post(f"/v2/backpack/assertions/{name}/verify")

    assert [(item.status_code, item.json()) for item in (made, again)] == [
        (201, first),
        (200, first),
    ]
    assert brought == {"credential": [second]}
    assert get(bob).json() == {"credential": [third]}
    baked = Client().get(f"/public/assertions/{name}/baked").content
    assert json.loads(unbake(baked, "credential")) == third


def test_a_check_that_began_before_a_newer_copy_came_does_not_take_its_place(
    bob, ada: signing.Issuer
):
    older, newer = ada.signed(), ada.signed(validFrom=LATER)
    bring(bob, older)
    row = Assertion.objects.get()
    begun_with = original_of(row.entity_id)
    bring(bob, newer)

    found = verification.again(json.dumps(older), at=timezone.now())
    assert isinstance(found, Foreign)
    imports._renewed(row, begun_with, found, imports.pictures_of(found))

    assert get(bob).json() == {"credential": [newer]}


def said(answer) -> str:
    """The words of a refusal of what was sent."""
    found = told(answer)
    description = found["body"]["imsx_description"]
    assert found == refused(400, "invalid_data", description)
    return description


def test_a_credential_that_does_not_hold_is_refused_with_the_reason(bob, ada: signing.Issuer):
    good = ada.signed()

    for credential, name in (
        ({**good, "name": "Captain"}, "VERIFY_SIGNATURE"),
        ({**good, "proof": []}, "VERIFY_SIGNATURE"),
        ({**good, "credentialSubject": {}}, "INVALID_BADGE"),
        ({**good, "more": "than known"}, "INVALID_BADGE"),
        (ada.token()[:-8] + "AAAAAAAA", "VERIFY_SIGNATURE"),
        (ada.signed(to="carol@example.org"), "VERIFY_RECIPIENT_IDENTIFIER"),
        (ada.signed(listed=True), "UNABLE_TO_VERIFY"),  # there is no list
        (ada.signed(id="https://else.example/award"), "UNABLE_TO_VERIFY"),
        (
            ada.signed(validFrom="2099-01-01T00:00:00Z", validUntil=None, awardedDate=None),
            "INVALID_BADGE",
        ),
    ):
        assert said(bring(bob, credential)).startswith(f"{name}: ")
    assert Assertion.objects.count() == 0


def test_the_id_of_another_issuers_credential_takes_nobodys_place(bob, ada: signing.Issuer):
    bring(bob, ada.signed(id=URN))
    with academy() as elsewhere:
        eve = signing.Issuer(elsewhere)
        answer = bring(bob, eve.signed(id=URN, validFrom=LATER))

    assert "The credential of this id that is here is another issuer's." in said(answer)
    assert Assertion.objects.get().issuer.source_url == ada.did


def test_a_copy_that_is_about_another_recipient_is_refused(bob, ada: signing.Issuer):
    EmailAddress.objects.create(user=bob, email="b@example.org", verified=True, primary=False)
    bring(bob, ada.signed())

    answer = bring(bob, ada.signed(to="b@example.org", validFrom=LATER))

    assert "It is about somebody else by now." in said(answer)
    assert Assertion.objects.get().recipient_identity == "bob@example.org"


def test_what_somebody_else_claims_too_is_held_by_whoever_proves_it(ada: signing.Issuer):
    carol, bob = factories.user("carol@example.org"), factories.user("b@example.org")
    for person in (carol, bob):
        EmailAddress.objects.create(user=person, email="bob@example.org", primary=False)

    first, second = bring(carol, ada.signed()), bring(bob, ada.signed(validFrom=LATER))

    assert first.status_code == 201
    assert "Verify it first." in said(second)
    assert 'validFrom":"2026-01-15' in Original.objects.get().jws


@pytest.mark.parametrize("form", ["ob3", "ob3.jwt"])
def test_a_credential_of_this_server_is_here_already_and_is_accepted(bob, form: str):
    row = factories.assertion()
    ours = public(row.entity_id, form)

    answer = send(bob, UPSERT, "POST", CREDENTIALS, ours, JSON if form == "ob3" else PLAIN)

    assert (answer.status_code, answer.content) == (200, ours)
    row.refresh_from_db()
    assert (row.acceptance, Assertion.objects.count()) == ("Accepted", 1)


def test_an_older_copy_of_a_credential_of_this_server_does_nothing(bob):
    row = factories.assertion(created_at=BEGIN, issued_on=BEGIN)
    before = public(row.entity_id)
    Assertion.objects.update(amended_at=timezone.now(), narrative="Tied twice")

    answer = send(bob, UPSERT, "POST", CREDENTIALS, before, JSON)

    assert (answer.status_code, answer.content) == (304, b"")


def test_what_only_says_that_it_is_ours_is_refused(bob):
    row = factories.assertion()
    hidden = factories.assertion(visibility="private")
    carols = factories.assertion(to="carol@example.org")
    gone = factories.assertion()
    good = json.loads(public(row.entity_id))
    taken_back = json.loads(public(gone.entity_id))
    Assertion.objects.filter(pk=gone.pk).update(revoked_at=BEGIN)

    for credential, name in (
        ({**good, "name": "Captain"}, "VERIFY_SIGNATURE"),
        ({**good, "proof": []}, "VERIFY_SIGNATURE"),
        ({**good, "id": good["id"].replace(row.entity_id, hidden.entity_id)}, "VERIFY_SIGNATURE"),
        (json.loads(public(carols.entity_id)), "VERIFY_RECIPIENT_IDENTIFIER"),
        (taken_back, "ASSERTION_REVOKED"),
        ({**good, "id": f"{ORIGIN}/v2/issuers"}, "ASSERTION_NOT_FOUND"),
    ):
        assert said(bring(bob, credential)).startswith(f"{name}: "), name
    assert set(Assertion.objects.values_list("acceptance", flat=True)) == {"Unaccepted"}


def test_the_id_of_ours_signed_by_somebody_else_is_not_ours(bob, ada: signing.Issuer):
    row = factories.assertion()
    eves = ada.signed(id=json.loads(public(row.entity_id))["id"])

    assert "The credential of this id that is here is another issuer's." in said(bring(bob, eves))
    row.refresh_from_db()
    assert row.acceptance == "Unaccepted"


NOT_ONE = "INVALID_BADGE: There is no credential of Open Badges 3.0 in this."


@pytest.mark.parametrize(
    ("content", "media_type", "status", "minor", "words"),
    [
        ("{", JSON, 400, "invalid_data", "JSON parse error - "),
        (" ", JSON, 400, "invalid_data", NOT_ONE),
        ("[]", JSON, 400, "invalid_data", "Invalid data. Expected a dictionary, but got list."),
        ("7", VC, 400, "invalid_data", "Invalid data. Expected a dictionary, but got int."),
        ("{}", JSON, 400, "invalid_data", NOT_ONE),
        ('{"id": "http://127.0.0.1/award"}', JSON, 400, "invalid_data", NOT_ONE),
        ('{"@context": 7, "type": {"a": 1}, "vc": null}', JSON, 400, "invalid_data", NOT_ONE),
        ('{"type": "VerifiableCredential"}', JSON, 400, "invalid_data", "INVALID_BADGE: "),
        ('{"a":' * 2000 + "1" + "}" * 2000, JSON, 400, "invalid_data", "JSON parse error - "),
        (" ", PLAIN, 400, "invalid_data", NOT_ONE),
        ("http://127.0.0.1/award", PLAIN, 400, "invalid_data", NOT_ONE),
        ("data:text/plain,e30", PLAIN, 400, "invalid_data", NOT_ONE),
        ("a.b.c", PLAIN, 400, "invalid_data", NOT_ONE),
        ("e30.e30.e30", PLAIN, 400, "invalid_data", NOT_ONE),
        (b"\xff\x00.\xfe.\x00", PLAIN, 400, "invalid_data", NOT_ONE),
        ("a=b", "application/x-www-form-urlencoded", 415, "unknown", "Unsupported media type "),
        ("--x--", "multipart/form-data; boundary=x", 415, "unknown", "Unsupported media type "),
        ("<a/>", "text/xml", 415, "unknown", 'Unsupported media type "text/xml" in request.'),
        ("{}", "text/html+json", 415, "unknown", "Unsupported media type "),
        ("{}", "", 415, "unknown", "Unsupported media type "),
    ],
)
def test_a_body_that_holds_no_credential_is_refused_and_nobody_is_asked(
    bob, content, media_type, status, minor, words
):
    # The tests' sockets are closed: a fetch would fail.
    answer = told(send(bob, UPSERT, "POST", CREDENTIALS, content, media_type))

    description = answer["body"]["imsx_description"]
    assert description.startswith(words)
    assert answer == refused(status, minor, description)


def test_a_body_that_is_too_large_is_refused(bob, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    for media_type in (JSON, PLAIN):
        answer = send(bob, UPSERT, "POST", CREDENTIALS, "x" * 1001, media_type)
        assert told(answer) == refused(413, "unknown", "The request body is too large.")


def test_while_too_many_are_verified_the_others_wait(bob, ada: signing.Issuer, settings):
    taken = [verification._places() for _ in range(max(1, settings.ROSETTE.web_threads // 2))]
    for place in taken:
        assert place.acquire(blocking=False)
    try:
        answer = bring(bob, ada.signed())
    finally:
        for place in taken:
            place.release()

    said = "Too many badges are being verified at the moment. Please try again."
    assert told(answer) == refused(429, "server_busy", said)
    assert answer["Retry-After"] == "5"


def test_no_transaction_waits_for_another_server(bob, there: Academy, ada: signing.Issuer):
    open_ones = []
    depth = len(connection.savepoint_ids)
    there.when_asked = lambda: open_ones.append(len(connection.savepoint_ids) - depth)

    bring(bob, ada.signed())

    assert open_ones
    assert set(open_ones) == {0}


# Who may, and everything else

CALLS = [
    ("GET", CREDENTIALS, (READ, "r:backpack", "rw:backpack")),
    ("POST", CREDENTIALS, (UPSERT, "rw:backpack")),
    ("GET", PROFILE, (SEE, "r:profile", "rw:profile")),
    ("PUT", PROFILE, (UPDATE, "rw:profile")),
    ("POST", PROFILE, (UPDATE, "rw:profile")),
]
EVERY = (
    *(READ, UPSERT, SEE, UPDATE, "offline_access", "rw:issuer"),
    *("r:backpack", "rw:backpack", "r:profile", "rw:profile"),
    *("https://purl.imsglobal.org/spec/ob/v2p1/scope/assertion.readonly",),
)


@pytest.mark.parametrize(("verb", "path", "scopes"), CALLS)
def test_each_call_wants_its_scope_and_names_it(bob, verb, path, scopes):
    for scope in EVERY:
        answer = send(bob, scope, verb, path, "{}", JSON)
        if scope in scopes:
            assert answer.status_code in (200, 400)
        else:
            words = f"The token lends too little for this: {scopes[0]} is missing."
            assert told(answer) == refused(403, "forbidden", words)
            assert answer["WWW-Authenticate"] == (
                f'Bearer realm="api", error="insufficient_scope", scope="{scopes[0]}"'
            )


@pytest.mark.parametrize(("verb", "path", "scopes"), CALLS)
def test_each_call_wants_somebody_with_a_verified_identity(verb, path, scopes):
    carol = factories.user("carol@example.org", verified=False)

    nobody, unverified = (
        send(person, scopes[0], verb, path, "{}", JSON) for person in (None, carol)
    )

    words = "There is no token, or none that is good."
    assert told(nobody) == refused(401, "unauthorizedrequest", words)
    assert nobody["WWW-Authenticate"] == 'Bearer realm="api"'
    words = "Only people with a verified identity may do this."
    assert told(unverified) == refused(403, "forbidden", words)


def test_other_verbs_and_paths(bob):
    wrong = send(bob, READ, "DELETE", CREDENTIALS)
    nowhere = get(bob, f"{ROOT}/nothing")

    assert told(wrong) == refused(405, "not_allowed", 'Method "DELETE" not allowed.')
    assert wrong["Allow"] == "GET, POST"
    words = "There is nothing at this address."
    assert told(nowhere) == refused(404, "not_found", words, severity="status")


def test_what_breaks_is_told_in_the_same_words(bob):
    client = Client(raise_request_exception=False)
    headers = factories.bearer(bob, READ)

    def broken(error: Exception):
        def refuse(*_):
            raise error

        with connection.execute_wrapper(refuse):
            return client.get(CREDENTIALS, headers=headers)

    away, fault = broken(OperationalError("shutting down")), broken(RuntimeError("a fault"))
    many = "&".join(f"f{number}=1" for number in range(20_001))
    unreadable = client.get(f"{CREDENTIALS}?{many}", headers=headers)

    words = "The database cannot be reached. Please try again."
    assert told(away) == refused(503, "server_busy", words)
    assert away["Retry-After"] == "5"
    words = "Something went wrong on our side."
    assert told(fault) == refused(500, "internal_server_error", words)
    assert told(unreadable) == refused(400, "invalid_data", "The request cannot be read.")


def test_a_page_of_another_site_may_read_how_many_there_are():
    answer = Client().get(CREDENTIALS, headers={"Origin": "https://wallet.example.org"})

    exposed = answer["Access-Control-Expose-Headers"].split(", ")
    assert {"link", "x-total-count"} <= set(exposed)


def test_tokens_of_this_api_open_nothing_else(bob):
    api = Api(bob, f"{READ} {UPSERT} {SEE} {UPDATE} offline_access")

    for path in ("/v2/backpack/assertions", "/v2/users/self", "/v2/issuers"):
        assert api.get(path).status == 404
    assert api.get("/bcv1/assertions").status == 401
