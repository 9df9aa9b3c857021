"""Claiming, verifying, changing and giving up mail addresses."""

from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone

from rosette.errors import InvalidInput, NotFound, TryLater
from rosette.models import EmailAddress, Notice, User
from rosette.openbadges import recipient
from rosette.operations import addresses, backpack
from rosette.operations.addresses import AddressWish, Verification
from rosette.operations.policies import Actor
from tests import factories
from tests.api.client import Api

pytestmark = pytest.mark.django_db


def addresses_of(person):
    return [(item.email, item.verified, item.primary) for item in person.addresses()]


def asked():
    return list(Notice.objects.order_by("pk").values_list("kind", "to"))


def token_of(email):
    return addresses.verification_token(EmailAddress.objects.get(email=email))


def an_hour_passes():
    for notice in Notice.objects.all():
        notice.created_at -= timedelta(hours=1)
        notice.save()


# The whole list


def test_the_list_of_addresses_is_replaced_and_new_ones_are_mailed_to():
    ada = factories.user("ada@example.org")
    EmailAddress.objects.create(user=ada, email="old@example.org", verified=True)

    addresses.replace(
        ada, [AddressWish("New@example.org"), AddressWish("ada@example.org", primary=True)]
    )

    assert addresses_of(ada) == [
        ("ada@example.org", True, True),
        ("new@example.org", False, False),
    ]
    assert asked() == [("verify_address", "new@example.org")]


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ([], "Must have at least 1 email"),
        ([AddressWish("ada@example.org")], "Must have exactly 1 primary email"),
        (
            [AddressWish("ada@example.org", True), AddressWish("new@example.org", True)],
            "Must have exactly 1 primary email",
        ),
        (
            [AddressWish("ada@example.org", True), AddressWish("bob@example.org")],
            "Email 'bob@example.org' may already be in use",
        ),
        (
            [AddressWish("ada@example.org", True, ["Eve@example.org"])],
            "New EmailAddressVariant does not match stored email address.",
        ),
    ],
)
def test_e5_a_list_that_cannot_be_is_refused_and_nothing_changes(wishes, said):
    ada, _ = factories.user("ada@example.org"), factories.user("bob@example.org")
    EmailAddress.objects.create(user=ada, email="other@example.org")

    with pytest.raises(InvalidInput) as refusal:
        addresses.replace(ada, [*wishes, *([AddressWish("fresh@example.org")] if wishes else [])])

    assert (refusal.value.fields, refusal.value.general) == ({}, [said])
    assert addresses_of(ada) == [
        ("ada@example.org", True, True),
        ("other@example.org", False, False),
    ]
    assert asked() == []


def test_w25_an_address_in_another_letter_case_is_the_same_address():
    ada = factories.user("ada@example.org")
    kept = EmailAddress.objects.get().pk

    addresses.replace(
        ada,
        [
            AddressWish("ADA@Example.org", True, ["Ada@example.org"]),
            AddressWish("ada@example.ORG"),
        ],
    )

    assert list(EmailAddress.objects.values_list("pk", "email", "verified", "primary")) == [
        (kept, "ada@example.org", True, True)
    ]
    assert asked() == []


def test_x18_an_unverified_address_cannot_become_the_primary_one():
    ada = factories.user("ada@example.org")
    new = EmailAddress.objects.create(user=ada, email="new@example.org")

    for wishes in (
        [AddressWish("ada@example.org"), AddressWish("new@example.org", primary=True)],
        [AddressWish("fresh@example.org", primary=True)],
    ):
        with pytest.raises(InvalidInput) as refusal:
            addresses.replace(ada, wishes)
        assert refusal.value.general == [
            "An unverified address cannot be primary. Verify it first."
        ]
    with pytest.raises(InvalidInput):
        addresses.make_primary(ada, new.pk)

    assert addresses_of(ada) == [("ada@example.org", True, True), ("new@example.org", False, False)]


def test_x18_an_address_mistyped_at_sign_up_can_be_corrected():
    ada = factories.user("adda@example.org", verified=False)

    addresses.replace(ada, [AddressWish("ada@example.org", primary=True)])

    assert addresses_of(ada) == [("ada@example.org", False, True)]
    assert asked() == [("verify_address", "ada@example.org")]


def test_another_persons_unverified_claim_is_taken_over_and_asked_about_again():
    ada = factories.user("ada@example.org")
    bob = factories.user("bob@example.org")
    EmailAddress.objects.create(user=bob, email="shared@example.org")

    addresses.add(ada, "shared@example.org")

    assert addresses_of(bob) == [("bob@example.org", True, True)]
    assert addresses_of(ada) == [
        ("ada@example.org", True, True),
        ("shared@example.org", False, False),
    ]
    assert asked() == [("verify_address", "shared@example.org")]


def test_claiming_address_after_address_must_wait():
    ada = factories.user("ada@example.org")
    for number in range(20):
        addresses.add(ada, f"other{number}@example.org")

    with pytest.raises(TryLater):
        addresses.add(ada, "victim@example.org")
    an_hour_passes()

    assert addresses.add(ada, "victim@example.org").verified is False


def test_giving_up_an_address_and_claiming_it_again_does_not_mail_again_at_once():
    ada = factories.user("ada@example.org")

    for _ in range(3):
        addresses.remove(ada, addresses.add(ada, "bob@example.org").pk)

    assert asked() == [("verify_address", "bob@example.org")]


# One by one


def test_an_address_is_added_once():
    ada = factories.user("ada@example.org")

    with pytest.raises(InvalidInput) as refusal:
        addresses.add(ada, "ADA@example.org")

    assert refusal.value.general == ["Email 'ada@example.org' may already be in use"]


def test_a_verified_address_becomes_primary_and_the_other_can_be_given_up():
    ada = factories.user("ada@example.org")
    second = EmailAddress.objects.create(user=ada, email="vale@example.org", verified=True)
    first = EmailAddress.objects.get(email="ada@example.org")

    assert addresses.make_primary(ada, second.pk).primary
    addresses.remove(ada, first.pk)
    with pytest.raises(InvalidInput) as refusal:
        addresses.remove(ada, second.pk)

    assert refusal.value.fields == {"error": "Can not remove primary email address"}
    assert addresses_of(ada) == [("vale@example.org", True, True)]


def test_other_peoples_addresses_are_not_found():
    ada, _ = factories.user("ada@example.org"), factories.user("bob@example.org")
    foreign = EmailAddress.objects.get(email="bob@example.org").pk

    for act in (
        addresses.find,
        addresses.make_primary,
        addresses.remove,
        addresses.resend_verification,
    ):
        with pytest.raises(NotFound):
            act(ada, foreign)


def test_a_verification_is_mailed_again_after_five_minutes():
    ada = factories.user("ada@example.org")
    new = addresses.add(ada, "new@example.org")

    with pytest.raises(TryLater) as refusal:
        addresses.resend_verification(ada, new.pk)
    assert refusal.value.message in (
        "Will be able to re-send verification email in 4 minutes and 59 seconds.",
        "Will be able to re-send verification email in 4 minutes and 58 seconds.",
    )
    an_hour_passes()
    addresses.resend_verification(ada, new.pk)
    addresses.resend_verification(ada, EmailAddress.objects.get(email="ada@example.org").pk)

    assert asked() == [("verify_address", "new@example.org")] * 2


# Verifying


def test_a_link_verifies_its_address_and_makes_the_first_one_primary():
    ada = factories.user("ada@example.org", verified=False)
    addresses.add(ada, "vale@example.org")

    assert addresses.verify(token_of("vale@example.org")) is Verification.DONE
    assert addresses.verify(token_of("vale@example.org")) is Verification.DONE_BEFORE
    assert addresses.verify(token_of("ada@example.org")) is Verification.DONE

    assert addresses_of(ada) == [("vale@example.org", True, True), ("ada@example.org", True, False)]


def test_verifying_ends_other_peoples_claims_to_the_address():
    ada = factories.user("ada@example.org", verified=False)
    eve = factories.user("eve@example.org")
    EmailAddress.objects.create(user=eve, email="ada@example.org")

    addresses.verify(addresses.verification_token(EmailAddress.objects.get(user=ada)))

    assert addresses_of(ada) == [("ada@example.org", True, True)]
    assert addresses_of(eve) == [("eve@example.org", True, True)]


def test_an_address_that_somebody_else_verified_meanwhile_is_taken():
    factories.user("ada@example.org")
    eve = factories.user("eve@example.org")
    claim = EmailAddress.objects.create(user=eve, email="ada@example.org")

    assert addresses.verify(addresses.verification_token(claim)) is Verification.TAKEN
    assert addresses_of(eve) == [
        ("eve@example.org", True, True),
        ("ada@example.org", False, False),
    ]


def test_an_expired_link_brings_one_new_mail(monkeypatch):
    ada = factories.user("ada@example.org", verified=False)
    monkeypatch.setattr(signing.time, "time", lambda: timezone.now().timestamp() - 7 * 86_400 - 5)
    token = token_of("ada@example.org")
    monkeypatch.undo()

    assert addresses.verify(token) is Verification.EXPIRED
    assert addresses.verify(token) is Verification.EXPIRED

    assert asked() == [("verify_address", "ada@example.org")]
    assert addresses_of(ada) == [("ada@example.org", False, True)]


def test_a_link_of_a_given_up_address_or_with_a_wrong_signature_is_unknown():
    ada = factories.user("ada@example.org", verified=False)
    token = token_of("ada@example.org")
    other = signing.dumps(EmailAddress.objects.get().pk, salt="rosette.unsubscribe")
    User.objects.filter(pk=ada.pk).delete()

    for wrong in (token, other, token[:-1], "", "x"):
        assert addresses.verify(wrong) is Verification.UNKNOWN


def test_x12_a_link_holds_no_address():
    factories.user("ada@example.org", verified=False)
    encoded = token_of("ada@example.org").partition(":")[0]

    assert signing.b64_decode(encoded.encode()).decode() == str(EmailAddress.objects.get().pk)


# Spellings of one address


@pytest.mark.parametrize(
    "spelling", ["Bob@Bücher.de", "bob@xn--bcher-kva.de", "BOB@XN--BCHER-KVA.DE"]
)
def test_an_address_in_another_spelling_is_the_same_one(spelling):
    bob = factories.user("bob@bücher.de")
    award = factories.assertion(
        to=recipient.normalised(spelling, "email"), entity_id="AZ5nTs7YhKoZe1uQ3aV9pw"
    )

    (item,) = backpack.index(Actor.person(bob))
    assert item.award.entity_id == award.entity_id
    with pytest.raises(InvalidInput):
        addresses.add(factories.user("carol@example.org"), spelling)
    with pytest.raises(InvalidInput):
        addresses.add(bob, spelling)


def test_an_award_to_another_spelling_reaches_the_backpack_over_the_wire():
    bob = factories.user("bob@bücher.de")
    badge = factories.badgeclass()
    ada = Api(badge.created_by)

    for identity in ("Bob@XN--Bcher-kva.de", "BOB@bücher.DE"):
        ada.post(
            f"/v2/badgeclasses/{badge.entity_id}/assertions",
            {"recipient": {"identity": identity, "type": "email"}},
        )

    held = Api(bob).get("/v2/backpack/assertions").result
    assert [item["recipient"]["plaintextIdentity"] for item in held] == ["bob@bücher.de"] * 2
