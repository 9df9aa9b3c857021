"""Create, change and remove an issuer; say who works for it."""

import re
from collections.abc import Iterable, Sequence
from email.utils import parseaddr
from typing import Any, NamedTuple, TypedDict

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from rosette.errors import InvalidInput, NotFound, NotPermitted, StillInUse
from rosette.models import (
    Application,
    Assertion,
    BadgeClass,
    Issuer,
    IssuerStaff,
    Role,
    User,
    revisions,
)
from rosette.operations import addresses, audit, catalogue, domains, pictures, policies
from rosette.operations.policies import Actor, Reach

_FOREIGN_EMAIL = _(
    "Issuer email must be one of your verified addresses. "
    "Add this email to your profile and try again."
)
_SHOWN = ("name", "url")
_LINKEDIN = re.compile(
    r"(?:(?:https?://)?(?:[a-z]+\.)?linkedin\.com/(?:company|school|showcase)/)?"
    r"([1-9][0-9]{0,19})(?:[/?#].*)?"
)
_NO_LINKEDIN = _(
    "This is not the number of a page at LinkedIn, nor an address with such a number in it."
)
_STAFF_ALREADY = _("Could not add user to staff list. User already in staff list.")
OWN_ROLE = _("Cannot modify your own permissions on an issuer profile")
_NO_OWNER = _("An issuer must have an owner.")


class IssuerWish(TypedDict, total=False):
    """
    What an issuer is to be; what is not in it stays as it is.

    ``image``: the bytes of a picture, None for no picture. ``staff``: everybody who is to work
    there, as (name of the person, role). ``created_by``: for administrators, on behalf of whom.
    ``sandbox``: whether a new one is to be a sandbox; of an issuer that there is, it says nothing.
    ``linkedin``: the number of its page at LinkedIn, or that page's address with the number in it.
    """

    name: str
    url: str
    email: str
    description: str
    image: bytes | None
    staff: Sequence[tuple[str, str]]
    extensions: dict[str, Any]
    created_by: str
    sandbox: bool
    linkedin: str


class Counts(NamedTuple):
    """How many badge classes an issuer has, and how many recipients whose awards stand."""

    badgeclasses: int
    recipients: int


def counts(issuers: Iterable[Issuer]) -> dict[int, Counts]:
    """The counts of each of the issuers, by row number: two queries, however many they are."""
    numbers = [issuer.pk for issuer in issuers]
    classes = dict(
        BadgeClass.objects.filter(issuer__in=numbers, deleted_at=None)
        .values_list("issuer_id")
        .annotate(Count("pk"))
    )
    recipients = dict(
        Assertion.objects.filter(issuer__in=numbers, revoked_at=None)
        .values_list("issuer_id")
        .annotate(Count("recipient_identity", distinct=True))
    )
    return {number: Counts(classes.get(number, 0), recipients.get(number, 0)) for number in numbers}


def find(entity_id: str, *, by: Actor, reach: Reach, or_holder: bool = False) -> Issuer:
    """
    The issuer of this name, for somebody who reaches that far.

    ``or_holder``: or who holds one of its awards. That is for reading the issuer itself, never
    for what others received from it. Raises NotFound.
    """
    issuer = (
        Issuer.objects.filter(entity_id=entity_id, deleted_at=None)
        .select_related("created_by")
        .first()
    )
    if issuer is None:
        raise NotFound
    if policies.reach_at(issuer, by) < reach and not (
        or_holder and policies.holds_award(by, issuer=issuer)
    ):
        raise NotPermitted
    return issuer


def works_for(issuer: Issuer, *, by: Actor) -> bool:
    """Whether they reach the issuer by a role, and not only as a holder of its awards."""
    return policies.reach_at(issuer, by) >= Reach.READ


def of_person(by: Actor) -> list[Issuer]:
    """The issuers where the person has a role, oldest first."""
    return list(
        Issuer.objects.filter(staff_rows__user_id=by.user_id, deleted_at=None)
        .select_related("created_by")
        .order_by("created_at", "id")
    )


def site_email() -> str:
    """Where the site is reached; a sandbox may be reached there, too, and nobody's own address."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


@transaction.atomic
def create(wish: IssuerWish, *, by: Actor) -> Issuer:
    """
    A new issuer, owned by whoever asked for it.

    Raises NotPermitted for somebody without a verified address, and InvalidInput for an email
    that is not theirs.
    """
    policies.require_issuer_creation(by, approved_only=settings.ROSETTE.approved_issuers_only)
    owner = User.objects.get(pk=by.user_id)
    if by.is_admin and "created_by" in wish:
        owner = _person(wish["created_by"], field="createdBy")
    is_sandbox = wish.get("sandbox", False)
    if not (is_sandbox and wish["email"] == site_email()):
        _require_own_email(wish["email"], by=by, people=[owner.pk])
    now = timezone.now()
    picture = wish.get("image")
    issuer = Issuer.objects.create(
        created_by=owner,
        created_at=now,
        updated_at=now,
        name=wish["name"],
        url=wish["url"],
        email=wish["email"],
        description=wish.get("description", ""),
        image=pictures.keep(picture) if picture else "",
        extensions=wish.get("extensions", {}),
        sandbox=is_sandbox,
        linkedin_id=_linkedin_id(wish.get("linkedin", "")),
    )
    IssuerStaff.objects.create(issuer=issuer, user=owner, role=Role.OWNER)
    if "staff" in wish:
        _set_staff(issuer, wish["staff"])
    said = {"sandbox": True} if is_sandbox else {}
    _note("issuer.create", issuer, by=by, owner=owner.entity_id, staff=_roles(issuer), **said)
    return issuer


@transaction.atomic
def change(issuer: Issuer, wish: IssuerWish, *, by: Actor) -> Issuer:
    """
    The issuer with the wished changes.

    Raises NotPermitted for anyone below editor, and for an editor who changes the staff.
    """
    policies.require(Reach.EDITOR, by, issuer)
    issuer = Issuer.objects.select_for_update().get(pk=issuer.pk)
    before = revisions.issuer_facts(issuer)
    facts, people_before = _facts(issuer), _roles(issuer) if "staff" in wish else {}
    if "email" in wish and addresses.normalised(wish["email"]) != addresses.normalised(
        issuer.email
    ):
        people = [by.user_id] + ([issuer.created_by_id] if issuer.created_by_id else [])
        _require_own_email(wish["email"], by=by, people=people)
    if "staff" in wish and set(wish["staff"]) != _staff_now(issuer):
        policies.require(Reach.OWNER, by, issuer)
        _set_staff(issuer, wish["staff"])
    if by.is_admin and "created_by" in wish:
        issuer.created_by = _person(wish["created_by"], field="createdBy")
    for name in ("name", "url", "email", "description", "extensions"):
        if name in wish:
            setattr(issuer, name, wish[name])
    if "linkedin" in wish:
        issuer.linkedin_id = _linkedin_id(wish["linkedin"])
    if "image" in wish:
        issuer.image = pictures.keep(wish["image"]) if wish["image"] else ""
    domains.moved(issuer)
    revisions.keep_issuer(issuer, before)
    issuer.updated_at = timezone.now()
    issuer.save()
    said = audit.compared(facts, _facts(issuer), shown=_SHOWN)
    _note("issuer.change", issuer, by=by, **said)
    if "staff" in wish and (people_after := _roles(issuer)) != people_before:
        _note("staff.change", issuer, by=by, before=people_before, after=people_after)
    if issuer.name != before["name"]:
        catalogue.note_issuer(issuer)
    return issuer


@transaction.atomic
def remove(issuer: Issuer, *, by: Actor) -> None:
    """
    Remove the issuer and its badge classes.

    Once something was awarded and revoked, the rows stay for the world, which is told of the
    revocation; for everybody else they are gone. Raises StillInUse while an award stands.
    """
    policies.require(Reach.OWNER, by, issuer)
    issuer = Issuer.objects.select_for_update().get(pk=issuer.pk)
    awards = Assertion.objects.filter(issuer=issuer)
    if awards.filter(revoked_at=None).exists():
        raise StillInUse(_("Issuer can not be deleted because it has previously issued badges."))
    _note("issuer.remove", issuer, by=by, name=issuer.name)
    # What it has said of others stays said, or was withdrawn.
    if not awards.exists() and not issuer.endorsements_given.exclude(given_at=None).exists():
        issuer.delete()
        return
    now = timezone.now()
    BadgeClass.objects.filter(issuer=issuer, deleted_at=None).update(deleted_at=now, updated_at=now)
    IssuerStaff.objects.filter(issuer=issuer).delete()
    Issuer.objects.filter(pk=issuer.pk).update(deleted_at=now, updated_at=now)


def staff(issuers: Iterable[Issuer], *, with_viewers: bool = False) -> dict[int, list[IssuerStaff]]:
    """
    Who works for each of the issuers, by row number, with the people read as well.

    Viewers are left out unless asked for: clients of Badgr know three roles, and would send them
    back as one of these.
    """
    rows = (
        IssuerStaff.objects.filter(issuer__in=list(issuers)).select_related("user").order_by("id")
    )
    if not with_viewers:
        rows = rows.exclude(role=Role.VIEWER)
    found: dict[int, list[IssuerStaff]] = {}
    for item in rows:
        found.setdefault(item.issuer_id, []).append(item)
    return found


def page_of(wanted: str, *, before: int | None = None, limit: int = 50) -> list[Issuer]:
    """
    Issuers of this server with the text in name, address or mail, the newest first.

    For those who run it; ``before`` is the row number of the last one on the page before.
    """
    found = Issuer.objects.filter(deleted_at=None, source_url=None)
    for word in wanted.replace("\0", "").split():
        found = found.filter(
            Q(name__icontains=word) | Q(url__icontains=word) | Q(email__icontains=word)
        )
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[:limit])


@transaction.atomic
def make_owner(issuer: Issuer, person: User, *, by: Actor) -> None:
    """Let the person own the issuer, whatever they were there. Raises NotPermitted."""
    policies.require(Reach.OWNER, by, issuer)
    Issuer.objects.select_for_update().get(pk=issuer.pk)
    before = IssuerStaff.objects.filter(issuer=issuer, user=person).values_list("role", flat=True)
    said = {"person": person.entity_id, "before": before.first(), "after": Role.OWNER.value}
    _note("staff.change", issuer, by=by, **said)
    IssuerStaff.objects.update_or_create(issuer=issuer, user=person, defaults={"role": Role.OWNER})
    Issuer.objects.filter(pk=issuer.pk).update(updated_at=timezone.now())


@transaction.atomic
def add_staff(issuer: Issuer, person: User, role: str, *, by: Actor) -> IssuerStaff:
    """
    Let the person work for the issuer.

    A viewer is given the role. Raises NotPermitted below owner, and InvalidInput if they work
    there already.
    """
    _touch_staff(issuer, person, by=by)
    return employ(issuer, person, role, by=by)


def employ(issuer: Issuer, person: User, role: str, *, by: Actor) -> IssuerStaff:
    """As ``add_staff``, without asking whether anybody may: by an invitation that was accepted."""
    row, is_new = IssuerStaff.objects.get_or_create(
        issuer=issuer, user=person, defaults={"role": role}
    )
    if is_new:
        _note("staff.add", issuer, by=by, person=person.entity_id, role=role)
        return row
    if row.role != Role.VIEWER or role == Role.VIEWER:
        raise InvalidInput(general=[_STAFF_ALREADY])
    _note("staff.change", issuer, by=by, person=person.entity_id, before=row.role, after=role)
    row.role = role
    row.save()
    return row


@transaction.atomic
def change_staff(issuer: Issuer, person: User, role: str, *, by: Actor) -> IssuerStaff:
    """
    Give somebody who works for the issuer another role.

    Raises NotPermitted below owner, NotFound if they do not work there, and InvalidInput if
    nobody would own the issuer any more.
    """
    _touch_staff(issuer, person, by=by)
    row = _staff_row(issuer, person)
    if role != Role.OWNER:
        _require_other_owner(issuer, person)
    _note("staff.change", issuer, by=by, person=person.entity_id, before=row.role, after=role)
    row.role = role
    row.save()
    return row


@transaction.atomic
def remove_staff(issuer: Issuer, person: User, *, by: Actor) -> None:
    """Let the person work for the issuer no longer. Raises as ``change_staff``."""
    _touch_staff(issuer, person, by=by)
    row = _staff_row(issuer, person)
    _require_other_owner(issuer, person)
    _note("staff.remove", issuer, by=by, person=person.entity_id, role=row.role)
    row.delete()


@transaction.atomic
def leave(issuer: Issuer, *, by: Actor) -> None:
    """
    Work for the issuer no longer, of one's own accord.

    Raises NotPermitted for whoever does not work there, and InvalidInput for its last owner.
    """
    policies.require(Reach.READ, by, issuer)
    Issuer.objects.select_for_update().get(pk=issuer.pk)
    row = IssuerStaff.objects.filter(issuer=issuer, user_id=by.user_id).first()
    if row is None:
        raise NotPermitted
    _require_other_owner(issuer, row.user)
    _note("staff.remove", issuer, by=by, person=by.user_entity_id, role=row.role)
    row.delete()
    Issuer.objects.filter(pk=issuer.pk).update(updated_at=timezone.now())


def _note(action: audit.Action, issuer: Issuer, /, *, by: Actor, **said: Any) -> None:
    name = issuer.entity_id
    audit.note(action, "issuer", name, by=by.user_entity_id, issuer=name, **said)


def _linkedin_id(said: str) -> str:
    """The number of the page that is meant; empty for none. Raises InvalidInput."""
    found = _LINKEDIN.fullmatch(said.strip().lower())
    if said.strip() and found is None:
        raise InvalidInput({"linkedin": [_NO_LINKEDIN]})
    return found[1] if found else ""


def _facts(issuer: Issuer) -> dict[str, Any]:
    """What can be changed, as the audit log compares it."""
    names = ("name", "url", "email", "description", "image", "extensions", "linkedin_id")
    return {name: getattr(issuer, name) for name in names} | {"created_by": issuer.created_by_id}


def _roles(issuer: Issuer) -> dict[str, str]:
    """Who works for the issuer, and as what."""
    return dict(_staff_now(issuer))


def _touch_staff(issuer: Issuer, person: User, *, by: Actor) -> None:
    """Ask whether they may, and let nobody else change the staff until the transaction ends."""
    policies.require(Reach.OWNER, by, issuer)
    if person.pk == by.user_id:
        raise InvalidInput(general=[OWN_ROLE])
    Issuer.objects.select_for_update().get(pk=issuer.pk)
    Issuer.objects.filter(pk=issuer.pk).update(updated_at=timezone.now())


def _staff_row(issuer: Issuer, person: User) -> IssuerStaff:
    row = IssuerStaff.objects.filter(issuer=issuer, user=person).first()
    if row is None:
        raise NotFound
    return row


def _require_other_owner(issuer: Issuer, person: User) -> None:
    owners = IssuerStaff.objects.filter(issuer=issuer, role=Role.OWNER)
    if not owners.exclude(user=person).exists():
        raise InvalidInput(general=[_NO_OWNER])


def _require_own_email(email: str, *, by: Actor, people: Sequence[int]) -> None:
    if by.is_admin:
        return
    owned = addresses.owned(addresses.normalised(email))
    if owned and owned.user_id in people:
        return
    # A program that is trusted to have verified addresses itself vouches for its owner's issuers.
    if Application.objects.filter(user_id=by.user_id, trusts_email_verification=True).exists():
        return
    raise InvalidInput(general=[_FOREIGN_EMAIL])


def _person(entity_id: str, *, field: str) -> User:
    person = User.objects.filter(entity_id=entity_id).first()
    if person is None:
        raise InvalidInput({field: [f'Invalid entity_id "{entity_id}" - object does not exist.']})
    return person


def _staff_now(issuer: Issuer) -> set[tuple[str, str]]:
    shown = IssuerStaff.objects.filter(issuer=issuer).exclude(role=Role.VIEWER)
    return set(shown.values_list("user__entity_id", "role"))


def _set_staff(issuer: Issuer, wanted: Sequence[tuple[str, str]]) -> None:
    """
    Make the staff what is wanted; the last owner stays owner, whatever is wanted.

    Viewers stay unless they are given a role: whoever sends the list was not shown them.
    """
    people = {
        person.entity_id: person
        for person in User.objects.filter(entity_id__in=[name for name, _role in wanted])
    }
    errors: list[dict[str, Any]] = [
        {} if name in people else {"user": [f'Invalid entity_id "{name}" - object does not exist.']}
        for name, _role in wanted
    ]
    if any(errors):
        raise InvalidInput({"staff": errors})
    roles = {people[name].pk: role for name, role in wanted}
    if Role.OWNER not in roles.values():
        last = IssuerStaff.objects.filter(issuer=issuer, role=Role.OWNER).order_by("id").first()
        if last is not None:
            roles[last.user_id] = Role.OWNER
    gone = IssuerStaff.objects.filter(issuer=issuer).exclude(user_id__in=roles)
    gone.exclude(role=Role.VIEWER).delete()
    IssuerStaff.objects.bulk_create(
        [IssuerStaff(issuer=issuer, user_id=number, role=role) for number, role in roles.items()],
        update_conflicts=True,
        unique_fields=["issuer", "user"],
        update_fields=["role"],
    )
