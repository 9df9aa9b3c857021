"""
Claim links: people get a badge by a link or QR code, at once or when somebody approves.

Awarded is only to an address that is proven: one that the person owns already, or one whose mail
they have opened. The award is made by the operation of all awards, in the name of whoever made the
link (as long as they may award) or of who approves. The count goes up in the same transaction by
an UPDATE with the limit in its condition, so no two at a time get the last one.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from rosette import limits
from rosette.errors import InvalidInput, NotFound, NotPermitted
from rosette.models import (
    BadgeClass,
    ClaimLink,
    ClaimRequest,
    Issuer,
    Notice,
    RequestsNotice,
    User,
)
from rosette.models.badgeclasses import BadgeClassRecord, badgeclass_record
from rosette.models.notices import add_staff_notices
from rosette.operations import addresses, assertions, audit, letters, policies, recipients
from rosette.operations.assertions import Award
from rosette.operations.notifications import APPROVERS
from rosette.operations.policies import Actor, Reach
from rosette.queue import enqueue

State = Literal["upcoming", "open", "full", "expired"]

TOKEN_MAX_AGE: Final = timedelta(days=2)
_FORGOTTEN_AFTER: Final = timedelta(days=30)
_WAITING: Final = ClaimRequest.State.WAITING
_NOT_OPEN: Final = _("This link does not give out badges at the moment.")
_FULL: Final = _("All badges of this link are given out.")
_DOMAIN: Final = _("This badge is for addresses of certain domains only.")
_NOT_YOURS: Final = _("This is not one of your proven addresses.")
_NOBODY: Final = _("Nobody can award by this link any more. Ask its issuer.")
_ALREADY: Final = _("This request has been decided already.")
_BEFORE: Final = _("It would end before it begins.")
_BELOW: Final = _("More than that were given out already.")


class Wish(NamedTuple):
    """What a link is to be."""

    title: str
    place: str = ""
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    limit: int | None = None
    is_automatic: bool = True
    domains: tuple[str, ...] = ()


@transaction.atomic
def make(badgeclass: BadgeClass, wish: Wish, *, by: Actor) -> ClaimLink:
    """
    A new link.

    Raises NotPermitted below staff, and InvalidInput for an end before its begin, or if the badge
    class is archived.
    """
    policies.require(Reach.STAFF, by, badgeclass.issuer)
    if badgeclass.archived:
        raise InvalidInput(general=[policies.ARCHIVED])
    _require_sense(wish)
    now = timezone.now()
    link = ClaimLink.objects.create(
        badgeclass=badgeclass,
        created_by_id=by.user_id,
        created_at=now,
        updated_at=now,
        **_columns(wish),
    )
    _note("claim-link.create", link, by=by)
    return link


@transaction.atomic
def change(link: ClaimLink, wish: Wish, *, by: Actor) -> ClaimLink:
    """
    Let the link be like this; its address stays.

    Raises NotPermitted below staff, and InvalidInput for a limit below what was given out.
    """
    policies.require(Reach.STAFF, by, link.badgeclass.issuer)
    _require_sense(wish)
    row = ClaimLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
    if wish.limit is not None and wish.limit < row.taken:
        raise InvalidInput({"limit": [_BELOW]})
    wished = _columns(wish)
    changed = audit.changed({name: getattr(row, name) for name in wished}, wished)
    for name, value in wished.items():
        setattr(row, name, value)
    row.updated_at = timezone.now()
    row.save()
    _note("claim-link.change", link, by=by, changed=changed)
    return row


@transaction.atomic
def end(link: ClaimLink, *, by: Actor, ended: bool = True) -> None:
    """Close the link by hand, or open it again. Raises NotPermitted below staff."""
    policies.require(Reach.STAFF, by, link.badgeclass.issuer)
    now = timezone.now()
    ClaimLink.objects.filter(pk=link.pk).update(ended_at=now if ended else None, updated_at=now)
    _note("claim-link.end" if ended else "claim-link.open", link, by=by)


def of_badgeclass(badgeclass: BadgeClass) -> list[ClaimLink]:
    """The links of the badge class, the newest first, with ``waiting``: how many requests are."""
    found = ClaimLink.objects.filter(badgeclass=badgeclass).select_related("badgeclass__issuer")
    waiting = Count("requests", filter=Q(requests__state=_WAITING))
    return list(found.annotate(waiting=waiting).order_by("-pk")[:100])


def of_desk(entity_id: str, badgeclass: BadgeClass) -> ClaimLink:
    """The badge class's link of this name. Raises NotFound."""
    found = ClaimLink.objects.select_related("badgeclass__issuer").filter(
        entity_id=entity_id, badgeclass=badgeclass
    )
    return _one(found.first())


def find(entity_id: str) -> ClaimLink:
    """The link of this name, for everybody. Raises NotFound."""
    found = ClaimLink.objects.select_related("badgeclass__issuer", "created_by").filter(
        entity_id=entity_id, badgeclass__issuer__deleted_at=None
    )
    return _one(found.first())


def state(link: ClaimLink) -> State:
    """What the link does now."""
    now = timezone.now()
    is_over = link.closes_at is not None and link.closes_at <= now
    if is_over or link.ended_at is not None or link.badgeclass.archived:
        return "expired"
    if link.opens_at is not None and link.opens_at > now:
        return "upcoming"
    return "full" if link.limit is not None and link.taken >= link.limit else "open"


def requests_of(link: ClaimLink, state: str, *, limit: int, after: int = 0) -> list[ClaimRequest]:
    """Requests in this state, the oldest first, with a row number beyond ``after``."""
    found = ClaimRequest.objects.filter(link=link, state=state, pk__gt=after)
    return list(found.select_related("assertion").order_by("pk")[:limit])


def request_of(link: ClaimLink, person: User) -> ClaimRequest | None:
    """What the person has asked for by this link, by any address that is theirs."""
    mine = [address.email for address in person.addresses() if address.verified]
    return (
        ClaimRequest.objects.select_related("assertion")
        .filter(link=link, email__in=mine)
        .order_by("-pk")
        .first()
    )


@transaction.atomic
def ask(link: ClaimLink, email: str, *, name: str = "", address: str = "") -> None:
    """
    Mail the address a link that proves it: the badge is given out when that is opened.

    ``address`` is where the wish comes from (``limits.address_of``): nobody has strangers mailed
    by the thousand. Nobody learns from it who has asked before.

    Raises InvalidInput if the link is not open or the address is of another domain, and TryLater
    for the impatient.
    """
    email = addresses.normalised(email)
    _require_open(link, email)
    attempt = limits.attempt("claim link", name=f"{link.pk} {email}", address=address)
    attempt.failed()  # each time somebody gets a mail
    request = _request(link, email, name)
    if request.state in (ClaimRequest.State.ASKED, ClaimRequest.State.AWARDED):
        _mail(request, Notice.Kind.CLAIM_LINK)
    issuer = link.badgeclass.issuer.entity_id
    audit.note_mine("claim.ask", "claim-link", link.entity_id, issuer=issuer)


def of_token(token: str) -> ClaimRequest:
    """The request that a mailed link is about. Raises NotFound, also when it is over."""
    try:
        number = int(signing.loads(token, salt=letters.REQUEST_SALT, max_age=TOKEN_MAX_AGE))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotFound from error
    found = (
        ClaimRequest.objects.select_related("link__badgeclass__issuer", "assertion")
        .filter(pk=number, link__badgeclass__issuer__deleted_at=None)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def prove(token: str) -> ClaimRequest:
    """What becomes of the request, now that its address is proven. Raises as ``take``."""
    return _proven(of_token(token))


@transaction.atomic
def take(link: ClaimLink, person: User, email: str) -> ClaimRequest:
    """
    The badge of the link for an address that the person owns; or the request for it.

    Raises InvalidInput if the link is not open (any more), if the address is not theirs or of
    another domain.
    """
    owned = addresses.owned(addresses.normalised(email))
    if owned is None or owned.user_id != person.pk:
        raise InvalidInput(general=[_NOT_YOURS])
    _require_open(link, owned.email)
    return _proven(_request(link, owned.email, ""))


def approve(
    link: ClaimLink, names: Iterable[str] | None, *, by: Actor
) -> tuple[int, list[ClaimRequest]]:
    """
    Award to those who wait, by name or all (at most 500): how many, and whose turn did not come.

    Each is a transaction of its own. Raises NotPermitted below staff.
    """
    policies.require(Reach.STAFF, by, link.badgeclass.issuer)
    waiting = ClaimRequest.objects.filter(link=link, state=_WAITING).order_by("pk")
    if names is not None:
        waiting = waiting.filter(entity_id__in=list(names))
    done, left = 0, []
    for request in waiting[:500]:
        try:
            with transaction.atomic():
                _award(_again(request), by=by, notify=True)
        except InvalidInput:
            left.append(request)
        else:
            done += 1
    return done, left


@transaction.atomic
def decline(link: ClaimLink, name: str, *, reason: str, by: Actor) -> None:
    """
    Say no to somebody who waits, and mail them why.

    Raises NotPermitted below staff, NotFound, and InvalidInput if it is decided already.
    """
    policies.require(Reach.STAFF, by, link.badgeclass.issuer)
    request = (
        ClaimRequest.objects.select_for_update(of=("self",))
        .filter(link=link, entity_id=name)
        .first()
    )
    if request is None:
        raise NotFound
    if request.state != _WAITING:
        raise InvalidInput(general=[_ALREADY])
    request.state, request.reason = ClaimRequest.State.DECLINED, reason
    _save(request)
    _mail(request, Notice.Kind.CLAIM_DECLINED)
    _note("claim.decline", link, by=by, request=request.entity_id)


def forget(*, at: datetime) -> None:
    """Throw away what was asked for and never proven: it names people who may know nothing."""
    ClaimRequest.objects.filter(
        state=ClaimRequest.State.ASKED, updated_at__lt=at - _FORGOTTEN_AFTER
    ).delete()


@transaction.atomic
def _proven(request: ClaimRequest) -> ClaimRequest:
    request = _again(request)
    if request.state != ClaimRequest.State.ASKED:
        return request
    link = request.link
    _require_open(link, request.email)
    if link.is_automatic:
        return _award(request, by=_maker(link), notify=False)
    request.state = _WAITING
    _save(request)
    _tell_staff(link.badgeclass.issuer)
    issuer = link.badgeclass.issuer.entity_id
    audit.note_mine("claim.prove", "claim-link", link.entity_id, issuer=issuer)
    return request


def _tell_staff(issuer: Issuer) -> None:
    """
    Let everybody who may approve be told that requests wait, but nobody who is about to be anyway.
    """
    # Of two who ask at the same moment, one sees what the other has asked for.
    Issuer.objects.select_for_update(no_key=True).get(pk=issuer.pk)
    at = timezone.now()
    # One that is being sent now may not know of this request any more.
    unwritten = Q(notice__attempts=0) | ~Q(notice__last_error="")
    about_to_be = RequestsNotice.objects.filter(
        Q(unwritten, notice__state=Notice.State.QUEUED)
        | Q(notice__state=Notice.State.HELD, notice__held__digest=None),
        issuer=issuer,
    )
    told = about_to_be.values_list("notice__user_id", flat=True)
    made = add_staff_notices(
        Notice.Kind.REQUESTS, issuer.pk, roles=APPROVERS, but_not=list(told), at=at
    )
    RequestsNotice.objects.bulk_create(
        RequestsNotice(notice_id=number, issuer=issuer) for number in made
    )
    if made:
        enqueue("send_notices", notice_ids=made)


def _award(request: ClaimRequest, *, by: Actor, notify: bool) -> ClaimRequest:
    if request.state in (ClaimRequest.State.AWARDED, ClaimRequest.State.DECLINED):
        raise InvalidInput(general=[_ALREADY])
    link = request.link
    room = Q(limit=None) | Q(taken__lt=F("limit"))
    if not ClaimLink.objects.filter(room, pk=link.pk).update(taken=F("taken") + 1):
        raise InvalidInput(general=[_FULL])
    wish = Award(
        request.email,
        notify=notify,
        allow_duplicates=False,
        extensions=recipients.profile(request.name),
    )
    made = assertions.award(_badgeclass(link, by), wish, by=by)
    request.assertion_id = made.id
    request.state = ClaimRequest.State.AWARDED
    _save(request)
    return ClaimRequest.objects.select_related("link", "assertion").get(pk=request.pk)


def _note(action: audit.Action, link: ClaimLink, *, by: Actor, **said: Any) -> None:
    badgeclass = link.badgeclass
    audit.note(
        action,
        "claim-link",
        link.entity_id,
        by=by.user_entity_id,
        issuer=badgeclass.issuer.entity_id,
        badgeclass=badgeclass.entity_id,
        **said,
    )


def _maker(link: ClaimLink) -> Actor:
    """Who made the link, if they may award still."""
    person = link.created_by
    if person is None or not person.is_active:
        raise InvalidInput(general=[_NOBODY])
    by = Actor.person(person)
    try:
        policies.require_at(Reach.STAFF, by, _badgeclass(link, by))
    except NotPermitted as refusal:
        raise InvalidInput(general=[_NOBODY]) from refusal
    return by


def _badgeclass(link: ClaimLink, by: Actor) -> BadgeClassRecord:
    found = badgeclass_record(link.badgeclass.entity_id, by.user_id)
    if found is None:
        raise InvalidInput(general=[_NOBODY])
    return found


def _require_open(link: ClaimLink, email: str) -> None:
    now = state(link)
    if now == "full":
        raise InvalidInput(general=[_FULL])
    if now != "open":
        raise InvalidInput(general=[_NOT_OPEN])
    if link.domains and email.rpartition("@")[2] not in link.domains:
        raise InvalidInput({"email": [_DOMAIN]})


def _request(link: ClaimLink, email: str, name: str) -> ClaimRequest:
    now = timezone.now()
    try:
        with transaction.atomic():
            return ClaimRequest.objects.create(
                link=link, email=email, name=name[:200], created_at=now, updated_at=now
            )
    except IntegrityError:  # asked before, or at the same moment
        return ClaimRequest.objects.get(link=link, email=email)


def _again(request: ClaimRequest) -> ClaimRequest:
    locked = ClaimRequest.objects.select_for_update(of=("self",))
    found = locked.select_related("link__badgeclass__issuer", "link__created_by")
    return found.get(pk=request.pk)


def _mail(request: ClaimRequest, kind: Notice.Kind) -> None:
    notice = Notice.objects.create(kind=kind, to=request.email)
    Notice.objects.filter(claim_request=request).delete()
    ClaimRequest.objects.filter(pk=request.pk).update(notice=notice)
    enqueue("send_personal_notices", notice_ids=[notice.pk])


def _require_sense(wish: Wish) -> None:
    if wish.opens_at and wish.closes_at and wish.closes_at <= wish.opens_at:
        raise InvalidInput({"closes_at": [_BEFORE]})


def _columns(wish: Wish) -> dict[str, object]:
    return wish._asdict() | {"domains": list(wish.domains)}


def _save(request: ClaimRequest) -> None:
    request.updated_at = timezone.now()
    request.save()


def _one(found: ClaimLink | None) -> ClaimLink:
    if found is None:
        raise NotFound
    return found
