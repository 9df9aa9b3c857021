"""``/public/issuers/:id/status/…`` and ``/revocations``: whole, signed, cached."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rosette.models import Assertion
from rosette.openbadges.keys import read_multikey
from rosette.openbadges.proofs import data_integrity
from rosette.openbadges.statuslist import LENGTH
from rosette.operations import badgeclasses, keys
from rosette.operations.policies import Actor
from tests import factories, published
from tests.environment import DATABASE
from tests.openbadges.test_statuslist import bits
from tests.public.test_assertions import NOT_FOUND
from tests.published import AWARD, HARBOR, NUMBER, ORIGIN

pytestmark = pytest.mark.django_db

STATUS = f"/public/issuers/{HARBOR}/status"
REVOCATION, SUSPENSION = f"{STATUS}/revocation/1", f"{STATUS}/suspension/1"
DID = f"did:web:badges.example.org:public:issuers:{HARBOR}"
LATER = datetime(2026, 3, 1, 8, 0, 0, 750_000, UTC)
LATER_STILL = datetime(2026, 3, 2, 8, 0, 0, 750_000, UTC)


@pytest.fixture(autouse=True)
def _nothing_kept():
    caches["credentials"].clear()


def listed(client: Client, path: str) -> dict[str, Any]:
    """The list, whose proof is good by the key that its issuer publishes."""
    response = client.get(path)
    assert response.status_code == 200, response.content
    document: dict[str, Any] = response.json()
    [proof] = document["proof"]
    did = client.get(f"/public/issuers/{HARBOR}/did.json").json()
    [method] = [
        item for item in did["verificationMethod"] if item["id"] == proof["verificationMethod"]
    ]
    assert method["id"] in did["assertionMethod"]
    assert method["controller"] == document["issuer"] == did["id"]
    data_integrity.check(document, proof, read_multikey(method["publicKeyMultibase"]))
    return {name: member for name, member in document.items() if name != "proof"}


def set_in(document: dict[str, Any]) -> set[int]:
    """The bits that are set."""
    found = bits(document["credentialSubject"]["encodedList"])
    assert len(found) * 8 == LENGTH
    return {
        8 * place + offset
        for place, byte in enumerate(found)
        if byte
        for offset in range(8)
        if byte & 0x80 >> offset
    }


def place_of(client: Client, name: str = AWARD) -> int:
    status = client.get(f"/public/assertions/{name}/ob3").json()["credentialStatus"]
    return int(status["statusListIndex"])


@pytest.mark.parametrize(
    ("path", "purpose"), [(REVOCATION, "revocation"), (SUSPENSION, "suspension")]
)
def test_a_list_is_answered_whole(client: Client, path: str, purpose: str):
    published.award()

    found = listed(client, path)

    encoded = found["credentialSubject"].pop("encodedList")
    assert not any(bits(encoded))
    assert found == {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": f"{ORIGIN}{path}",
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": DID,
        "validFrom": "2024-05-03T08:15:00Z",
        "credentialSubject": {
            "id": f"{ORIGIN}{path}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "ttl": 300_000,
        },
    }


def test_a_credential_names_its_bit(client: Client):
    published.award()

    found = client.get(f"/public/assertions/{AWARD}/ob3").json()["credentialStatus"]

    assert found == published.STATUS
    assert found["statusListCredential"] == f"{ORIGIN}{REVOCATION}"


def test_an_award_of_a_suspendable_class_names_the_other_list(client: Client):
    published.award(published.knots(suspendable=True))

    found = client.get(f"/public/assertions/{AWARD}/ob3").json()["credentialStatus"]

    assert found == {
        "id": f"{ORIGIN}{SUSPENSION}#{found['statusListIndex']}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "suspension",
        "statusListIndex": found["statusListIndex"],
        "statusListCredential": f"{ORIGIN}{SUSPENSION}",
    }
    assert found["statusListIndex"] != published.STATUS["statusListIndex"]


def test_a_revocation_shows_at_once_and_in_the_credential_not_at_all(client: Client):
    award = published.award()
    factories.assertion(award.badgeclass, "carol@example.org")
    before = client.get(f"/public/assertions/{AWARD}/ob3").content
    assert set_in(listed(client, REVOCATION)) == set()

    Assertion.objects.filter(pk=award.pk).update(revoked_at=LATER, revocation_reason="r")

    found = listed(client, REVOCATION)
    assert set_in(found) == {place_of(client)}
    assert found["validFrom"] == "2026-03-01T08:00:00Z"
    assert client.get(f"/public/assertions/{AWARD}/ob3").content == before


def test_a_suspension_comes_and_goes_and_a_revocation_stays(client: Client):
    award = published.award(published.knots(suspendable=True))
    this = Assertion.objects.filter(pk=award.pk)
    place = place_of(client)
    seen = []
    for change in (
        {"suspended_at": LATER, "suspension_reason": "r"},
        {"suspended_at": None, "suspension_reason": "", "reinstated_at": LATER_STILL},
        {"revoked_at": LATER_STILL},
    ):
        this.update(**change)
        found = listed(client, SUSPENSION)
        seen.append((found["validFrom"], set_in(found)))

    assert seen == [
        ("2026-03-01T08:00:00Z", {place}),
        ("2026-03-02T08:00:00Z", set()),
        ("2026-03-02T08:00:00Z", {place}),
    ]
    assert place_of(client) == place


def test_a_suspended_award_is_not_revoked(client: Client):
    published.award(published.knots(suspendable=True), suspended_at=LATER)

    assert set_in(listed(client, REVOCATION)) == set()


def test_the_same_list_is_the_same_bytes_and_is_not_sent_twice(client: Client):
    award = published.award()
    first = client.get(REVOCATION, headers={"Origin": "https://wallet.example.org"})
    assert first["Content-Type"] == "application/vc+ld+json"
    assert first["Cache-Control"] == "public, max-age=300"
    assert first["Access-Control-Allow-Origin"] == "*"
    caches["credentials"].clear()
    assert client.get(REVOCATION).content == first.content

    again = client.get(REVOCATION, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])

    Assertion.objects.filter(pk=award.pk).update(revoked_at=LATER)
    changed = client.get(REVOCATION, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    other = client.get(SUSPENSION)
    assert other["ETag"] not in (first["ETag"], changed["ETag"])


def test_a_list_is_made_of_three_questions_however_many_are_revoked(client: Client):
    knots = published.award(revoked_at=LATER).badgeclass
    for number in range(20):
        factories.assertion(knots, f"{number}@example.org", revoked_at=LATER)
    client.get(REVOCATION)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = client.get(REVOCATION)

    assert len(asked) == 3
    assert len(set_in(found.json())) == 21


def test_the_database_looks_at_revoked_awards_alone(client: Client):
    knots = published.knots()
    for number in range(3):
        factories.assertion(knots, f"{number}@example.org", revoked_at=LATER)
    client.get(REVOCATION)
    with CaptureQueriesContext(connection) as asked, connection.cursor() as cursor:
        client.get(REVOCATION)
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        [sql] = [
            item["sql"] for item in asked.captured_queries if "reinstated_at IS" in item["sql"]
        ]
        explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
        cursor.execute(explain + sql)
        assert "assertion_status_changed" in str(cursor.fetchall())


def test_lists_belong_to_issuers_and_stretches_of_awards(client: Client):
    knots = published.award(revoked_at=LATER).badgeclass
    other = factories.badgeclass(factories.issuer())
    factories.assertion(other, revoked_at=LATER)
    assert client.get(f"{STATUS}/revocation/2").status_code == 404
    far = factories.assertion(knots, "far@example.org", id=LENGTH + NUMBER, revoked_at=LATER)

    assert set_in(listed(client, REVOCATION)) == {place_of(client)}
    found = client.get(f"/public/assertions/{far.entity_id}/ob3").json()["credentialStatus"]
    assert found["statusListCredential"] == f"{ORIGIN}{STATUS}/revocation/2"
    assert found["statusListIndex"] != published.STATUS["statusListIndex"]
    assert set_in(listed(client, f"{STATUS}/revocation/2")) == {int(found["statusListIndex"])}


@pytest.mark.parametrize(
    "path",
    [
        f"{STATUS}/revocation/0",
        f"{STATUS}/revocation/01",
        f"{STATUS}/revocation/-1",
        f"{STATUS}/revocation/x",
        f"{STATUS}/revocation/٣",
        f"{STATUS}/revocation/999999999",
        f"{STATUS}/revocation/99999999999999999999",
        f"{STATUS}/refresh/1",
        "/public/issuers/nobody/status/revocation/1",
        "/public/issuers/nobody/revocations",
    ],
)
def test_lists_that_there_are_not(client: Client, path: str):
    published.award()

    response = client.get(path)

    assert (response.status_code, response.json()) == (404, NOT_FOUND)


def test_an_issuer_of_elsewhere_has_no_lists(client: Client):
    published.harbor(source_url="https://elsewhere.example.org/i")

    assert client.get(REVOCATION).status_code == 404
    assert client.get(f"/public/issuers/{HARBOR}/revocations").status_code == 404


def test_an_issuer_that_is_gone_keeps_its_lists(client: Client):
    award = published.award(published.knots(published.harbor(deleted_at=LATER)), revoked_at=LATER)

    assert set_in(listed(client, REVOCATION)) == {place_of(client, award.entity_id)}


def test_after_a_theft_lists_are_signed_anew(client: Client):
    award = published.award(revoked_at=LATER)
    before = client.get(REVOCATION)
    [key, *_] = keys.rotate(award.issuer, ["key"], stolen=True)

    found = listed(client, REVOCATION)

    assert set_in(found) == {place_of(client)}
    assert found["validFrom"] == key.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert client.get(REVOCATION)["ETag"] != before["ETag"]


def test_revocations_by_name_and_reason(client: Client):
    knots = published.award(revoked_at=LATER, revocation_reason="Issued in error").badgeclass
    factories.assertion(knots, "carol@example.org")
    factories.assertion(knots, "dan@example.org", revoked_at=LATER, visibility="private")
    factories.assertion(
        knots, "eve@example.org", revoked_at=LATER, visibility="link", share_hash="0" * 32
    )

    response = client.get(f"/public/issuers/{HARBOR}/revocations")

    assert response["Content-Type"] == "application/json"
    assert response.json() == {
        "id": f"{ORIGIN}/public/issuers/{HARBOR}/revocations",
        "issuer": DID,
        "revokedCredential": [
            {
                "id": f"{ORIGIN}/public/assertions/{AWARD}/ob3",
                "revoked": True,
                "revocationReason": "Issued in error",
            }
        ],
    }
    again = client.get(response.request["PATH_INFO"], headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


@pytest.mark.skipif(DATABASE != "postgresql", reason="SQLite has one writer at a time.")
@pytest.mark.django_db(transaction=True)
def test_an_award_that_comes_while_a_class_becomes_suspendable_waits_for_it(client: Client):
    badgeclass = factories.badgeclass()
    owner = badgeclass.created_by
    assert owner is not None
    by = Actor.person(owner)
    begun, go_on = Event(), Event()

    def change() -> None:
        try:
            with transaction.atomic():
                badgeclasses.change(badgeclass, {"suspendable": True}, by=by)
                begun.set()
                go_on.wait(10)
        finally:
            connection.close()

    def award() -> str:
        try:
            return factories.assertion(badgeclass).entity_id
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        changing = pool.submit(change)
        assert begun.wait(10)
        awarding = pool.submit(award)
        seen = []
        for _ in range(20):
            seen.append(Assertion.objects.count())
            Event().wait(0.02)
        go_on.set()
        changing.result(20)
        name = awarding.result(20)

    assert set(seen) == {0}
    status = client.get(f"/public/assertions/{name}/ob3").json()["credentialStatus"]
    assert status["statusPurpose"] == "suspension"
