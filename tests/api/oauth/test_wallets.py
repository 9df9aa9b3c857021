"""/openid/… and /o/token, as wallets see them."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.signing import TimestampSigner
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rosette.models import (
    AccessToken,
    Assertion,
    AuditEntry,
    BadgeClass,
    EmailAddress,
    Identifier,
    Offer,
    UsedNonce,
    User,
)
from rosette.models.applications import checksum
from rosette.models.assertions import published_assertion
from rosette.openbadges.keys import read_jwk, read_multikey
from rosette.openbadges.proofs import data_integrity, jwt
from rosette.operations import credentials, keys, offers, wallets
from rosette.operations.offers import GRANT_TYPE, NewOffer
from rosette.operations.policies import Actor
from tests import factories, published
from tests.environment import DATABASE, ORIGIN
from tests.openbadges.test_ob3 import CREDENTIAL
from tests.published import AWARD
from tests.wallet import JWT, LDP, Wallet

pytestmark = pytest.mark.django_db

several_writers = pytest.mark.skipif(
    DATABASE != "postgresql", reason="SQLite has one writer at a time."
)
IDENTIFIED = {"credential_identifier": f"{AWARD}/{LDP}"}


@pytest.fixture
def bob() -> User:
    return factories.user("bob@example.org")


@pytest.fixture
def award() -> Assertion:
    return published.award()


def offered(bob: User, *, with_tx_code: bool = False, name: str = AWARD) -> NewOffer:
    return offers.make(name, by=Actor.person(bob), with_tx_code=with_tx_code)


def error(answer: Any) -> str:
    """The code of a refusal, which is kept in no cache."""
    assert answer.status_code == 400, answer.content
    assert answer.headers["Cache-Control"] == "no-store"
    described = answer.json().get("error_description", "")
    assert described.isascii() and '"' not in described
    code: str = answer.json()["error"]
    return code


def unauthorized(answer: Any) -> str:
    assert answer.status_code == 401
    challenge: str = answer.headers["WWW-Authenticate"]
    return challenge


def test_an_offer_leads_to_a_credential_that_is_bound_to_the_key_of_the_wallet(award, bob):
    wallet, made = Wallet(), offered(bob, with_tx_code=True)
    assert made.tx_code is not None

    offer = wallet.offer(made.link)
    code = offer.json()["grants"][GRANT_TYPE]["pre-authorized_code"]
    assert offer.headers["Content-Type"] == "application/json"
    assert offer.json() == {
        "credential_issuer": ORIGIN,
        "credential_configuration_ids": [JWT, LDP],
        "grants": {
            GRANT_TYPE: {
                "pre-authorized_code": code,
                "tx_code": {
                    "input_mode": "numeric",
                    "length": 6,
                    "description": "The page that shows the offer shows this code as well.",
                },
            }
        },
    }
    granted = wallet.exchanged(code, made.tx_code)
    token = granted.json()["access_token"]
    assert granted.json() == {"access_token": token, "expires_in": 300, "token_type": "Bearer"}
    answer = wallet.asked(token, credential_configuration_id=LDP)
    assert answer.json()["notification_id"] == made.row.entity_id

    for each in (offer, granted, answer):
        assert each.headers["Cache-Control"] == "no-store"
    [found] = (item["credential"] for item in answer.json()["credentials"])
    [proof] = found.pop("proof")
    subject = {**CREDENTIAL["credentialSubject"], "id": wallet.did}
    said = {**CREDENTIAL, "credentialStatus": published.STATUS, "credentialSubject": subject}
    assert found == said
    rsa, ed = keys.published(award.issuer_id)
    data_integrity.check({**found, "proof": [proof]}, proof, read_multikey(str(ed.public)))
    assert jwt.check(wallet.credential(token, JWT), read_jwk(rsa.public)) == said


def test_the_way_into_a_wallet_is_noted(award, bob):
    wallet, made = Wallet(), offered(bob, with_tx_code=True)
    assert made.tx_code is not None
    code = wallet.code(made.link)
    wrong = f"{(int(made.tx_code) + 1) % 10**6:06}"
    assert error(wallet.exchanged(code, wrong)) == "invalid_grant"
    token = wallet.exchanged(code, made.tx_code).json()["access_token"]
    wallet.credential(token, JWT)
    said = {"notification_id": made.row.entity_id, "event": "credential_accepted"}
    assert wallet.posted("/openid/notification", token, said).status_code == 204

    found = AuditEntry.objects.filter(kind="assertion", name=AWARD).order_by("pk")
    assert [(entry.action, entry.actor, json.loads(entry.details)) for entry in found] == [
        ("award.offer", bob.entity_id, {}),
        ("token.refuse", "", {}),
        ("token.create", bob.entity_id, {"grant": GRANT_TYPE}),
        ("award.take", bob.entity_id, {"form": "jwt"}),
        ("award.wallet", bob.entity_id, {"event": "credential_accepted"}),
    ]
    assert {entry.issuer for entry in found} == {""}  # which wallets Bob has is nobody's business


def test_the_same_wallet_gets_the_same_bytes_and_the_public_credential_keeps_its_own(award, bob):
    def public() -> bytes:
        row = published_assertion(AWARD)
        assert row is not None
        return credentials.signed(credentials.draft(row))

    before, wallet = public(), Wallet()
    token = wallet.token(offered(bob).link)
    first = wallet.credential(token)

    assert first == wallet.credential(token)
    assert first == wallet.credential(wallet.token(offered(bob).link))
    assert first != Wallet().credential(token)
    assert public() == before


def test_only_checksums_of_the_secrets_are_kept(award, bob):
    wallet, made = Wallet(), offered(bob, with_tx_code=True)
    code = wallet.code(made.link)
    token = wallet.exchanged(code, made.tx_code).json()["access_token"]
    reference = made.address.rpartition("/")[2]

    kept = json.dumps(list(Offer.objects.values()), default=str)
    for secret in (code, token, reference, f'"{made.tx_code}"'):
        assert secret not in kept


@pytest.mark.parametrize(("visibility", "hash"), [("private", None), ("link", "0a" * 16)])
def test_an_award_that_is_hidden_is_taken_under_its_own_name(bob, visibility, hash):
    published.award(visibility=visibility, share_hash=hash)
    wallet = Wallet()

    found = wallet.credential(wallet.token(offered(bob).link))

    assert found["id"] == f"{ORIGIN}/public/assertions/{AWARD}/ob3"


def test_an_award_to_a_web_address_that_it_shows_gets_the_holder_as_subject(bob):
    published.award(
        recipient_kind="url", recipient_identity="https://bob.example.org/", recipient_hashed=False
    )
    Identifier.objects.create(
        user=bob, kind="url", value="https://bob.example.org/", verified_at=timezone.now()
    )
    wallet = Wallet()

    subject = wallet.credential(wallet.token(offered(bob).link))["credentialSubject"]

    assert subject["id"] == wallet.did
    assert subject["identifier"][0]["identityHash"] == "https://bob.example.org/"


# The token


def test_a_code_is_good_once(award, bob):
    wallet, made = Wallet(), offered(bob)
    code = wallet.code(made.link)
    token = wallet.exchanged(code).json()["access_token"]

    assert error(wallet.exchanged(code)) == "invalid_grant"
    assert wallet.offer(made.link).status_code == 404
    assert wallet.credential(token)


def test_the_reference_in_the_address_is_no_code(award, bob):
    made = offered(bob)

    assert error(Wallet().exchanged(made.address.rpartition("/")[2])) == "invalid_grant"


@pytest.mark.parametrize("code", ["x", "é", "x" * 5000])
def test_an_unknown_code_is_refused(code):
    assert error(Wallet().exchanged(code)) == "invalid_grant"


def test_a_missing_code_is_refused():
    sent = {"grant_type": GRANT_TYPE}
    assert error(Wallet().client.post("/o/token", sent)) == "invalid_request"


def test_a_code_is_good_for_ten_minutes(award, bob):
    wallet, made = Wallet(), offered(bob)
    code = wallet.code(made.link)
    assert made.row.expires_at - made.row.created_at == timedelta(minutes=10)
    Offer.objects.update(expires_at=timezone.now())

    assert error(wallet.exchanged(code)) == "invalid_grant"
    assert wallet.offer(made.link).status_code == 404


def test_a_new_offer_of_the_award_ends_the_one_that_waits(award, bob):
    wallet = Wallet()
    first = offered(bob)
    code = wallet.code(first.link)
    second = offered(bob)

    assert error(wallet.exchanged(code)) == "invalid_grant"
    assert wallet.exchanged(wallet.code(second.link)).status_code == 200
    first.row.refresh_from_db()
    assert offers.state(first.row) == "expired"


def test_a_transaction_code_that_is_wanted_must_come(award, bob):
    wallet, made = Wallet(), offered(bob, with_tx_code=True)
    code = wallet.code(made.link)

    assert error(wallet.exchanged(code)) == "invalid_request"
    assert wallet.exchanged(code, made.tx_code).status_code == 200


def test_a_transaction_code_that_is_not_wanted_must_not_come(award, bob):
    wallet, made = Wallet(), offered(bob)
    code = wallet.code(made.link)

    assert error(wallet.exchanged(code, "123456")) == "invalid_request"
    assert wallet.exchanged(code).status_code == 200


def wrong(made: NewOffer) -> str:
    return "000000" if made.tx_code != "000000" else "000001"


def test_four_wrong_transaction_codes_are_forgiven(award, bob):
    wallet, made = Wallet(), offered(bob, with_tx_code=True)
    code = wallet.code(made.link)
    for _ in range(4):
        assert error(wallet.exchanged(code, wrong(made))) == "invalid_grant"

    assert wallet.exchanged(code, made.tx_code).status_code == 200


def test_the_fifth_wrong_transaction_code_ends_the_offer(award, bob):
    wallet, made = Wallet(), offered(bob, with_tx_code=True)
    code = wallet.code(made.link)
    for _ in range(5):
        assert error(wallet.exchanged(code, wrong(made))) == "invalid_grant"

    assert error(wallet.exchanged(code, made.tx_code)) == "invalid_grant"
    made.row.refresh_from_db()
    assert offers.state(made.row) == "expired"


def test_a_wallet_that_asks_by_details_gets_identifiers(award, bob):
    wallet, made = Wallet(), offered(bob)
    detail = {"type": "openid_credential", "credential_configuration_id": LDP}
    granted = wallet.exchanged(
        wallet.code(made.link), authorization_details=json.dumps([detail, detail])
    ).json()

    assert granted["authorization_details"] == [
        {**detail, "credential_identifiers": [f"{AWARD}/{LDP}"]}
    ]
    answer = wallet.asked(granted["access_token"], **IDENTIFIED)
    assert answer.json()["credentials"][0]["credential"]["type"] == CREDENTIAL["type"]


@pytest.mark.parametrize(
    "details",
    [
        "nonsense",
        "[]",
        "{}",
        "[5]",
        '[{"type": "openid_credential"}]',
        '[{"type": "account", "credential_configuration_id": "OpenBadgeCredential_ldp_vc"}]',
        '[{"type": "openid_credential", "credential_configuration_id": "Degree"}]',
    ],
)
def test_details_that_cannot_be_granted_are_refused_and_cost_nothing(award, bob, details):
    wallet, made = Wallet(), offered(bob)
    code = wallet.code(made.link)

    refused = wallet.exchanged(code, authorization_details=details)
    assert error(refused) == "invalid_authorization_details"
    assert wallet.exchanged(code).status_code == 200


def test_the_token_is_good_for_nothing_else(award, bob):
    wallet = Wallet()
    token = wallet.token(offered(bob).link)

    answer = wallet.client.get(
        "/v2/backpack/assertions", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 401
    assert not AccessToken.objects.exists()


# The credential


def test_without_a_token_or_with_another_there_is_no_credential(award, bob):
    wallet = Wallet()

    assert unauthorized(wallet.asked(None, credential_configuration_id=LDP)) == "Bearer"
    for token in ("x", factories.token(bob), wallet.code(offered(bob).link)):
        answer = wallet.asked(token, credential_configuration_id=LDP)
        assert unauthorized(answer) == 'Bearer error="invalid_token"'
        assert answer.json() == {"error": "invalid_token"}


def test_a_token_is_good_for_five_minutes(award, bob):
    wallet = Wallet()
    token = wallet.token(offered(bob).link)
    Offer.objects.update(token_expires_at=timezone.now())

    answer = wallet.asked(token, credential_configuration_id=LDP)
    assert unauthorized(answer) == 'Bearer error="invalid_token"'


REQUESTS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "invalid_credential_request"),
    "two names": (
        {"credential_configuration_id": LDP, **IDENTIFIED},
        "invalid_credential_request",
    ),
    "no text": ({"credential_configuration_id": 5}, "invalid_credential_request"),
    "null characters": ({"credential_configuration_id": "\0"}, "invalid_credential_request"),
    "another configuration": (
        {"credential_configuration_id": 'De"gree'},
        "unknown_credential_configuration",
    ),
    "another identifier": (
        {"credential_identifier": f"x/{LDP}"},
        "unknown_credential_identifier",
    ),
    "encryption": (
        {"credential_configuration_id": LDP, "credential_response_encryption": {"enc": "A128GCM"}},
        "invalid_encryption_parameters",
    ),
    "no proofs": ({"credential_configuration_id": LDP, "proofs": None}, "invalid_proof"),
    "no proof": ({"credential_configuration_id": LDP, "proofs": {"jwt": []}}, "invalid_proof"),
    "proofs of another kind": (
        {"credential_configuration_id": LDP, "proofs": {"di_vp": [{}]}},
        "invalid_proof",
    ),
    "two proofs": (
        {"credential_configuration_id": LDP, "proofs": {"jwt": ["a.b.c", "a.b.c"]}},
        "invalid_proof",
    ),
    "a proof that is none": (
        {"credential_configuration_id": LDP, "proofs": {"jwt": ["a.b.c"]}},
        "invalid_proof",
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_refused_that_has(award, bob, name):
    wallet = Wallet()
    token = wallet.token(offered(bob).link)
    body, code = REQUESTS[name]

    assert error(wallet.asked(token, **body)) == code
    assert not UsedNonce.objects.exists()
    assert wallet.credential(token)


@pytest.mark.parametrize("content", [b"{", b"[]", b'"x"', b""])
def test_a_body_that_is_no_object_is_refused(award, bob, content):
    wallet = Wallet()
    token = wallet.token(offered(bob).link)

    answer = wallet.posted("/openid/credential", token, content)
    assert error(answer) in ("invalid_credential_request", "invalid_proof")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://evil.example"},
        {"aud": [ORIGIN]},
        {"aud": f"{ORIGIN}/"},
        {"iat": 0},
        {"iat": None},
        {"nonce": None},
    ],
)
def test_a_proof_for_another_or_of_another_time_is_refused(award, bob, claims):
    wallet = Wallet()
    token = wallet.token(offered(bob).link)

    proofs = {"jwt": [wallet.proof(**claims)]}
    answer = wallet.asked(token, credential_configuration_id=LDP, proofs=proofs)
    assert error(answer) == "invalid_proof"


def test_a_proof_that_was_tampered_with_is_refused(award, bob):
    wallet = Wallet()
    token = wallet.token(offered(bob).link)
    head, body, _ = wallet.proof().split(".")
    _, _, tail = Wallet().proof().split(".")

    proofs = {"jwt": [f"{head}.{body}.{tail}"]}
    answer = wallet.asked(token, credential_configuration_id=LDP, proofs=proofs)
    assert error(answer) == "invalid_proof"


def foreign() -> str:
    return TimestampSigner(key="another", salt="rosette.nonce").sign("x")


def of_another_kind() -> str:
    return TimestampSigner(salt="rosette.other").sign("x")


@pytest.mark.parametrize("nonce", [lambda: "x", foreign, of_another_kind])
def test_a_nonce_that_is_not_ours_is_refused(award, bob, nonce):
    wallet = Wallet()
    token = wallet.token(offered(bob).link)

    proofs = {"jwt": [wallet.proof(nonce=nonce())]}
    answer = wallet.asked(token, credential_configuration_id=LDP, proofs=proofs)
    assert error(answer) == "invalid_nonce"


def test_a_nonce_is_good_for_five_minutes(award, bob, monkeypatch):
    wallet = Wallet()
    token = wallet.token(offered(bob).link)
    old = wallet.proof()
    later = timezone.now().timestamp() + 301
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)

    answer = wallet.asked(token, credential_configuration_id=LDP, proofs={"jwt": [old]})
    assert error(answer) == "invalid_nonce"


def test_a_proof_is_good_once_whoever_shows_it(award, bob):
    wallet = Wallet()
    token = wallet.token(offered(bob).link)
    proofs = {"jwt": [wallet.proof()]}
    assert wallet.asked(token, credential_configuration_id=LDP, proofs=proofs).status_code == 200

    for again in (token, wallet.token(offered(bob).link)):
        answer = wallet.asked(again, credential_configuration_id=JWT, proofs=proofs)
        assert error(answer) == "invalid_nonce"


def revoked(award: Assertion, bob: User) -> None:
    Assertion.objects.update(revoked_at=timezone.now(), revocation_reason="r")


def suspended(award: Assertion, bob: User) -> None:
    BadgeClass.objects.update(suspendable=True)
    Assertion.objects.update(suspended_at=timezone.now(), suspension_reason="r")


def expired(award: Assertion, bob: User) -> None:
    Assertion.objects.update(expires_on=timezone.now())


def rejected(award: Assertion, bob: User) -> None:
    Assertion.objects.update(acceptance="Rejected")


def lost(award: Assertion, bob: User) -> None:
    EmailAddress.objects.filter(user=bob).update(verified=False)


def given_away(award: Assertion, bob: User) -> None:
    carol = factories.user("carol@example.org")
    EmailAddress.objects.filter(user=bob).update(user=carol, primary=False)


CHANGES = (revoked, suspended, expired, rejected, lost, given_away)


@pytest.mark.parametrize("change", CHANGES)
def test_there_is_no_credential_of_an_award_that_meanwhile_was(award, bob, change):
    wallet, made = Wallet(), offered(bob)
    token = wallet.token(made.link)
    change(award, bob)

    answer = wallet.asked(token, credential_configuration_id=LDP)
    assert error(answer) == "credential_request_denied"
    made.row.refresh_from_db()
    assert (made.row.taken_at, UsedNonce.objects.count()) == (None, 0)


def test_there_is_no_credential_for_somebody_who_was_locked_out(award, bob):
    wallet = Wallet()
    token = wallet.token(offered(bob).link)
    User.objects.filter(pk=bob.pk).update(is_active=False)

    answer = wallet.asked(token, credential_configuration_id=LDP)
    assert unauthorized(answer) == 'Bearer error="invalid_token"'


def test_a_credential_that_was_taken_ends_with_the_award(award, bob):
    wallet = Wallet()
    found = wallet.credential(wallet.token(offered(bob).link))

    assert found["credentialStatus"] == published.STATUS


# What becomes of it


@pytest.mark.parametrize("event", wallets.EVENTS)
def test_a_wallet_says_what_became_of_the_credential(award, bob, event):
    wallet, made = Wallet(), offered(bob)
    token = wallet.token(made.link)
    wallet.credential(token)
    said = {"notification_id": made.row.entity_id, "event": event, "event_description": "d"}

    for _ in range(2):
        answer = wallet.posted("/openid/notification", token, said)
        assert (answer.status_code, answer.content) == (204, b"")
    made.row.refresh_from_db()
    assert made.row.event == event


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, "invalid_notification_request"),
        ({"event": "credential_sold"}, "invalid_notification_request"),
        ({"event": None}, "invalid_notification_request"),
        ({"notification_id": "x", "event": "credential_accepted"}, "invalid_notification_id"),
    ],
)
def test_a_notification_is_refused_that_says_nothing_known(award, bob, said, code):
    wallet, made = Wallet(), offered(bob)
    token = wallet.token(made.link)
    wallet.credential(token)

    whole = {"notification_id": made.row.entity_id, **said} if said else said
    answer = wallet.posted("/openid/notification", token, whole)
    assert error(answer) == code


def test_nothing_can_be_said_of_what_was_not_taken_nor_without_its_token(award, bob):
    wallet, made = Wallet(), offered(bob)
    token = wallet.token(made.link)
    said = {"notification_id": made.row.entity_id, "event": "credential_accepted"}

    answer = wallet.posted("/openid/notification", token, said)
    assert error(answer) == "invalid_notification_id"
    assert unauthorized(wallet.posted("/openid/notification", None, said)) == "Bearer"
    answer = wallet.posted("/openid/notification", "x", said)
    assert unauthorized(answer) == 'Bearer error="invalid_token"'
    answer = wallet.posted("/openid/notification", token, b"{")
    assert error(answer) == "invalid_notification_request"


# Metadata


def test_the_metadata_of_the_issuer():
    answer = Wallet().client.get("/.well-known/openid-credential-issuer")

    binding = {
        "cryptographic_binding_methods_supported": ["did:key", "did:jwk", "jwk"],
        "proof_types_supported": {
            "jwt": {"proof_signing_alg_values_supported": ["EdDSA", "ES256", "RS256"]}
        },
        "credential_metadata": {"display": [{"name": "Open Badge", "locale": "en"}]},
    }
    types = ["VerifiableCredential", "OpenBadgeCredential"]
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {
        "credential_issuer": ORIGIN,
        "credential_endpoint": f"{ORIGIN}/openid/credential",
        "nonce_endpoint": f"{ORIGIN}/openid/nonce",
        "notification_endpoint": f"{ORIGIN}/openid/notification",
        "display": [
            {
                "name": "Rosette",
                "locale": "en",
                "logo": {"uri": f"{ORIGIN}/static/favicon.svg"},
            }
        ],
        "credential_configurations_supported": {
            JWT: {
                "format": "jwt_vc_json",
                "credential_definition": {"type": types},
                "credential_signing_alg_values_supported": ["RS256"],
                **binding,
            },
            LDP: {
                "format": "ldp_vc",
                "credential_definition": {"@context": CREDENTIAL["@context"], "type": types},
                "credential_signing_alg_values_supported": ["eddsa-rdfc-2022"],
                **binding,
            },
        },
    }


def test_the_metadata_of_the_authorization_server():
    found = Wallet().client.get("/.well-known/oauth-authorization-server").json()

    scopes = found.pop("scopes_supported")
    assert "rw:backpack" in scopes and "rw:issuer:*" not in scopes
    assert found == {
        "issuer": ORIGIN,
        "authorization_endpoint": f"{ORIGIN}/auth/oauth2/authorize",
        "token_endpoint": f"{ORIGIN}/o/token",
        "registration_endpoint": f"{ORIGIN}/o/register",
        "revocation_endpoint": f"{ORIGIN}/o/revoke_token",
        "service_documentation": f"{ORIGIN}/docs/v2/",
        "response_types_supported": ["code"],
        "grant_types_supported": [
            *("password", "refresh_token", "client_credentials", "authorization_code"),
            GRANT_TYPE,
        ],
        "token_endpoint_auth_methods_supported": [
            *("none", "client_secret_basic", "client_secret_post"),
        ],
        "code_challenge_methods_supported": ["S256", "plain"],
        "authorization_details_types_supported": ["openid_credential"],
        "pre-authorized_grant_anonymous_access_supported": True,
    }


# Several at a time, and what it costs


def at_once(*works: Any) -> list[Any]:
    """What each answers, all begun at the same time."""

    def alone(work: Any) -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [done.result(30) for done in [pool.submit(alone, work) for work in works]]


@several_writers
@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_one_code_one_gets_the_token():
    published.award()
    code = Wallet().code(offered(factories.user("bob@example.org")).link)

    statuses = at_once(*[lambda: Wallet().exchanged(code).status_code] * 6)

    assert sorted(statuses) == [200, *[400] * 5]


@several_writers
@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_a_time_are_counted_each():
    published.award()
    made = offered(factories.user("bob@example.org"), with_tx_code=True)
    code = Wallet().code(made.link)

    at_once(*[lambda: Wallet().exchanged(code, wrong(made))] * 8)

    assert Offer.objects.get().tx_code_tries == 5
    assert error(Wallet().exchanged(code, made.tx_code)) == "invalid_grant"


@several_writers
@pytest.mark.django_db(transaction=True)
def test_of_many_who_show_one_proof_one_gets_a_credential():
    award = published.award()
    keys.published(award.issuer_id)
    wallet = Wallet()
    token = wallet.token(offered(factories.user("bob@example.org")).link)
    body = {"credential_configuration_id": LDP, "proofs": {"jwt": [wallet.proof()]}}

    answers = at_once(*[lambda: Wallet().asked(token, **body)] * 5)

    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 4]
    refusals = [error(answer) for answer in answers if answer.status_code == 400]
    assert refusals == ["invalid_nonce"] * 4
    assert UsedNonce.objects.count() == 1


def test_a_credential_costs_ten_statements(award, bob):
    wallet = Wallet()
    token = wallet.token(offered(bob).link)
    wallet.credential(token)
    body = {"credential_configuration_id": LDP, "proofs": {"jwt": [wallet.proof()]}}

    with CaptureQueriesContext(connection) as made:
        assert wallet.asked(token, **body).status_code == 200
    assert sum("SAVEPOINT" not in query["sql"] for query in made.captured_queries) == 10


def test_what_is_over_is_forgotten(award, bob):
    wallet = Wallet()
    wallet.credential(wallet.token(offered(bob).link))
    offered(bob)
    wallets.forget()
    assert (Offer.objects.count(), UsedNonce.objects.count()) == (2, 1)

    Offer.objects.update(expires_at=timezone.now() - timedelta(days=1, minutes=1))
    UsedNonce.objects.update(used_at=timezone.now() - timedelta(minutes=11))
    wallets.forget()
    assert (Offer.objects.count(), UsedNonce.objects.count()) == (0, 0)


def test_a_nonce_that_was_used_is_remembered_for_longer_than_it_is_good(award, bob):
    wallet = Wallet()
    token, nonce = wallet.token(offered(bob).link), wallet.nonce()
    proofs = {"jwt": [wallet.proof(nonce=nonce)]}
    wallet.asked(token, credential_configuration_id=LDP, proofs=proofs)

    assert UsedNonce.objects.get().checksum == checksum(nonce)
    UsedNonce.objects.update(used_at=timezone.now() - timedelta(minutes=5))
    wallets.forget()
    assert UsedNonce.objects.exists()
