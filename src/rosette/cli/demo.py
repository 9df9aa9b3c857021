"""A sample issuer with badge classes and awards, so that there is something to see."""

from collections.abc import Sequence
from datetime import timedelta
from importlib import resources
from typing import TYPE_CHECKING

import click

from rosette.cli.house import open_house

if TYPE_CHECKING:  # Django has to be ready before these are read
    from rosette.models import BadgeClass, Issuer
    from rosette.models.assertions import AssertionRecord
    from rosette.operations.badgeclasses import BadgeClassWish
    from rosette.operations.policies import Actor

_OWNER = "ada@example.org"
_BADGES = (
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


@click.command()
def demo() -> None:
    """Add a sample issuer with badges and awards."""
    settings = open_house()
    from django.db import transaction

    from rosette.models import Issuer

    if Issuer.objects.filter(name="Harbor Learning", deleted_at=None).exists():
        raise click.ClickException("The sample issuer is there already.")
    with transaction.atomic():
        ada, issuer = _issuer()
        click.echo(f"Issuer  {settings.origin}/public/issuers/{issuer.entity_id}")
        for picture, name, description, criteria, tags, people in _BADGES:
            wish: BadgeClassWish = {
                "name": name,
                "description": description,
                "image": _picture(picture),
                "criteria_narrative": criteria,
                "tags": tags,
            }
            badgeclass, awards = _awarded(issuer, wish, people, by=ada)
            click.echo(f"Badge   {settings.origin}/public/badges/{badgeclass.entity_id}  {name}")
            for award in awards:
                click.echo(
                    f"  Award {settings.origin}/public/assertions/{award.entity_id}"
                    f"  to {award.recipient_identity}"
                )


def _issuer() -> "tuple[Actor, Issuer]":
    """Ada, and the issuer that is hers and the operator's."""
    from rosette.models import EmailAddress, User
    from rosette.operations import accounts, issuers
    from rosette.operations.policies import Actor

    address = EmailAddress.objects.filter(email=_OWNER).select_related("user").first()
    owner: User = (
        address.user
        if address
        else accounts.add_person(_OWNER, None, first_name="Ada", last_name="Vale", verified=True)
    )
    # The operator of the site sees the sample among their own issuers.
    operator = User.objects.filter(is_superuser=True).order_by("pk").first()
    ada = Actor.person(owner)
    issuer = issuers.create(
        {
            "name": "Harbor Learning",
            "url": "https://harbor.example.org",
            "email": _OWNER,
            "description": "Night school for sailors.",
            "image": _picture("harbor.svg"),
            "staff": [(person.entity_id, "owner") for person in (operator, owner) if person],
        },
        by=ada,
    )
    return ada, issuer


def _awarded(
    issuer: "Issuer", wish: "BadgeClassWish", people: Sequence[str], *, by: "Actor"
) -> "tuple[BadgeClass, list[AssertionRecord]]":
    """The badge class, awarded to the people, on the day of today and the days before."""
    from rosette.models.badgeclasses import badgeclass_record
    from rosette.operations import assertions, badgeclasses
    from rosette.operations.assertions import Award

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
    return (resources.files("rosette.cli") / "pictures" / name).read_bytes()
