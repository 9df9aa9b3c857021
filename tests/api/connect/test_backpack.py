"""/bcv1/assertions and /bcv1/profile, as programs see them that a person has connected."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from rosette.models import Assertion, EmailAddress, Identifier
from rosette.openbadges.recipient import hashed
from tests import factories
from tests.api.client import Api
from tests.foreign import Academy, academy

pytestmark = pytest.mark.django_db

HOME = "https://badges.example.org"
SCOPE = "https://purl.imsglobal.org/spec/ob/v2p1/scope"
READ, CREATE, PROFILE = (
    f"{SCOPE}/{name}" for name in ("assertion.readonly", "assertion.create", "profile.readonly")
)
OK = {"error": None, "statusCode": 200, "statusText": "OK"}
CONTEXT = "https://w3id.org/openbadges/v2"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def refused(status, text, error=None):
    return (status, {"status": {"error": error, "statusCode": status, "statusText": text}})


@pytest.fixture
def bob():
    return factories.user("bob@example.org")


@pytest.fixture
def elsewhere(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    with academy() as there:
        yield there


def _object(row, **members):
    address = f"{HOME}/public/assertions/{row.entity_id}"
    return {
        "@context": CONTEXT,
        "type": "Assertion",
        "id": address,
        "badge": f"{HOME}/public/badges/{row.badgeclass.entity_id}",
        "image": f"{address}/image",
        "recipient": {
            "identity": hashed("bob@example.org", row.salt),
            "hashed": True,
            "type": "email",
            "plaintextIdentity": "bob@example.org",
            "salt": row.salt,
        },
        "issuedOn": row.issued_on.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z",
        "narrative": None,
        "evidence": [],
        "revoked": False,
        "revocationReason": None,
        "expires": None,
    } | members


def _awards(count):
    knots = factories.badgeclass()
    rows = [
        factories.assertion(knots, updated_at=BEGIN + timedelta(minutes=number))
        for number in range(count)
    ]
    return [row.entity_id for row in reversed(rows)]


def _names(answer):
    return [item["id"].rpartition("/")[2] for item in answer.body["results"]]


def test_w7_the_backpack_is_shown_whole_whatever_the_state_of_the_awards(bob):
    knots = factories.badgeclass()
    plain = factories.assertion(knots, updated_at=BEGIN)
    told = factories.assertion(
        knots,
        updated_at=BEGIN + timedelta(hours=1),
        narrative="did it",
        evidence=[{"url": "https://e.example.org/1", "narrative": None}],
        expires_on=BEGIN,
        acceptance="Rejected",
    )
    gone = factories.assertion(
        knots,
        updated_at=BEGIN + timedelta(hours=2),
        revoked_at=BEGIN,
        revocation_reason="Issued in error",
    )
    factories.assertion(knots, to="carol@example.org")

    answer = Api(bob, READ).get("/bcv1/assertions")

    assert (answer.status, answer.body) == (
        200,
        {
            "status": OK,
            "results": [
                _object(gone, revoked=True, revocationReason="Issued in error", image=None),
                _object(
                    told,
                    narrative="did it",
                    evidence=[
                        {
                            "url": "https://e.example.org/1",
                            "id": "https://e.example.org/1",
                            "narrative": None,
                        }
                    ],
                    expires="2026-01-01T00:00:00Z",
                ),
                _object(plain),
            ],
        },
    )
    assert answer.headers["Content-Type"] == "application/json"


def test_parts_lead_to_each_other(bob):
    names = _awards(7)
    path = f"{HOME}/bcv1/assertions"

    middle = Api(bob, READ).get("/bcv1/assertions", limit=2, offset=2)
    odd = Api(bob, READ).get("/bcv1/assertions", limit=3, offset=1)
    last = Api(bob, READ).get("/bcv1/assertions", limit=3, offset=6)

    assert [_names(answer) for answer in (middle, odd, last)] == [
        names[2:4],
        names[1:4],
        names[6:],
    ]
    assert middle.headers["Link"] == (
        f'<{path}?limit=2&offset=4>; rel="next",<{path}?limit=2&offset=0>; rel="first",'
        f'<{path}?limit=2&offset=6>; rel="last",<{path}?limit=2&offset=0>; rel="prev"'
    )
    assert f'<{path}?limit=3&offset=0>; rel="prev"' in odd.headers["Link"]
    assert 'rel="next"' not in last.headers["Link"]


@pytest.mark.parametrize("limit", ["0", "-1", "many", "٣", ""])
def test_a_limit_that_is_none_is_a_hundred(bob, limit):
    _awards(1)

    answer = Api(bob, READ).get("/bcv1/assertions", limit=limit, offset="-3")

    assert (answer.status, len(answer.body["results"])) == (200, 1)
    assert "limit=100&offset=0" in answer.headers["Link"]


def test_nobody_gets_more_than_five_hundred_at_a_time(bob):
    assert "limit=500" in Api(bob, READ).get("/bcv1/assertions", limit=501).headers["Link"]


def test_an_empty_backpack_and_a_place_beyond_its_end(bob):
    api = Api(bob, READ)

    assert api.get("/bcv1/assertions").body == {"status": OK, "results": []}
    _awards(1)
    beyond = api.get("/bcv1/assertions", offset=999_999_999)
    assert beyond.body == {"status": OK, "results": []}
    assert f'<{HOME}/bcv1/assertions?offset=0&limit=100>; rel="last"' in beyond.headers["Link"]


def test_since_is_from_that_moment_on_and_stays_in_the_links(bob):
    names = _awards(4)
    since = (BEGIN + timedelta(minutes=2)).isoformat()

    answer = Api(bob, READ).get("/bcv1/assertions", since=since, limit=1)

    assert _names(answer) == names[:1]
    assert f'since={quote(since)}&limit=1&offset=1>; rel="next"' in answer.headers["Link"]
    assert _names(Api(bob, READ).get("/bcv1/assertions", since=since)) == names[:2]


def test_since_that_is_no_moment_is_refused(bob):
    answer = Api(bob, READ).get("/bcv1/assertions", since="yesterday")

    assert (answer.status, answer.body) == refused(
        400, "REQUEST_VALIDATION_ERROR", "since: must be ISO-8601 format with time zone"
    )


@pytest.mark.parametrize("count", [1, 50])
def test_the_queries_of_the_list_do_not_grow(bob, count, django_assert_num_queries):
    _awards(count)
    api = Api(bob, READ)

    with django_assert_num_queries(5):
        assert len(api.get("/bcv1/assertions").body["results"]) == count


def test_k9_an_award_of_another_server_is_put_into_the_backpack(bob, elsewhere: Academy):
    url = elsewhere.award()
    whole = elsewhere.document("/award") | {"badge": elsewhere.document("/navigation")}

    answer = Api(bob, CREATE).post("/bcv1/assertions", {"assertion": whole})

    assert (answer.status, answer.body) == (201, {"status": OK})
    row = Assertion.objects.get()
    assert (row.source_url, row.acceptance, row.recipient_identity) == (
        url,
        "Accepted",
        "bob@example.org",
    )
    (shown,) = Api(bob, READ).get("/bcv1/assertions").body["results"]
    assert (shown["id"], shown["badge"]) == (url, f"{elsewhere.origin}/navigation")


def test_s10_what_is_there_already_is_told_as_text(bob, elsewhere: Academy):
    sent = {"assertion": {"id": elsewhere.award()}}
    api = Api(bob, CREATE)
    api.post("/bcv1/assertions", sent)

    again = api.post("/bcv1/assertions", sent)

    assert (again.status, again.body) == refused(
        400,
        "REQUEST_VALIDATION_ERROR",
        "DUPLICATE_BADGE: You already have this badge in your backpack",
    )


def test_a_push_that_is_sent_again_is_done_once(bob, elsewhere: Academy):
    sent = {"assertion": {"id": elsewhere.award()}}
    api = Api(bob, CREATE)

    first = api.post("/bcv1/assertions", sent, **{"Idempotency-Key": "one"})
    again = api.post("/bcv1/assertions", sent, **{"Idempotency-Key": "one"})
    other = api.post("/bcv1/assertions", {"assertion": {}}, **{"Idempotency-Key": "one"})

    assert (again.status, again.body) == (first.status, first.body) == (201, {"status": OK})
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Content-Type"] == "application/json"
    assert other.status == 422
    assert Assertion.objects.count() == 1


def test_an_award_of_this_server_is_accepted(bob):
    row = factories.assertion()
    sent = {"assertion": {"id": f"{HOME}/public/assertions/{row.entity_id}"}}

    assert Api(bob, CREATE).post("/bcv1/assertions", sent).status == 201
    row.refresh_from_db()
    assert row.acceptance == "Accepted"


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({}, "assertion: This field is required."),
        ({"assertion": {}}, "assertion: This field is required."),
        ({"assertion": 7}, "assertion: Must be a JSON object, or the text of one."),
        ([], "Invalid data. Expected a dictionary, but got list."),
    ],
)
def test_what_is_wrong_is_told_as_text(bob, sent, error):
    answer = Api(bob, CREATE).post("/bcv1/assertions", sent)

    assert (answer.status, answer.body) == refused(400, "REQUEST_VALIDATION_ERROR", error)


def test_an_award_to_somebody_else_is_refused(bob, elsewhere: Academy):
    url = elsewhere.award(
        recipient={"type": "email", "identity": "carol@example.org", "hashed": False}
    )

    answer = Api(bob, CREATE).post("/bcv1/assertions", {"assertion": {"id": url}})

    assert answer.status == 400
    assert answer.body["status"]["error"].startswith(
        "VERIFY_RECIPIENT_IDENTIFIER: The recipient does not match any of your verified emails. "
    )
    assert Assertion.objects.count() == 0


def test_a_body_that_cannot_be_read(bob, client):
    headers = factories.bearer(bob, CREATE)

    broken = client.post("/bcv1/assertions", "{", content_type="application/json", headers=headers)
    foreign = client.post("/bcv1/assertions", "x", content_type="text/xml", headers=headers)

    assert broken.json()["status"]["statusText"] == "BAD_REQUEST"
    assert broken.json()["status"]["error"].startswith("JSON parse error - ")
    assert (foreign.status_code, foreign.json()) == refused(
        415, "BAD_REQUEST", 'Unsupported media type "text/xml" in request.'
    )


def test_the_profile_says_whose_backpack_it_is(bob):
    answer = Api(bob, PROFILE).get("/bcv1/profile")

    assert (answer.status, answer.body) == (
        200,
        {
            "status": OK,
            "results": [{"@context": CONTEXT, "name": "Bob Vale", "email": "bob@example.org"}],
        },
    )


def test_x18_an_address_that_is_not_verified_is_not_told(bob):
    EmailAddress.objects.filter(user=bob).update(verified=False)
    EmailAddress.objects.create(user=bob, email="b@example.org", verified=True, primary=False)

    (shown,) = Api(bob, PROFILE).get("/bcv1/profile").body["results"]
    assert shown["email"] == "b@example.org"

    EmailAddress.objects.filter(user=bob).update(verified=False)
    Identifier.objects.create(
        user=bob, kind="url", value="https://bob.example.org", verified_at=BEGIN
    )
    (shown,) = Api(bob, PROFILE).get("/bcv1/profile").body["results"]
    assert shown["email"] is None


CALLS = [
    ("GET", "/bcv1/assertions", (READ, "r:backpack", "rw:backpack")),
    ("POST", "/bcv1/assertions", (CREATE, "rw:backpack")),
    ("GET", "/bcv1/profile", (PROFILE, "r:backpack", "rw:backpack")),
]
EVERY = (READ, CREATE, PROFILE, "r:backpack", "rw:backpack", "rw:profile", "rw:issuer")


@pytest.mark.parametrize(("verb", "path", "scopes"), CALLS)
def test_each_call_wants_its_scope(bob, verb, path, scopes):
    for scope in EVERY:
        answer = Api(bob, scope).send(verb, path, {} if verb == "POST" else None)
        if scope in scopes:
            assert answer.status in (200, 400)
        else:
            assert (answer.status, answer.body) == refused(401, "PERMISSION_DENIED")


@pytest.mark.parametrize(("verb", "path", "scopes"), CALLS)
def test_each_call_wants_somebody_with_a_verified_identity(verb, path, scopes):
    carol = factories.user("carol@example.org", verified=False)

    nobody, unverified = (api.send(verb, path) for api in (Api(), Api(carol, scopes[0])))

    assert (nobody.status, nobody.body) == refused(401, "UNAUTHENTICATED")
    assert nobody.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert (unverified.status, unverified.body) == refused(401, "PERMISSION_DENIED")


def test_other_verbs_and_paths(bob):
    wrong = Api(bob, READ).delete("/bcv1/assertions")
    nowhere = Api(bob, READ).get("/bcv1/nothing")

    assert (wrong.status, wrong.body) == refused(405, "METHOD_NOT_ALLOWED")
    assert wrong.headers["Allow"] == "GET, POST"
    assert (nowhere.status, nowhere.body) == refused(404, "NOT_FOUND")


def test_tokens_of_badge_connect_open_nothing_else(bob):
    api = Api(bob, f"{READ} {CREATE} {PROFILE}")

    for path in ("/v2/backpack/assertions", "/v2/users/self", "/v2/issuers"):
        assert api.get(path).status == 404
