"""
What somebody wants to be told by mail, kind by kind: at once, in a digest once a day, or never.

Only news may be chosen. Mails about how somebody signs in, and answers to what they asked for, are
always sent at once; so is everything to addresses that are nobody's here.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from django.db import transaction

from rosette.models import EmailAddress, IssuerStaff, MailChoice, Notice, Role, User
from rosette.operations import addresses, audit

Choice = MailChoice.Choice

NEWS: Final[Mapping[Notice.Kind, Choice]] = {
    Notice.Kind.AWARD: Choice.NOW,
    Notice.Kind.REQUESTS: Choice.DIGEST,
    Notice.Kind.DOMAIN_LOST: Choice.NOW,
    Notice.Kind.WEBHOOK_DISABLED: Choice.NOW,
}
"""The kinds of mail that may be chosen, and how whoever has not chosen gets them."""

APPROVERS: Final = (Role.STAFF, Role.EDITOR, Role.OWNER)
"""Who at an issuer is told of requests, because they may approve them."""


class Wish(NamedTuple):
    """How the person with this row number wants a mail."""

    user_id: int
    choice: Choice


def kinds_for(person: User) -> list[Notice.Kind]:
    """The kinds of news that the person may get, as their roles at issuers are."""
    roles = set(IssuerStaff.objects.filter(user=person).values_list("role", flat=True))
    kinds = [Notice.Kind.AWARD]
    if roles.intersection(APPROVERS):
        kinds.append(Notice.Kind.REQUESTS)
    if Role.OWNER in roles:
        kinds += [Notice.Kind.DOMAIN_LOST, Notice.Kind.WEBHOOK_DISABLED]
    return kinds


def choices_of(person: User) -> dict[Notice.Kind, Choice]:
    """How the person wants each kind of news."""
    made = dict(MailChoice.objects.filter(user=person).values_list("kind", "choice"))
    return {kind: Choice(made.get(kind, usual)) for kind, usual in NEWS.items()}


@transaction.atomic
def choose(person: User, wanted: Mapping[Notice.Kind, Choice]) -> None:
    """From now on, these kinds of news come like this; of others nothing changes."""
    before = choices_of(person)
    made = [MailChoice(user=person, kind=kind, choice=how) for kind, how in wanted.items()]
    MailChoice.objects.bulk_create(
        made, update_conflicts=True, unique_fields=["user", "kind"], update_fields=["choice"]
    )
    changed = sorted(kind for kind, how in wanted.items() if before[kind] != how)
    audit.note("mail.choose", "user", person.entity_id, by=person.entity_id, changed=changed)


def wish_about(notice: Notice) -> Wish | None:
    """
    Who gets the notice, and how they want it; None if it is no news, or goes to nobody here.

    An award is told to an address: the choice is its owner's.
    """
    kind = Notice.Kind(notice.kind)
    if kind not in NEWS:
        return None
    if kind is Notice.Kind.AWARD:
        owner = EmailAddress.objects.filter(email=addresses.normalised(notice.to), verified=True)
        people = User.objects.filter(emailaddress__in=owner)
    else:
        people = User.objects.filter(notices=notice)
    number = people.filter(is_active=True).values_list("pk", flat=True).first()
    if number is None:
        return None
    made = MailChoice.objects.filter(user=number, kind=kind).values_list("choice", flat=True)
    return Wish(number, Choice(made.first() or NEWS[kind]))
