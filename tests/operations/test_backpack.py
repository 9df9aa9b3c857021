"""What is in whose backpack, and what importing keeps."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import md5
from threading import BoundedSemaphore

import pytest
from django.db import IntegrityError
from django.utils import timezone

from rosette.errors import InvalidInput, NotFound, NotPermitted, TryLater
from rosette.models import (
    Assertion,
    BadgeClass,
    Collection,
    EmailAddress,
    Identifier,
    Issuer,
    IssuerStaff,
    Notice,
    Visibility,
)
from rosette.models.assertions import assertion_record, published_assertion
from rosette.models.backpack import original_of
from rosette.models.badgeclasses import badgeclass_record
from rosette.openbadges import documents
from rosette.openbadges.baking import bake, unbake
from rosette.openbadges.recipient import hashed
from rosette.operations import (
    assertions,
    backpack,
    badgeclasses,
    baking,
    collections,
    imports,
    issuers,
    pictures,
    publishing,
    verification,
)
from rosette.operations.assertions import Award
from rosette.operations.policies import Actor, Reach
from tests import factories
from tests.foreign import academy
from tests.openbadges.facts import png
from tests.openbadges.verification.building import old, oldest
from tests.openbadges.verification.keys import revocation_list, sign, signed_award

pytestmark = pytest.mark.django_db

EVERYTHING = {"include_expired": True, "include_revoked": True, "include_pending": True}


@pytest.fixture
def bob():
    return factories.user("bob@example.org")


@pytest.fixture
def there(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    with academy() as found:
        yield found


def _actor(person):
    return Actor.person(person)


def _names(person, **which):
    return [item.award.entity_id for item in backpack.index(_actor(person), **which)]


def _refusal(source, person):
    with pytest.raises(InvalidInput) as refused:
        imports.import_award(source, by=_actor(person))
    (said,) = refused.value.general
    said.pop("checks", None)
    return said


def test_awards_to_every_proven_identity_are_there_without_anybodys_doing(bob):
    EmailAddress.objects.create(user=bob, email="robert@example.org", verified=True)
    EmailAddress.objects.create(user=bob, email="claimed@example.org", verified=False)
    now = timezone.now()
    for kind, value, proven_at in [
        ("url", "https://Bob.example.org/Me", now),
        ("telephone", "+15415550100", now),
        ("url", "https://bob.example.org/claimed", None),
    ]:
        Identifier.objects.create(user=bob, kind=kind, value=value, verified_at=proven_at)
    knots = factories.badgeclass()
    mine = [
        factories.assertion(knots, to=to, recipient_kind=kind)
        for to, kind in [
            ("bob@example.org", "email"),
            ("robert@example.org", "email"),
            ("https://bob.example.org/Me", "url"),
            ("+15415550100", "telephone"),
        ]
    ]
    for to, kind in [
        ("claimed@example.org", "email"),
        ("https://bob.example.org/claimed", "url"),
        ("carol@example.org", "email"),
        ("https://bob.example.org/Me", "openBadgeId"),
        ("+15415550100", "url"),
    ]:
        factories.assertion(knots, to=to, recipient_kind=kind)

    assert _names(bob, **EVERYTHING) == [award.entity_id for award in mine]
    assert Assertion.objects.filter(acceptance="Unaccepted").count() == 9


def test_verifying_an_address_brings_the_awards_to_it(bob):
    row = EmailAddress.objects.create(user=bob, email="robert@example.org", verified=False)
    award = factories.assertion(to="robert@example.org")
    assert _names(bob) == []

    row.verified = True
    row.save()

    assert _names(bob) == [award.entity_id]


def test_expired_and_revoked_awards_show_on_demand_and_rejected_ones_never(bob):
    knots = factories.badgeclass()
    past = timezone.now() - timedelta(days=1)
    valid = factories.assertion(knots).entity_id
    expired = factories.assertion(knots, expires_on=past).entity_id
    revoked = factories.assertion(knots, revoked_at=past).entity_id
    factories.assertion(knots, acceptance="Rejected")

    assert _names(bob) == [valid]
    assert _names(bob, include_expired=True) == [valid, expired]
    assert _names(bob, include_revoked=True) == [valid, revoked]
    assert _names(bob, **EVERYTHING) == [valid, expired, revoked]


def test_somebody_without_any_proven_identity_holds_nothing():
    factories.assertion()

    assert _names(factories.user("bob@example.org", verified=False), **EVERYTHING) == []


def test_an_award_is_found_in_whatever_state_but_not_by_others(bob):
    past = timezone.now()
    award = factories.assertion(acceptance="Rejected", revoked_at=past, expires_on=past)

    found = backpack.find(award.entity_id, by=_actor(bob))

    assert found == (assertion_record(award.entity_id), False)
    with pytest.raises(NotFound):
        backpack.find(award.entity_id, by=_actor(factories.user("carol@example.org")))


def test_rejecting_takes_the_award_out_of_collections_and_accepting_brings_it_back(bob):
    award, other = factories.assertion(), factories.assertion()
    before = Assertion.objects.get(pk=award.pk).updated_at
    collection = collections.create(
        {"name": "Ropes", "assertions": [award.entity_id, other.entity_id]}, by=_actor(bob)
    )

    backpack.reject(backpack.find(award.entity_id, by=_actor(bob)))

    rejected = Assertion.objects.get(pk=award.pk)
    assert (rejected.acceptance, rejected.updated_at > before) == ("Rejected", True)
    assert _names(bob) == [other.entity_id]
    assert collections.awards([collection]) == {collection.pk: [other.entity_id]}
    assert Collection.objects.get().updated_at > collection.updated_at
    assert published_assertion(award.entity_id) is not None

    item = backpack.accept(backpack.find(award.entity_id, by=_actor(bob)))

    assert item.award == assertion_record(award.entity_id)
    assert item.award.acceptance == "Accepted"
    assert _names(bob) == [award.entity_id, other.entity_id]
    assert collections.awards([collection]) == {collection.pk: [other.entity_id]}


def test_accepting_twice_changes_nothing(bob):
    award = factories.assertion(acceptance="Accepted")
    before = Assertion.objects.get().updated_at

    backpack.accept(backpack.find(award.entity_id, by=_actor(bob)))

    assert Assertion.objects.get().updated_at == before


def test_an_award_that_is_seen_by_link_can_be_handed_in_by_it(bob):
    award = factories.assertion(visibility="link", share_hash="ab" * 16)
    url = f"https://badges.example.org/public/assertions/{'ab' * 16}"

    item = imports.import_award(url, by=_actor(bob))

    assert (item.award.entity_id, item.award.acceptance) == (award.entity_id, "Accepted")
    assert _refusal(url, bob)["name"] == "DUPLICATE_BADGE"


@pytest.mark.parametrize(
    ("visibility", "share_hash"), [("link", None), ("public", "ab" * 16), ("private", "ab" * 16)]
)
def test_a_hash_and_the_visibility_by_link_go_together(visibility, share_hash):
    with pytest.raises(IntegrityError):
        factories.assertion(visibility=visibility, share_hash=share_hash)


def test_saying_again_who_sees_an_award_changes_nothing(bob):
    award = factories.assertion(visibility="link", share_hash="ab" * 16)
    before = Assertion.objects.values().get()

    backpack.show(backpack.find(award.entity_id, by=_actor(bob)), Visibility.LINK)

    assert Assertion.objects.values().get() == before


def test_an_imported_award_is_kept_once_with_its_badge_class_and_issuer(bob, there):
    there.issuer(image=there.put_image("/logo.png", png()), **{"x:y": {"type": ["Extension"]}})
    there.badgeclass(
        criteria={"id": "https://academy.example.org/criteria", "narrative": "Find **home**"},
        alignment=[{"targetName": "Std", "targetUrl": "https://std.example.org/1"}],
    )
    url = there.award(
        narrative="by night",
        evidence=[{"id": "https://e.example.org/1", "narrative": "one"}, "https://e.example.org/2"],
        expires="2030-01-01T00:00:00+02:00",
        version="3",
    )
    begun = timezone.now()

    item = imports.import_award(url, by=_actor(bob))

    row = Assertion.objects.select_related("badgeclass__issuer").get()
    columns = [
        *("entity_id", "source_url", "created_by_id", "recipient_kind", "recipient_identity"),
        *("recipient_hashed", "source_identity", "salt", "issued_on", "expires_on", "narrative"),
        *("evidence", "extensions", "revoked_at", "acceptance"),
    ]
    assert {name: getattr(row, name) for name in columns} == {
        "entity_id": item.award.entity_id,
        "source_url": url,
        "created_by_id": bob.pk,
        "recipient_kind": "email",
        "recipient_identity": "bob@example.org",
        "recipient_hashed": False,
        "source_identity": "bob@example.org",
        "salt": "",
        "issued_on": datetime(2024, 5, 2, 9, 30, tzinfo=UTC),
        "expires_on": datetime(2029, 12, 31, 22, tzinfo=UTC),
        "narrative": "by night",
        "evidence": [
            {"url": "https://e.example.org/1", "narrative": "one"},
            {"url": "https://e.example.org/2", "narrative": None},
        ],
        "extensions": {"version": "3"},
        "revoked_at": None,
        "acceptance": "Accepted",
    }
    badgeclass, issuer = row.badgeclass, row.badgeclass.issuer
    columns = [
        *("source_url", "created_by", "name", "description", "criteria_url", "criteria_narrative"),
        *("alignments", "tags", "extensions"),
    ]
    assert {name: getattr(badgeclass, name) for name in columns} == {
        "source_url": f"{there.origin}/navigation",
        "created_by": None,
        "name": "Navigation",
        "description": "Finds the way",
        "criteria_url": "https://academy.example.org/criteria",
        "criteria_narrative": "Find **home**",
        "alignments": [
            {
                "target_name": "Std",
                "target_url": "https://std.example.org/1",
                "target_description": None,
                "target_framework": None,
                "target_code": None,
            }
        ],
        "tags": ["sea"],
        "extensions": {},
    }
    columns = ["source_url", "created_by", "name", "url", "email", "description", "extensions"]
    assert {name: getattr(issuer, name) for name in columns} == {
        "source_url": f"{there.origin}/issuer",
        "created_by": None,
        "name": "Sailing Academy",
        "url": "https://academy.example.org",
        "email": "office@academy.example.org",
        "description": "Teaches sailing",
        "extensions": {"x:y": {"type": ["Extension"]}},
    }
    assert pictures.read(badgeclass.image) == pictures.read(issuer.image)
    assert row.issuer_id == issuer.pk
    assert begun <= row.created_at == badgeclass.created_at == issuer.created_at
    assert (item.award, item.is_pending) == (assertion_record(item.award.entity_id), False)


def test_two_awards_of_one_badge_class_share_its_row(bob, there):
    carol = factories.user("carol@example.org")
    imports.import_award(there.award(), by=_actor(bob))
    second = there.put(
        "/second",
        {
            **there.document("/award"),
            "id": f"{there.origin}/second",
            "recipient": {"type": "email", "identity": "carol@example.org", "hashed": False},
        },
    )

    imports.import_award(second, by=_actor(carol))

    assert (Assertion.objects.count(), BadgeClass.objects.count(), Issuer.objects.count()) == (
        2,
        1,
        1,
    )
    assert [len(_names(person)) for person in (bob, carol)] == [1, 1]


@pytest.mark.parametrize(
    "recipient",
    [
        {"identity": "Bob@Example.org", "hashed": False},
        {"identity": hashed("bob@example.org", "sea"), "hashed": True, "salt": "sea"},
        {"identity": "md5$" + md5(b"bob@example.org").hexdigest(), "hashed": True},
    ],
)
def test_the_copy_shows_the_recipient_as_the_original_does(bob, there, recipient):
    url = there.award(recipient={"type": "email", **recipient})

    item = imports.import_award(url, by=_actor(bob))

    row = published_assertion(item.award.entity_id)
    assert row is not None
    shown = documents.render(publishing.credential(row))["recipient"]
    assert shown == {"type": "email", **recipient}
    assert item.award.recipient_identity == "bob@example.org"


def test_the_copy_names_its_source_and_is_baked(bob, there):
    item = imports.import_award(there.award(), by=_actor(bob))

    row = published_assertion(item.award.entity_id)
    assert row is not None
    home = "https://badges.example.org/public"
    document = {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": f"{there.origin}/award",
        "badge": f"{there.origin}/navigation",
        "image": f"{home}/assertions/{row.entity_id}/image",
        "verification": {"type": "HostedBadge"},
        "issuedOn": "2024-05-02T09:30:00+00:00",
        "recipient": {"hashed": False, "type": "email", "identity": "bob@example.org"},
        "sourceUrl": f"{there.origin}/award",
        "hostedUrl": f"{home}/assertions/{row.entity_id}",
    }
    assert documents.render(publishing.credential(row)) == document
    assert json.loads(unbake(baking.baked(row))) == document
    assert documents.render(publishing.achievement(row.badgeclass), expand=["issuer"]) == {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "BadgeClass",
        "id": f"{there.origin}/navigation",
        "name": "Navigation",
        "description": "Finds the way",
        "issuer": {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "Issuer",
            "id": f"{there.origin}/issuer",
            "name": "Sailing Academy",
            "url": "https://academy.example.org",
            "email": "office@academy.example.org",
            "description": "Teaches sailing",
            "sourceUrl": f"{there.origin}/issuer",
            "hostedUrl": f"{home}/issuers/{row.badgeclass.issuer.entity_id}",
        },
        "image": f"{home}/badges/{row.badgeclass.entity_id}/image",
        "criteria": {"narrative": "Find **home**"},
        "alignment": [],
        "tags": ["sea"],
        "sourceUrl": f"{there.origin}/navigation",
        "hostedUrl": f"{home}/badges/{row.badgeclass.entity_id}",
    }


def test_an_expired_award_is_imported_and_shown_on_demand(bob, there):
    item = imports.import_award(there.award(expires="2024-06-01T00:00:00Z"), by=_actor(bob))

    assert _names(bob) == []
    assert _names(bob, include_expired=True) == [item.award.entity_id]


def test_what_is_imported_twice_is_a_duplicate(bob, there):
    url = there.award()
    imports.import_award(url, by=_actor(bob))

    assert _refusal(url, bob) == {
        "name": "DUPLICATE_BADGE",
        "description": "You already have this badge in your backpack",
    }
    assert Assertion.objects.count() == 1


def test_who_imports_while_half_of_the_threads_do_has_to_wait(bob, there, monkeypatch):
    url = there.award()
    places = BoundedSemaphore(1)
    monkeypatch.setattr(verification, "_places", lambda: places)
    places.acquire()

    with pytest.raises(TryLater):
        imports.import_award(url, by=_actor(bob))

    places.release()
    for _ in range(2):  # a refusal gives its place back as well
        with pytest.raises(InvalidInput):
            imports.import_award({}, by=_actor(bob))
    imports.import_award(url, by=_actor(bob))


def test_rejecting_an_imported_award_forgets_it_until_it_is_imported_again(bob, there):
    url = there.award()
    item = imports.import_award(url, by=_actor(bob))
    collection = collections.create(
        {"name": "Sea", "assertions": [item.award.entity_id]}, by=_actor(bob)
    )

    backpack.reject(item)

    assert list(Assertion.objects.all()) == []
    assert collections.awards([collection]) == {collection.pk: []}
    again = imports.import_award(url, by=_actor(bob))
    assert _names(bob) == [again.award.entity_id]


def test_an_award_to_somebody_else_is_refused_and_leaves_nothing(bob, there):
    url = there.award(recipient={"type": "email", "identity": "carol@example.org", "hashed": False})

    assert _refusal(url, bob) == {
        "name": "VERIFY_RECIPIENT_IDENTIFIER",
        "description": "The recipient does not match any of your verified emails",
        "detail": "The recipient is of the type email. Yours that are verified: bob@example.org. "
        "If it was awarded to another one of yours, add that to your profile and verify it.",
    }
    assert [model.objects.count() for model in (Assertion, BadgeClass, Issuer)] == [0, 0, 0]


def test_an_address_is_no_telephone_number(bob, there):
    url = there.award(
        recipient={"type": "telephone", "identity": "bob@example.org", "hashed": False}
    )

    assert _refusal(url, bob)["name"] == "VERIFY_RECIPIENT_IDENTIFIER"


def test_an_award_to_an_unverified_address_is_pending_until_it_is_verified(bob, there):
    claim = EmailAddress.objects.create(user=bob, email="robert@example.org", verified=False)
    url = there.award(
        recipient={"type": "email", "identity": "robert@example.org", "hashed": False}
    )

    item = imports.import_award(url, by=_actor(bob))

    name = item.award.entity_id
    assert item.is_pending
    assert _names(bob) == []
    assert _names(bob, include_pending=True) == [name]
    assert published_assertion(name) is None
    assert _refusal(url, bob)["name"] == "DUPLICATE_BADGE"

    claim.verified = True
    claim.save()

    assert backpack.find(name, by=_actor(bob)) == (item.award, False)
    assert _names(bob) == [name]
    assert published_assertion(name) is not None


def test_a_pending_award_is_nobodys_but_the_importers_and_then_the_owners(bob, there):
    mallory = factories.user("mallory@example.org")
    for person in (bob, mallory):
        EmailAddress.objects.create(user=person, email="robert@example.org", verified=False)
    url = there.award(
        recipient={"type": "email", "identity": "robert@example.org", "hashed": False}
    )
    name = imports.import_award(url, by=_actor(mallory)).award.entity_id

    assert _names(bob, **EVERYTHING) == []
    assert _refusal(url, bob) == {
        "name": "VERIFY_RECIPIENT_IDENTIFIER",
        "description": "The recipient does not match any of your verified emails",
        "detail": "It matches an address that is not verified yet. Verify it first.",
    }

    EmailAddress.objects.filter(user=bob, email="robert@example.org").update(verified=True)

    assert _names(bob, **EVERYTHING) == [name]
    assert _names(mallory, **EVERYTHING) == []
    with pytest.raises(NotFound):
        backpack.find(name, by=_actor(mallory))


def test_a_pending_award_goes_with_the_claim(bob, there):
    claim = EmailAddress.objects.create(user=bob, email="robert@example.org", verified=False)
    url = there.award(
        recipient={"type": "email", "identity": "robert@example.org", "hashed": False}
    )
    imports.import_award(url, by=_actor(bob))

    claim.delete()

    assert _names(bob, **EVERYTHING) == []


def test_a_signed_award_is_kept_as_it_was_signed(bob, there):
    document = signed_award(there)
    jws = sign(document)

    item = imports.import_award(bake(png(), jws), by=_actor(bob))

    name = item.award.entity_id
    row = published_assertion(name)
    assert row is not None
    assert (item.award.source_url, original_of(name).jws) == (document["id"], jws)
    shown = documents.render(publishing.credential(row))
    assert (shown["id"], shown["verification"]) == (document["id"], document["verification"])
    assert documents.render(publishing.credential(row), "1_1")["verify"] == {
        "type": "signed",
        "url": f"{there.origin}/key-rsa",
    }
    # What is downloaded can be verified anywhere, and imported again is the same.
    for version in ("2_0", "1_1"):
        downloaded = baking.baked(row, version)
        assert unbake(downloaded) == jws
        assert verification.examined(downloaded, at=timezone.now()).is_valid
        assert _refusal(downloaded, bob)["name"] == "DUPLICATE_BADGE"
    assert Assertion.objects.count() == 1


def test_a_signed_award_that_is_seen_by_link_is_baked_as_it_was_signed(bob, there):
    jws = sign(signed_award(there))
    item = imports.import_award(bake(png(), jws), by=_actor(bob))

    share_hash = backpack.show(item, Visibility.LINK).award.share_hash

    row = published_assertion(share_hash)
    assert row is not None
    assert unbake(baking.baked(row)) == jws
    assert [check for check in imports.recheck(share_hash) if check.is_against] == []


def test_what_an_old_badge_says_besides_is_no_proof(bob, there):
    old(there)
    there.put("/award", there.document("/award") | {"verification": "trust me"})

    item = imports.import_award(f"{there.origin}/award", by=_actor(bob))

    row = published_assertion(item.award.entity_id)
    assert row is not None
    assert documents.render(publishing.credential(row))["verification"] == {"type": "HostedBadge"}


def test_a_badge_of_1_0_is_imported(bob, there):
    url = oldest(there)

    item = imports.import_award(url, by=_actor(bob))

    row, badgeclass, issuer = _kept(item.award.entity_id)
    assert (row.source_url, badgeclass.source_url, issuer.source_url) == (
        url,
        f"{there.origin}/navigation",
        f"{there.origin}/issuer",
    )
    assert (badgeclass.name, issuer.name) == ("Navigation", "Sailing Academy")
    assert badgeclass.criteria_url == "https://academy.example.org/c"
    assert row.issued_on == datetime(2024, 5, 2, 9, 30, tzinfo=UTC)


def test_a_badge_whose_class_has_no_address_is_refused(bob, there):
    url = there.put(
        "/award",
        {
            "recipient": "bob@example.org",
            "issued_on": "2012-05-02",
            "badge": {
                "name": "Navigation",
                "description": "Finds the way",
                "image": there.put_image("/navigation.png", png()),
                "criteria": "https://academy.example.org/c",
                "issuer": {
                    "origin": "https://academy.example.org",
                    "name": "Sailing Academy",
                    "contact": "office@academy.example.org",
                },
            },
        },
    )

    assert _refusal(url, bob) == {
        "name": "INVALID_BADGE",
        "description": "The badge class has no address of its own, so it cannot be kept.",
    }
    assert [model.objects.count() for model in (Assertion, BadgeClass, Issuer)] == [0, 0, 0]


def _kept(name):
    row = Assertion.objects.select_related("badgeclass__issuer").get(entity_id=name)
    return row, row.badgeclass, row.badgeclass.issuer


def _recheck_refusal(name):
    with pytest.raises(InvalidInput) as refused:
        imports.recheck(name)
    (said,) = refused.value.general
    assert said.pop("checks")
    return said


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_recheck_finds_what_was_revoked(bob, there, is_gone):
    url = there.award()
    name = imports.import_award(url, by=_actor(bob)).award.entity_id
    document = there.document("/award")
    if is_gone:
        there.put("/award", {}, status=410)
    else:
        there.put("/award", document | {"revoked": True, "revocationReason": "Error"})

    checks = imports.recheck(name)

    row, _, _ = _kept(name)
    assert (row.revoked_at is not None, row.revocation_reason) == (
        True,
        "" if is_gone else "Error",
    )
    assert [check.outcome for check in checks if check.is_against] == ["revoked"]
    assert _names(bob) == []

    there.put("/award", document)  # it was a mistake
    imports.recheck(name)

    row, _, _ = _kept(name)
    assert (row.revoked_at, row.revocation_reason) == (None, "")
    assert _names(bob) == [name]


def test_a_recheck_finds_what_was_revoked_by_a_list(bob, there):
    document = signed_award(there)
    listed = revocation_list(there)
    there.issuer(publicKey=f"{there.origin}/key-rsa", revocationList=listed)
    name = imports.import_award(sign(document), by=_actor(bob)).award.entity_id
    revocation_list(there, {"id": document["id"], "revocationReason": "Error"})

    imports.recheck(name)

    assert _kept(name)[0].revocation_reason == "Error"


def test_a_recheck_finds_what_was_changed_and_writes_nothing_else(bob, there):
    name = imports.import_award(there.award(), by=_actor(bob)).award.entity_id
    before = [row.updated_at for row in _kept(name)]

    imports.recheck(name)

    assert [row.updated_at for row in _kept(name)] == before
    began = timezone.now()
    there.issuer(name="Academy of the Sea")
    there.badgeclass(description="Finds home")
    there.award(expires="2024-06-01T00:00:00Z", narrative="by day")

    imports.recheck(name)

    row, badgeclass, issuer = _kept(name)
    assert (issuer.name, badgeclass.description) == ("Academy of the Sea", "Finds home")
    assert (row.narrative, row.expires_on) == ("by day", datetime(2024, 6, 1, tzinfo=UTC))
    assert row.revoked_at is None
    assert all(each.updated_at >= began for each in (row, badgeclass, issuer))
    assert original_of(name).checked_at >= began
    assert _names(bob) == []
    assert _names(bob, include_expired=True) == [name]


def test_a_recheck_that_fails_says_why_and_changes_nothing(bob, there):
    name = imports.import_award(there.award(), by=_actor(bob)).award.entity_id
    before = Assertion.objects.values().get()
    unable = {"name": "UNABLE_TO_VERIFY", "description": "Unable to verify the assertion"}

    there.award(issuedOn="yesterday")
    assert _recheck_refusal(name) == unable | {
        "detail": "issuedOn of the assertion must be a date and time in ISO 8601 with a time zone."
    }
    there.award(recipient={"type": "email", "identity": "carol@example.org", "hashed": False})
    assert _recheck_refusal(name) == unable | {
        "detail": "It is about somebody or something else by now."
    }
    there.pages["/award"] = (200, "text/html", b"<html>")
    assert _recheck_refusal(name) == {
        "name": "ASSERTION_NOT_FOUND",
        "description": "Unable to find an assertion",
        "detail": f"What is at {there.origin}/award is not JSON.",
    }
    del there.pages["/award"]
    assert _recheck_refusal(name) == unable | {
        "detail": f"The assertion at {there.origin}/award could not be fetched: "
        f"{there.origin}/award answers 404."
    }

    assert Assertion.objects.values().get() == before


def test_what_was_not_imported_cannot_be_rechecked(bob):
    award = factories.assertion()

    for name in (award.entity_id, "nothing"):
        with pytest.raises(NotFound):
            imports.recheck(name)


def test_an_award_of_our_own_that_is_handed_in_is_accepted(bob):
    knots = factories.badgeclass(image=pictures.keep(png()))
    award = factories.assertion(knots, acceptance="Rejected")
    row = published_assertion(award.entity_id)
    assert row is not None

    item = imports.import_award(baking.baked(row), by=_actor(bob))

    assert (item.award.entity_id, item.award.acceptance) == (award.entity_id, "Accepted")
    assert Assertion.objects.count() == 1
    assert _refusal(f"https://badges.example.org/public/assertions/{award.entity_id}", bob) == {
        "name": "DUPLICATE_BADGE",
        "description": "You already have this badge in your backpack",
    }


def test_an_award_of_our_own_to_somebody_else_or_revoked_or_unknown_is_refused(bob):
    EmailAddress.objects.create(user=bob, email="robert@example.org", verified=False)
    knots = factories.badgeclass()
    address = "https://badges.example.org/public/assertions"

    def refused(award):
        return _refusal(f"{address}/{award.entity_id}", bob)["name"]

    assert refused(factories.assertion(knots, to="carol@example.org")) == (
        "VERIFY_RECIPIENT_IDENTIFIER"
    )
    assert refused(factories.assertion(knots, to="robert@example.org")) == (
        "VERIFY_RECIPIENT_IDENTIFIER"
    )
    private = factories.assertion(knots, to="carol@example.org", visibility="private")
    assert refused(private) == "ASSERTION_NOT_FOUND"
    assert refused(factories.assertion(knots, revoked_at=timezone.now())) == "ASSERTION_REVOKED"
    assert _refusal(f"{address}/nothing", bob)["name"] == "ASSERTION_NOT_FOUND"


@pytest.mark.parametrize("place", ["issuer", "criteria", "alignment", "evidence"])
def test_addresses_that_no_page_may_link_to_are_refused(bob, there, place):
    script = "javascript:alert(1)"
    there.issuer(**({"url": script} if place == "issuer" else {}))
    members = {
        "criteria": {"criteria": {"id": script, "narrative": "n"}},
        "alignment": {"alignment": [{"targetName": "Std", "targetUrl": script}]},
    }
    there.badgeclass(**members.get(place, {}))
    url = there.award(**({"evidence": [{"id": script}]} if place == "evidence" else {}))

    assert _refusal(url, bob)["name"] == "INVALID_BADGE"
    assert [model.objects.count() for model in (Assertion, BadgeClass, Issuer)] == [0, 0, 0]


def test_texts_that_are_too_long_are_refused(bob, there):
    there.badgeclass(name="x" * 1025)
    assert _refusal(there.award(), bob) == {
        "name": "INVALID_BADGE",
        "description": f"{'x' * 80}… is longer than 1024 characters.",
    }

    there.badgeclass()
    there.award()
    far = f"{there.origin}/{'x' * 1025}"
    there.put(f"/{'x' * 1025}", {**there.document("/award"), "id": far})
    assert _refusal(far, bob) == {
        "name": "INVALID_BADGE",
        "description": f"The id {far[:80]}… is too long.",
    }
    assert [model.objects.count() for model in (Assertion, BadgeClass, Issuer)] == [0, 0, 0]


def test_an_image_that_is_none_is_refused(bob, there):
    there.badgeclass()
    there.put_image("/navigation.png", b"GIF89a")

    assert _refusal(there.award(), bob)["name"] == "INVALID_BADGE"


def test_an_imported_issuer_is_nobodys(bob, there):
    item = imports.import_award(there.award(), by=_actor(bob))
    award, person = item.award, _actor(bob)
    admin = Actor(bob.pk, bob.entity_id, is_verified=True, is_admin=True)
    granted = Actor(bob.pk, bob.entity_id, is_verified=True, granted=frozenset([award.issuer]))

    assert IssuerStaff.objects.count() == 0
    assert issuers.of_person(person) == []
    for actor in (person, admin, granted):
        assert badgeclass_record(award.badgeclass, actor.user_id) is None
        for reach in (Reach.READ, Reach.OWNER):
            with pytest.raises(NotPermitted):
                issuers.find(award.issuer, by=actor, reach=reach)
            with pytest.raises(NotPermitted):
                badgeclasses.find(award.badgeclass, by=actor, reach=reach)
            with pytest.raises(NotPermitted):
                assertions.find(award.entity_id, by=actor, reach=reach)
        with pytest.raises(NotPermitted):
            assertions.revoke(award, reason="x", by=actor)
        with pytest.raises(NotPermitted):
            issuers.remove(Issuer.objects.get(), by=actor)
        with pytest.raises(NotPermitted):
            badgeclasses.change(BadgeClass.objects.get(), {"name": "x"}, by=actor)
    assert issuers.find(award.issuer, by=person, reach=Reach.READ, or_holder=True).name == (
        "Sailing Academy"
    )
    assert (
        badgeclasses.find(award.badgeclass, by=person, reach=Reach.READ, or_holder=True).name
        == "Navigation"
    )


def test_an_import_does_not_pass_for_the_first_award_to_an_address(bob, there):
    imports.import_award(there.award(), by=_actor(bob))
    knots = factories.badgeclass()
    ada = knots.created_by
    record = badgeclass_record(knots.entity_id, ada.pk)
    assert record is not None

    assertions.award(record, Award("bob@example.org"), by=_actor(ada))

    assert [notice.to for notice in Notice.objects.filter(kind="award")] == ["bob@example.org"]
