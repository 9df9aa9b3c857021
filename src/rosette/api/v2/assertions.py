"""/v2/assertions, and the awards of one badge class or issuer"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from rosette.api import examples
from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.v2 import feeds, paging
from rosette.api.v2.envelope import Answer, endpoint
from rosette.api.v2.issuers import LIST, READ, WRITE
from rosette.api.v2.requests import assertions as requests
from rosette.api.v2.requests.queries import AssertionQuery, FeedQuery
from rosette.api.v2.responses.assertions import (
    AssertionObject,
    RevocationObject,
    assertion,
    assertion_objects,
)
from rosette.api.v2.responses.common import badgeclass_address
from rosette.errors import InvalidInput, NotFound, Refused
from rosette.models import BadgeClass, Issuer, IssuerStaff
from rosette.models.assertions import AssertionRecord, assertion_records
from rosette.models.badgeclasses import BadgeClassRecord, badgeclass_record
from rosette.models.base import marks, stored_moment
from rosette.openbadges.recipient import KINDS, normalised
from rosette.operations import assertions, issuers
from rosette.operations.assertions import Revocation
from rosette.operations.policies import Actor, Reach

EXAMPLE = {
    "recipient": {"identity": "bob@example.org", "type": "email"},
    "narrative": "Tied them **all**",
    "evidence": [{"url": "https://harbor.example.org/knots/bob"}],
}


@endpoint(
    scopes=WRITE,
    verified=True,
    status=201,
    body=requests.AwardEntry,
    result=AssertionObject,
    example=EXAMPLE,
)
def award(request: HttpRequest, by: Caller, badgeclass_id: str) -> Sequence[AssertionObject]:
    """
    Award a badge class to one recipient.

    For the issuer's staff. The first award ever to an address is announced by mail; any other
    if `notify` says so.
    """
    badgeclass = awardable(badgeclass_id, by.actor)
    wish, choice = requests.award(body(request))
    if any(choice):
        raise InvalidInput(general=[requests.MULTIPLE_CHOICE])
    return [assertion(assertions.award(badgeclass, wish, by=by.actor))]


@endpoint(scopes=READ, verified=True, query=AssertionQuery, result=AssertionObject)
def index_of_badgeclass(request: HttpRequest, by: Caller, badgeclass_id: str) -> Answer:
    """The awards of one badge class, unless they are expired or revoked."""
    badgeclass = badgeclass_record(badgeclass_id, by.actor.user_id)
    if badgeclass is None or _reach(by.actor, badgeclass) < Reach.READ:
        raise NotFound
    return _listed(request, "a.badgeclass_id = %s", [badgeclass.id])


@endpoint(
    scopes=WRITE,
    verified=True,
    status=201,
    body=requests.Batch,
    items=requests.AwardEntry,
    result=AssertionObject,
    example={"create_notification": True, "assertions": [EXAMPLE]},
)
def award_many(request: HttpRequest, by: Caller, badgeclass_id: str) -> Sequence[AssertionObject]:
    """
    Award a badge class to many recipients, all or none.

    For the issuer's staff. If anything is wrong, nothing is awarded, and `fieldErrors` is a list
    with one object per award, `{}` for those that are fine. With `?async=1`, as `POST …/jobs`.
    """
    badgeclass = awardable(badgeclass_id, by.actor)
    wishes = requests.awards(body(request), at_most=settings.ROSETTE.batch_max_awards)
    return assertion_objects(assertions.award_many(badgeclass, wishes, by=by.actor))


@endpoint(
    scopes=WRITE,
    verified=True,
    status=201,
    body=requests.AwardEntry,
    result=AssertionObject,
    example={"badgeclass": examples.BADGECLASS, **EXAMPLE},
)
def award_of_issuer(request: HttpRequest, by: Caller, issuer_id: str) -> Sequence[AssertionObject]:
    """
    Award a badge class of this issuer, which the body names.

    By exactly one of `badgeclass`, `badgeclassOpenBadgeId` and `badgeclassName`.
    """
    issuer = issuers.find(issuer_id, by=by.actor, reach=Reach.STAFF)
    wish, choice = requests.award(body(request))
    badgeclass = awardable(_chosen(issuer, choice), by.actor)
    return [assertion(assertions.award(badgeclass, wish, by=by.actor))]


@endpoint(scopes=READ, verified=True, query=AssertionQuery, result=AssertionObject)
def index_of_issuer(request: HttpRequest, by: Caller, issuer_id: str) -> Answer:
    """The awards of one issuer, unless they are expired or revoked."""
    issuer = issuers.find(issuer_id, by=by.actor, reach=Reach.READ)
    return _listed(request, "a.issuer_id = %s", [issuer.pk])


@endpoint(scopes=READ, verified=True, result=AssertionObject)
def read(request: HttpRequest, by: Caller, assertion_id: str) -> Sequence[AssertionObject]:
    """One award, revoked or not."""
    return [assertion(assertions.find(assertion_id, by=by.actor, reach=Reach.READ))]


@endpoint(
    scopes=WRITE,
    verified=True,
    body=requests.AmendmentEntry,
    result=AssertionObject,
    example={"narrative": "Tied them **all**, twice"},
)
def amend(request: HttpRequest, by: Caller, assertion_id: str) -> Sequence[AssertionObject]:
    """
    Change an award.

    For the issuer's editors. What is left out stays as it is.
    """
    found = assertions.find(assertion_id, by=by.actor, reach=Reach.EDITOR)
    return [assertion(assertions.amend(found, requests.amendment(body(request)), by=by.actor))]


@endpoint(
    scopes=WRITE,
    verified=True,
    body=requests.RevocationReason,
    result=AssertionObject,
    example={"revocation_reason": "Issued in error"},
    answer={"revoked": True, "revocationReason": "Issued in error", "image": None},
)
def revoke(request: HttpRequest, by: Caller, assertion_id: str) -> Sequence[AssertionObject]:
    """
    Revoke an award, for good.

    For the issuer's editors. Without any body, a general reason is given.
    """
    found = assertions.find(assertion_id, by=by.actor, reach=Reach.EDITOR)
    reason = requests.revocation(body(request))
    return [assertion(assertions.revoke(found, reason=reason, by=by.actor))]


@endpoint(
    scopes=WRITE,
    verified=True,
    items=requests.RevocationEntry,
    result=RevocationObject,
    example=[{"entityId": examples.ASSERTION, "revocationReason": "Issued in error"}],
)
def revoke_many(request: HttpRequest, by: Caller) -> Answer:
    """
    Revoke many awards.

    Each on its own: what became of it stands in the answer, in the same order.
    """
    items = requests.revocations(body(request))
    asked = [_asked(item) for item in items]
    wishes = [item for item in asked if isinstance(item, Revocation)]
    outcomes = iter(assertions.revoke_many(wishes, by=by.actor))
    shown = [
        _told(item, next(outcomes)) if isinstance(item, Revocation) else item for item in asked
    ]
    return Answer(shown, description="revoked badges")


@endpoint(
    scopes=LIST,
    verified=True,
    query=FeedQuery,
    result=AssertionObject,
    beside=paging.FeedBeside,
    refusals=(400,),
)
def changed(request: HttpRequest, by: Caller) -> Answer:
    """
    Awards that have changed, revoked and expired ones too, earliest change first.

    Send the answer's `timestamp` back as the next `since`.
    """
    mine = list(
        IssuerStaff.objects.filter(user_id=by.actor.user_id, issuer__deleted_at=None).values_list(
            "issuer_id", flat=True
        )
    )
    begun = paging.since(request)
    where, parameters = f"a.issuer_id IN ({marks(mine)})", list(mine)
    if begun is not None:
        where, parameters = f"{where} AND a.updated_at > %s", [*parameters, stored_moment(begun)]
    if not mine:
        where, parameters = "1 = 0", []
    return feeds.feed(
        request,
        _slice(where, parameters, "updated_at"),
        lambda row: paging.Position(row.updated_at, row.id),
        assertion_objects,
    )


def _reach(actor: Actor, badgeclass: BadgeClassRecord) -> Reach:
    return actor.reach(badgeclass.issuer_entity_id, badgeclass.role)


def awardable(badgeclass_id: str, actor: Actor) -> BadgeClassRecord:
    """Asked here as well as in the operation, so that strangers learn nothing of their mistakes."""
    found = badgeclass_record(badgeclass_id, actor.user_id)
    if found is None or _reach(actor, found) < Reach.STAFF:
        raise NotFound
    return found


def _chosen(issuer: Issuer, choice: requests.Choice) -> str:
    """The name of the badge class that the body means. Raises InvalidInput."""
    if sum(said is not None for said in choice) > 1:
        raise InvalidInput(general=[requests.MULTIPLE_CHOICE])
    classes = BadgeClass.objects.filter(deleted_at=None)
    if choice.name is not None:
        found = list(
            classes.filter(issuer=issuer, name=choice.name).values_list("entity_id", flat=True)[:2]
        )
        if not found:
            raise InvalidInput(general=[f"No matching BadgeClass found with name {choice.name}"])
        if len(found) > 1:
            count = classes.filter(issuer=issuer, name=choice.name).count()
            raise InvalidInput(
                general=[f"Could not award; {count} BadgeClasses with name {choice.name}"]
            )
        return found[0]
    if choice.entity_id is not None:
        name, unknown = (
            choice.entity_id,
            (f'Invalid entity_id "{choice.entity_id}" - object does not exist.'),
        )
    elif choice.open_badge_id is not None:
        name = choice.open_badge_id.removeprefix(badgeclass_address(""))
        unknown = "Invalid hyperlink - Object does not exist."
    else:
        raise InvalidInput({"badgeclass": ["This field is required"]})
    badgeclass = classes.filter(entity_id=name).first()
    if badgeclass is None:
        field = "badgeclass" if choice.entity_id is not None else "badgeclassOpenBadgeId"
        raise InvalidInput({field: [unknown]})
    if badgeclass.issuer_id != issuer.pk:
        raise InvalidInput({"badgeclass": ["Could not find matching badgeclass for this issuer."]})
    return badgeclass.entity_id


def _asked(item: Any) -> Revocation | RevocationObject:
    """One item of a batch of revocations, or in the wire's words what is wrong with it."""
    try:
        entry = requests.revocation_entry(item)
    except InvalidInput as refusal:
        name = item.get("entityId") if isinstance(item, dict) else None
        return {
            "revoked": False,
            "entityId": name if isinstance(name, str) else None,
            "revocationReason": None,
            "reason": str(dict(refusal.fields) or refusal.general),
        }
    failed: RevocationObject = {
        "revoked": False,
        "entityId": entry.entity_id or None,
        "revocationReason": entry.reason,
    }
    if not entry.entity_id:
        return {**failed, "reason": "entityId is required"}
    if entry.reason is None:
        return {**failed, "reason": "revocationReason is required"}
    if not entry.reason:
        return {**failed, "reason": "['revocation_reason is required']"}
    return Revocation(entry.entity_id, entry.reason)


def _told(wish: Revocation, refusal: Refused | None) -> RevocationObject:
    """What became of it."""
    shown: RevocationObject = {
        "revoked": refusal is None,
        "entityId": wish.entity_id,
        "revocationReason": wish.reason,
    }
    match refusal:
        case None:
            return shown
        case InvalidInput():
            return {**shown, "reason": str(refusal.general)}
        case _:
            return {**shown, "reason": "permission denied or object not found"}


def _listed(request: HttpRequest, where: str, parameters: list[Any]) -> Answer:
    rows, headers = part(request, where, parameters)
    return Answer(assertion_objects(rows), headers=headers)


def part(
    request: HttpRequest, where: str, parameters: list[Any]
) -> tuple[Sequence[AssertionRecord], Mapping[str, str]]:
    """Those of the awards that the query asks for, and the headers that lead to the others."""
    recipients = request.GET.getlist("recipient")
    if recipients:
        # As it is kept, of whatever kind it may be.
        # NUL, which no identity has, makes PostgreSQL refuse the whole question.
        names = [name.replace("\x00", "\N{REPLACEMENT CHARACTER}") for name in recipients]
        # A blank is mostly a plus of an address, which clients put into the query as it is.
        names += [name.replace(" ", "+") for name in names]
        wanted = sorted({form for name in names for form in _forms(name)})
        # The plus keeps SQLite from the index of the class or issuer, whose order it likes so much
        # that it would read them whole.
        where = f"+{where} AND a.recipient_identity IN ({marks(wanted)})"
        parameters = [*parameters, *wanted]
    if not _says_yes(request, "include_revoked"):
        where = f"{where} AND a.revoked_at IS NULL"
    if not _says_yes(request, "include_expired"):
        where = f"{where} AND (a.expires_on IS NULL OR a.expires_on >= %s)"
        parameters = [*parameters, stored_moment(timezone.now())]
    size = paging.page_size(request, default=None)
    if size is None:
        return assertion_records(where, parameters, order="a.created_at, a.id"), {}
    found = paging.page(
        request,
        _slice(where, parameters, "created_at"),
        lambda row: paging.Position(row.created_at, row.id),
        size=size,
        newest_first=True,
    )
    return found.rows, paging.links(request, found)


def _slice(where: str, parameters: list[Any], moment: str) -> paging.Slice:
    def read(after: paging.Position | None, *, upwards: bool, limit: int) -> Sequence[Any]:
        direction, beyond = ("ASC", ">") if upwards else ("DESC", "<")
        clause, values = where, parameters
        if after is not None:
            clause = f"{where} AND (a.{moment}, a.id) {beyond} (%s, %s)"
            values = [*parameters, stored_moment(after.at), after.number]
        order = f"a.{moment} {direction}, a.id {direction}"
        return assertion_records(clause, values, order=order, limit=limit)

    return read


def _forms(identity: str) -> set[str]:
    return {normalised(identity, kind) for kind in KINDS}


def _says_yes(request: HttpRequest, name: str) -> bool:
    return request.GET.get(name, "").lower() in ("1", "true")
