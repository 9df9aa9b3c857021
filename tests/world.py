"""
A small world for tests that go through every endpoint: the things of the reference's examples.

Ada owns the issuer, and Una would, had she verified her address; Dora edits and Sam helps. Bob has
an award, a backpack and a collection. Carol knows nobody here, and owns an issuer of her own; Max
is a program's owner, and Root the administrator of the server.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.core import signing
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from rosette.api import examples
from rosette.models import (
    AccessToken,
    Application,
    Assertion,
    AwardJob,
    BadgeClass,
    CapturedMail,
    ClaimLink,
    ClaimRequest,
    Collection,
    CollectionItem,
    EmailAddress,
    Endorsement,
    Event,
    Grant,
    Identifier,
    Invitation,
    Issuer,
    IssuerStaff,
    Notice,
    PathwayCompletion,
    Share,
    Sheet,
    Stretch,
    TermsVersion,
    User,
    Webhook,
    WebhookDelivery,
)
from rosette.models.applications import checksum
from rosette.models.base import new_entity_id
from rosette.models.jobs import packed
from rosette.operations import (
    accounts,
    addresses,
    applications,
    endorsements,
    identifiers,
    invitations,
    keys,
    letters,
    pathways,
    pictures,
    policies,
    receipts,
    unsubscribing,
    webhooks,
)
from tests import factories
from tests.openbadges.facts import png

PASSWORD = "knots and splices"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
LINK = "9a1b2c3d4e5f60718293a4b5c6d7e8f9"
OTHER = "AZ9zCarolsOwnIssuer000"
LINKED = "AZ5nAwardSeenByLink000"
PRIVATE = "AZ5nAwardSeenByNobody0"
HIDDEN = "AZ7rNotPublished000000"
REFERENCE = examples.OFFER_REFERENCE
IDENTITIES_MAX = 15  # one may not have many more
WEBHOOKS_MAX = 10  # nor an issuer
ROLES = {"ada": "owner", "una": "owner", "dora": "editor", "sam": "staff"}


@dataclass
class World:
    """
    Who and what there is.

    ``named`` are the parts of paths: ``issuer`` for ``:issuer``, and so on; ``times`` how many
    there are of each thing that there can be many of.
    """

    times: int = 1
    people: dict[str, User] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written within is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def standing(blocker: Any, times: int = 1) -> Iterator[World]:
    """The world for all tests of a module, each of which takes back what it did."""
    quick = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    with blocker.unblock(), quick, undone():
        made = world(times)
        connection.check_constraints()  # else each test would have all of this checked at its end
        yield made


def world(times: int) -> World:
    """The world, with so many of everything."""
    made = World(times)
    _people(made)
    _issuers(made)
    _awards(made)
    _backpack(made)
    _accounts(made)
    _webhooks(made)
    _endorsements(made)
    _pathways(made)
    _sandbox(made)
    return made


def _people(made: World) -> None:
    for name in ("ada", "bob", "carol", "una", "dora", "sam", "max", "root"):
        made.people[name] = factories.user(
            f"{name}@example.org",
            verified=name != "una",
            is_superuser=name == "root",
            password=PASSWORD,
            **({"entity_id": examples.PERSON} if name == "ada" else {}),
        )


def _issuers(made: World) -> None:
    ada = made.people["ada"]
    image = pictures.keep(png())
    issuer = factories.issuer(ada, entity_id=examples.ISSUER, image=image)
    for name, role in ROLES.items():
        IssuerStaff.objects.update_or_create(
            issuer=issuer, user=made.people[name], defaults={"role": role}
        )
    factories.issuer(made.people["carol"], entity_id=OTHER, email="carol@example.org")
    more = [factories.user(f"staff{n}@example.org") for n in range(1, made.times)]
    IssuerStaff.objects.bulk_create(
        IssuerStaff(issuer=issuer, user=person, role="staff") for person in more
    )
    for n in range(made.times):
        invited = Invitation.objects.create(
            issuer=issuer,
            email=f"invited{n}@example.org" if n else "bob@example.org",
            role="staff",
            created_by=ada,
            created_at=NOW,
            mailed_at=NOW,
            expires_at=timezone.now() + timedelta(days=1),
        )
        made.named.setdefault("invitation", invitations.code(invited))
    for owner in (issuer.pk, None):
        keys.published(owner)  # makes them
    factories.badgeclass(issuer, entity_id=examples.BADGECLASS, image=image)
    for n in range(1, made.times):
        factories.badgeclass(issuer, name=f"Knot {n}", image=image, created_by=more[n - 1])
        other = factories.issuer(ada, name=f"Harbor {n}", image=image, created_by=more[n - 1])
        factories.badgeclass(other, image=image)
    keys.signers(Issuer.objects.values_list("pk", flat=True), "key")
    mine = Issuer.objects.filter(staff_rows__user=ada).values_list("entity_id", flat=True)
    made.named["scopes"] = "+".join(["r:profile", *(f"rw:issuer:{name}" for name in mine)])
    made.named |= {"issuer": examples.ISSUER, "badge": examples.BADGECLASS, "person": ada.entity_id}


def _awards(made: World) -> None:
    """Of each badge class one to Bob; of the first one, besides, one to each of many."""
    badgeclass = BadgeClass.objects.get(entity_id=examples.BADGECLASS)
    evidence = [{"url": f"https://e.example.org/{n}", "narrative": ""} for n in range(made.times)]
    factories.assertion(badgeclass, entity_id=examples.ASSERTION, evidence=evidence)
    factories.assertion(badgeclass, entity_id=LINKED, visibility="link", share_hash=LINK)
    factories.assertion(badgeclass, entity_id=PRIVATE, visibility="private")
    for n, other in enumerate(
        BadgeClass.objects.exclude(pk=badgeclass.pk).select_related("issuer")
    ):
        if n < made.times - 1:
            factories.assertion(badgeclass, f"to{n}@example.org", created_by=None)
        factories.assertion(other)
    ada = made.people["ada"]
    for n in range(made.times):
        job = AwardJob.objects.create(
            **({} if n else {"entity_id": examples.JOB}),
            badgeclass=badgeclass,
            created_by=ada,
            by_grant=False,
            total=made.times,
            created_at=NOW,
            updated_at=NOW,
        )
        wrong = [{"recipient": ["It is not bob@example.org"]}] * made.times
        Stretch.objects.create(job=job, number=0, lines=packed(wrong))
    sheet = Sheet.objects.create(
        badgeclass=badgeclass,
        created_by=ada,
        source=b"",
        head=["email"],
        fields=["recipient"],
        cells=packed([[f"new{n}@example.org"] for n in range(made.times)]),
        verdicts=packed([["email", f"new{n}@example.org"] for n in range(made.times)]),
        total=made.times,
        created_at=NOW,
        updated_at=NOW,
    )
    link = ClaimLink.objects.create(
        badgeclass=badgeclass,
        created_by=ada,
        title="Harbor day",
        is_automatic=True,
        created_at=NOW,
        updated_at=NOW,
    )
    for n in range(made.times):
        request = ClaimRequest.objects.create(
            link=link, email=f"asks{n}@example.org", created_at=NOW, updated_at=NOW
        )
    made.named |= {
        "claimlink": link.entity_id,
        "claimtoken": signing.dumps(request.pk, salt=letters.REQUEST_SALT),
        "sheet": sheet.entity_id,
        "award": examples.ASSERTION,
        "linked": LINKED,
        "private": PRIVATE,
        "job": examples.JOB,
    }


def _backpack(made: World) -> None:
    bob = made.people["bob"]
    awards = list(Assertion.objects.filter(recipient_identity="bob@example.org").order_by("pk"))
    listed = [award for award in awards if award.visibility == "public"][: made.times]
    for n in range(made.times):
        collection = Collection.objects.create(
            owner=bob,
            name="Rope work",
            created_at=NOW,
            updated_at=NOW,
            **({} if n else {"entity_id": examples.COLLECTION}),
            share_hash=f"{n:032x}" if n else examples.SHARE_HASH,
        )
        CollectionItem.objects.bulk_create(
            CollectionItem(collection=collection, assertion=award, position=position)
            for position, award in enumerate(listed)
        )
        Share.objects.create(
            assertion=awards[0], user=bob, provider="linkedin", created_at=timezone.now()
        )
    for n in range(made.times):
        reference, name = (f"offer-{n}", new_entity_id()) if n else (REFERENCE, examples.OFFER)
        factories.offer(awards[0], bob, reference, entity_id=name)
    Collection.objects.create(
        entity_id=HIDDEN, owner=bob, name="Drafts", created_at=NOW, updated_at=NOW
    )
    made.named |= {
        "collection": examples.COLLECTION,
        "hidden": HIDDEN,
        "hash": examples.SHARE_HASH,
        "link": LINK,
        "offer": examples.OFFER,
        "receipt": receipts.make(factories.receipt_offer()).entity_id,
        "asked": factories.receipt_offer(b"no other badge"),
        "reference": REFERENCE,
        "bob": bob.entity_id,
    }


def _webhooks(made: World) -> None:
    """
    Of the issuer, and told things before.

    Nobody hears of what happens now, so that the tables tell what changes cost without.
    """
    issuer = Issuer.objects.get(entity_id=examples.ISSUER)
    by = policies.Actor.person(made.people["ada"])
    for n in range(min(made.times, WEBHOOKS_MAX - 1)):
        told = webhooks.create(issuer, {"url": f"https://harbor.example.org/{n}"}, by=by)
        if n == 0:
            Webhook.objects.filter(pk=told.webhook.pk).update(entity_id=examples.WEBHOOK)
    webhook = Webhook.objects.get(entity_id=examples.WEBHOOK)
    for n in range(made.times):
        WebhookDelivery.objects.create(
            **({} if n else {"entity_id": examples.DELIVERY}),
            webhook=webhook,
            event=Event.AWARDED,
            awards=[examples.ASSERTION],
            created_at=NOW,
            due_at=NOW,
            state="failed",
        )
    Issuer.objects.update(has_webhooks=False)
    made.named |= {"webhook": examples.WEBHOOK, "delivery": examples.DELIVERY}


def _endorsements(made: World) -> None:
    """One of the badge class, given by Carol's issuer; and many of awards, asked for."""
    other = Issuer.objects.get(entity_id=OTHER)
    badgeclass = BadgeClass.objects.select_related("issuer").get(entity_id=examples.BADGECLASS)
    by = policies.Actor.person(made.people["carol"])
    given = endorsements.give(other, badgeclass, "They tie good knots.", by=by)
    awards = Assertion.objects.filter(badgeclass=badgeclass, visibility="public").order_by("pk")
    for award in awards[: made.times]:
        Endorsement.objects.create(
            endorser=other,
            owner=badgeclass.issuer,
            assertion=award,
            state="asked",
            created_at=NOW,
            updated_at=NOW,
        )
    made.named["endorsement"] = given.entity_id


def _pathways(made: World) -> None:
    """
    One published pathway of the issuer, of many badges that nobody awards, and many drafts.

    Nothing that is awarded now leads along one, so that the tables tell what it costs without.
    """
    issuer = Issuer.objects.get(entity_id=examples.ISSUER)
    by = policies.Actor.person(made.people["ada"])
    first = BadgeClass.objects.get(entity_id=examples.BADGECLASS)
    badges = BadgeClass.objects.filter(issuer=issuer).order_by("pk")[: made.times]
    step = pathways.StepWish("Ropes", tuple(badge.pk for badge in badges), 1)
    for n in range(made.times):
        wish = pathways.PathwayWish(f"To the sea {n}", "", None, (step,))
        way = pathways.save(issuer, None, wish, by=by)
        if n == 0:
            pathways.publish(way, is_published=True, by=by)
            made.named["pathway"] = way.entity_id
            PathwayCompletion.objects.create(
                pathway=way,
                recipient_kind="email",
                recipient_identity="bob@example.org",
                completed_at=NOW,
            )
    BadgeClass.objects.filter(pk=first.pk).update(is_step=False)


def _sandbox(made: World) -> None:
    """A sandbox of the same people, with awards and with mails that it captured."""
    ada = made.people["ada"]
    issuer = factories.issuer(ada, name="Sandbox", sandbox=True)
    for name, role in ROLES.items():
        IssuerStaff.objects.update_or_create(
            issuer=issuer, user=made.people[name], defaults={"role": role}
        )
    badge = factories.badgeclass(issuer)
    for n in range(made.times):
        to = f"tried{n}@example.org"
        factories.assertion(badge, to)
        mail = CapturedMail.objects.create(
            issuer=issuer, kind="award", to=to, subject="Tried", text="", html="", at=NOW
        )
    made.named |= {"sandbox": issuer.entity_id, "mail": str(mail.pk)}


def _accounts(made: World) -> None:
    """What Ada's account has, and what programs hold of it."""
    ada = made.people["ada"]
    for n in range(made.times):
        TermsVersion.objects.create(version=n + 1, short_description="Be kind")
        factories.token(ada, "r:profile")
        SocialAccount.objects.create(
            user=ada, provider="harbor", uid=str(n), extra_data={"email": "ada@example.org"}
        )
    for n in range(min(made.times, IDENTITIES_MAX)):
        EmailAddress.objects.create(
            user=ada, email=f"ada{n}@example.org", verified=True, primary=False
        )
        Identifier.objects.create(
            user=ada,
            kind="url",
            value=f"https://ada{n}.example.org",
            verified_at=NOW,
        )
    first = AccessToken.objects.filter(user=ada).order_by("pk")[:1].get()
    AccessToken.objects.filter(pk=first.pk).update(entity_id=examples.ACCESS_TOKEN)
    number = Identifier.objects.create(
        entity_id=examples.IDENTIFIER,
        user=ada,
        kind="telephone",
        value="+15415550100",
        code_expires_at=timezone.now() + timedelta(hours=1),
    )
    number.code_checksum = identifiers._checksum(number, "493015")
    number.save()
    claimed = EmailAddress.objects.create(user=ada, email="ada@harbor.example.org", primary=False)
    notice = Notice.objects.create(kind=Notice.Kind.AWARD, to="bob@example.org")
    Application.objects.create(
        client_id="harbor-portal",
        name="Harbor Portal",
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris="https://portal.example.org/callback",
        allowed_scopes="r:profile rw:issuer:*",
    )
    Grant.objects.create(
        user=ada,
        application=applications.ensure_public_client(),
        code=checksum("cx4o2aed1b9f"),
        expires=timezone.now() + timedelta(hours=1),
        scope="rw:profile rw:issuer rw:backpack",
    )
    made.named |= {
        "token": examples.ACCESS_TOKEN,
        "identifier": examples.IDENTIFIER,
        "account": str(SocialAccount.objects.filter(user=ada).order_by("pk")[:1].get().pk),
        "address": str(EmailAddress.objects.get(email="ada0@example.org").pk),
        "confirmation": addresses.verification_token(claimed),
        "reset": accounts.reset_token(ada),
        "unsubscribe": unsubscribing.unsubscribe_token(notice),
        "claim": letters.claim_token(Assertion.objects.get(entity_id=examples.ASSERTION)),
        "secret": factories.token(ada),
        "image": Issuer.objects.get(entity_id=examples.ISSUER).image.removeprefix("images/"),
    }
