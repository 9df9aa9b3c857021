"""A sample issuer with badge classes and awards, so that there is something to see."""

from datetime import timedelta
from importlib import resources

import click

from rosette.cli.house import open_house

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

    from rosette.models import EmailAddress, Issuer, User
    from rosette.models.badgeclasses import badgeclass_record
    from rosette.operations import accounts, assertions, badgeclasses, issuers
    from rosette.operations.assertions import Award
    from rosette.operations.policies import Actor

    if Issuer.objects.filter(name="Harbor Learning", deleted_at=None).exists():
        raise click.ClickException("The sample issuer is there already.")
    with transaction.atomic():
        address = EmailAddress.objects.filter(email=_OWNER).select_related("user").first()
        owner: User = (
            address.user
            if address
            else accounts.add_person(
                _OWNER, None, first_name="Ada", last_name="Vale", verified=True
            )
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
                "staff": [(operator.entity_id, "owner"), (owner.entity_id, "owner")]
                if operator
                else [],
            },
            by=ada,
        )
        click.echo(f"Issuer  {settings.origin}/public/issuers/{issuer.entity_id}")
        for picture, name, description, criteria, tags, people in _BADGES:
            badgeclass = badgeclasses.create(
                issuer,
                {
                    "name": name,
                    "description": description,
                    "image": _picture(picture),
                    "criteria_narrative": criteria,
                    "tags": tags,
                },
                by=ada,
            )
            record = badgeclass_record(badgeclass.entity_id, owner.pk)
            assert record is not None
            awards = assertions.award_many(
                record,
                [
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
                ],
                by=ada,
            )
            click.echo(f"Badge   {settings.origin}/public/badges/{badgeclass.entity_id}  {name}")
            for award in awards:
                click.echo(
                    f"  Award {settings.origin}/public/assertions/{award.entity_id}"
                    f"  to {award.recipient_identity}"
                )


def _picture(name: str) -> bytes:
    return (resources.files("rosette.cli") / "pictures" / name).read_bytes()
