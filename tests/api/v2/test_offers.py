"""/v2/backpack/assertions/:id/offers as recipients see it."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from rosette.models import Assertion, EmailAddress, KeptAnswer, Offer, User
from rosette.operations import offers
from tests import factories
from tests.api.client import NOT_FOUND, Api, bad_request
from tests.environment import ORIGIN
from tests.wallet import Wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob() -> User:
    return factories.user("bob@example.org")


@pytest.fixture
def award() -> Assertion:
    return factories.assertion()


def path(award: Assertion, offer: str = "") -> str:
    return f"/v2/backpack/assertions/{award.entity_id}/offers{offer and f'/{offer}'}"


def test_a_recipient_offers_an_award_and_sees_the_secrets_once(award, bob):
    api = Api(bob)

    made = api.post(path(award), {}).one

    row = Offer.objects.get()
    reference = made["offerUrl"].removeprefix(f"{ORIGIN}/openid/offers/")
    assert len(reference) == 32 and made["txCode"].isdigit() and len(made["txCode"]) == 6
    whole = {
        "entityType": "Offer",
        "entityId": row.entity_id,
        "assertion": award.entity_id,
        "state": "offered",
        "link": "openid-credential-offer://?credential_offer_uri="
        + quote(f"{ORIGIN}/openid/offers/{reference}", safe=""),
        "offerUrl": f"{ORIGIN}/openid/offers/{reference}",
        "txCode": made["txCode"],
        "createdAt": shown(row.created_at),
        "expiresAt": shown(row.created_at + timedelta(minutes=10)),
        "takenAt": None,
        "event": None,
    }
    assert made == whole
    later = {"link": None, "offerUrl": None, "txCode": None}
    assert api.get(path(award, row.entity_id)).one == whole | later


def shown(moment: Any) -> str:
    text: str = moment.isoformat()
    return text.replace("+00:00", "Z")


def test_the_recipient_sees_what_becomes_of_the_offer(award, bob):
    api, wallet = Api(bob), Wallet()
    made = api.post(path(award), {"txCode": False}).one
    mine = path(award, made["entityId"])
    assert made["txCode"] is None

    token = wallet.token(made["link"])
    assert api.get(mine).one["state"] == "offered"

    wallet.credential(token)
    found = api.get(mine).one
    taken_at = Offer.objects.get().taken_at
    assert (found["state"], found["takenAt"]) == ("taken", shown(taken_at))

    said = {"notification_id": made["entityId"], "event": "credential_accepted"}
    wallet.posted("/openid/notification", token, said)
    Offer.objects.update(expires_at=timezone.now(), token_expires_at=timezone.now())
    found = api.get(mine).one
    assert (found["state"], found["event"]) == ("taken", "credential_accepted")


@pytest.mark.parametrize("column", ["expires_at", "token_expires_at"])
def test_an_offer_that_nobody_took_expires(award, bob, column):
    api, wallet = Api(bob), Wallet()
    made = api.post(path(award), {"txCode": False}).one
    if column == "token_expires_at":
        wallet.token(made["link"])
    Offer.objects.update(**{column: timezone.now()})

    assert api.get(path(award, made["entityId"])).one["state"] == "expired"


def test_somebody_elses_award_is_not_found_nor_are_their_offers(award, bob):
    made = Api(bob).post(path(award), {}).one
    carol = Api(factories.user("carol@example.org"))

    assert (answer := carol.post(path(award), {})).status == 404
    assert answer.body == NOT_FOUND
    assert carol.get(path(award, made["entityId"])).body == NOT_FOUND
    assert Offer.objects.count() == 1


def test_an_offer_is_found_under_its_own_award_only(award, bob):
    other = factories.assertion(award.badgeclass)
    made = Api(bob).post(path(award), {}).one

    assert Api(bob).get(path(other, made["entityId"])).body == NOT_FOUND
    assert Api(bob).get(path(award, "nothing")).body == NOT_FOUND


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"revoked_at": timezone.now()}, "This award does not hold (any more)."),
        ({"suspended_at": timezone.now()}, "This award does not hold (any more)."),
        ({"expires_on": timezone.now()}, "This award does not hold (any more)."),
        ({"acceptance": "Rejected"}, "You rejected this award. Accept it first."),
        (
            {"source_url": "https://elsewhere.example.org/a/1"},
            "Only awards of this server can be taken into a wallet here.",
        ),
    ],
)
def test_an_award_is_not_offered_that(award, bob, fields, message):
    Assertion.objects.update(**fields)

    answer = Api(bob).post(path(award), {})
    assert (answer.status, answer.body) == (400, bad_request(general=[message]))
    assert not Offer.objects.exists()


def test_an_award_is_not_offered_after_the_identity_was_lost(award, bob):
    EmailAddress.objects.create(user=bob, email="bob@harbor.example.org", verified=True)
    EmailAddress.objects.filter(email="bob@example.org").update(verified=False)

    assert Api(bob).post(path(award), {}).body == NOT_FOUND


def test_an_answer_with_secrets_is_not_kept_for_repetition(award, bob):
    api = Api(bob)
    first, again = (api.post(path(award), {}, **{"Idempotency-Key": "once"}) for _ in range(2))

    assert first.one["link"] != again.one["link"]
    assert not KeptAnswer.objects.exists()


@pytest.mark.parametrize("body", [{"txCode": "perhaps"}, {"txCode": None}, []])
def test_what_makes_no_sense_is_refused(award, bob, body):
    assert Api(bob).post(path(award), body).status == 400


def test_the_link_is_drawn_as_a_code_that_a_page_can_hold():
    drawn = offers.qr_code("openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fx")

    root = ElementTree.fromstring(drawn)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert drawn.startswith("<svg") and "style" not in drawn and "script" not in drawn
    assert {"viewBox"} <= set(root.attrib) and "width" not in root.attrib
