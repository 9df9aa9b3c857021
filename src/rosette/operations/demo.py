"""A sample issuer with badge classes and awards, so that there is something to see."""

from collections.abc import Sequence
from datetime import timedelta
from importlib import resources
from typing import Final, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_noop as _

from rosette.errors import StillInUse
from rosette.models import BadgeClass, EmailAddress, Issuer, User
from rosette.models.assertions import AssertionRecord
from rosette.models.badgeclasses import badgeclass_record
from rosette.operations import accounts, assertions, audit, badgeclasses, issuers
from rosette.operations.assertions import Award
from rosette.operations.badgeclasses import BadgeClassWish
from rosette.operations.policies import Actor

OWNER: Final = "ada@example.org"
_BADGES: Final = (
    (
        "knots.svg",
        "Knot Tying",
        "Ties ten knots by heart, and knows what each is for.",
        "Tie **ten** knots in front of two other sailors, one of them blindfolded.",
        ["rope", "seamanship"],
        ("bob@example.org", "carol@example.org", "dan@example.org"),
    ),
    (
        "night.svg",
        "Night Navigation",
        "Finds the way home by lights and stars.",
        "Bring a boat back to the harbor *after dark*, without a screen.",
        ["navigation"],
        ("bob@example.org", "erin@example.org"),
    ),
    (
        "aid.svg",
        "First Aid at Sea",
        "Knows what to do until help comes.",
        "Pass the course and a drill on the water.",
        ["safety", "first aid"],
        ("carol@example.org",),
    ),
)


class Samples(NamedTuple):
    """What was made: the issuer, and its badge classes with their awards."""

    issuer: Issuer
    badges: list[tuple[BadgeClass, list[AssertionRecord]]]


def is_there() -> bool:
    """Whether the samples have been made."""
    return Issuer.objects.filter(name="Harbor Learning", deleted_at=None).exists()


@transaction.atomic
def make() -> Samples:
    """Make the samples. Raises StillInUse if they are there."""
    if is_there():
        raise StillInUse(_("The sample issuer is there already."))
    ada, issuer = _issuer()
    # The entries of its parts are Ada's; this one says who wanted them.
    audit.note_mine("site.demo", "server", "", issuer=issuer.entity_id)
    made: list[tuple[BadgeClass, list[AssertionRecord]]] = []
    for picture, name, description, criteria, tags, people in _BADGES:
        wish: BadgeClassWish = {
            "name": name,
            "description": description,
            "image": _picture(picture),
            "criteria_narrative": criteria,
            "tags": tags,
        }
        made.append(_awarded(issuer, wish, people, by=ada))
    return Samples(issuer, made)


def _issuer() -> tuple[Actor, Issuer]:
    """Ada, and the issuer that is hers and the operator's."""
    address = EmailAddress.objects.filter(email=OWNER).select_related("user").first()
    owner: User = (
        address.user
        if address
        else accounts.add_person(OWNER, None, first_name="Ada", last_name="Vale", verified=True)
    )
    # The operator of the site sees the sample among their own issuers.
    operator = User.objects.filter(is_superuser=True).order_by("pk").first()
    ada = Actor.person(owner)
    issuer = issuers.create(
        {
            "name": "Harbor Learning",
            "url": "https://harbor.example.org",
            "email": OWNER,
            "description": "Night school for sailors.",
            "image": _picture("harbor.svg"),
            "staff": [(person.entity_id, "owner") for person in (operator, owner) if person],
        },
        by=ada,
    )
    return ada, issuer


def _awarded(
    issuer: Issuer, wish: BadgeClassWish, people: Sequence[str], *, by: Actor
) -> tuple[BadgeClass, list[AssertionRecord]]:
    """The badge class, awarded to the people, on the day of today and the days before."""
    badgeclass = badgeclasses.create(issuer, wish, by=by)
    record = badgeclass_record(badgeclass.entity_id, by.user_id)
    assert record is not None
    awards = [
        Award(
            person,
            narrative=f"{person.split('@')[0].title()} did it at the first try.",
            evidence=[
                {
                    "url": f"https://harbor.example.org/log/{person.split('@')[0]}",
                    "narrative": "The log of the day.",
                }
            ],
            issued_on=badgeclass.created_at - timedelta(days=days),
        )
        for days, person in enumerate(people)
    ]
    return badgeclass, assertions.award_many(record, awards, by=by)


def _picture(name: str) -> bytes:
    return (resources.files("rosette.operations") / "samples" / name).read_bytes()
