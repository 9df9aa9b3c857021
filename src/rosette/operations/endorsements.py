"""
Endorse: ask for it, give it, withdraw it, and let others see it or not.

Those who work for an issuer endorse in its name. What they give is published and signed at once, by
itself; the endorsed one decides whether its own documents and pages lead there.
"""

import re
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from rosette.errors import InvalidInput, NotFound
from rosette.models import Assertion, BadgeClass, Endorsement, Issuer, Visibility, revisions
from rosette.models.endorsements import (
    PublishedEndorsement,
    published_endorsement,
    published_endorsements,
)
from rosette.openbadges import credential as facts
from rosette.openbadges import documents
from rosette.openbadges.jsonld import Document
from rosette.openbadges.keys import did_web
from rosette.operations import audit, credentials, keys, policies
from rosette.operations.credentials import Form
from rosette.operations.keys import Signer
from rosette.operations.policies import Actor, Reach

COMMENT_MAX_LENGTH: Final = 5000
SHOWN_MAX: Final = 20
"""So many endorsements one thing shows: its documents name them all."""
_ADDRESS: Final = re.compile(r"/public/(issuers|badges|assertions)/([^/\x00]+?)(\.json|/ob3)?/?")
_NOT_HERE: Final = _("This is no public address of an issuer, a badge or an award on this site.")
_NO_ISSUER: Final = _("This is no public address of an issuer on this site.")
_NOT_ONESELF: Final = _("Nobody can endorse what is their own.")
_NO_LONGER: Final = _("It was revoked, so it cannot be endorsed.")
_ONCE: Final = _("There is such an endorsement already, or it was asked for.")
_SANDBOX: Final = _("Sandboxes and other issuers cannot endorse each other.")
_SETTLED: Final = _("That has been decided already.")
_NOTHING_SAID: Final = _("Say something.")
_ENOUGH: Final = _("Twenty endorsements are shown already. Hide one of them first.")

State = Endorsement.State
Shown = Endorsement.Shown
Subject = Issuer | BadgeClass | Assertion


class Draft(NamedTuple):
    """An EndorsementCredential before it is signed; as ``credentials.Draft``."""

    form: Form
    document: Document
    issuer_url: str
    created: datetime
    signer: Signer
    digest: str


def subject_at(address: str) -> Subject:
    """
    What is published at this address: one of our own things, that everybody may see.

    The host in it is not looked at, because a server may be known under several. Raises
    InvalidInput.
    """
    try:
        found = _ADDRESS.fullmatch(urlsplit(address.strip()).path)
    except ValueError:
        found = None
    thing: Subject | None = None
    if found:
        wanted = {"entity_id": found[2], "source_url": None}
        if found[1] == "issuers":
            thing = Issuer.objects.filter(**wanted, deleted_at=None).first()
        elif found[1] == "badges":
            badges = BadgeClass.objects.select_related("issuer")
            thing = badges.filter(**wanted, deleted_at=None).first()
        else:
            awards = Assertion.objects.select_related("badgeclass", "issuer")
            thing = awards.filter(**wanted, visibility=Visibility.PUBLIC).first()
    if thing is None:
        raise InvalidInput({"about": [_NOT_HERE]})
    return thing


def issuer_at(address: str) -> Issuer:
    """The issuer that is published at this address. Raises InvalidInput."""
    try:
        found = subject_at(address)
    except InvalidInput:
        found = None
    if not isinstance(found, Issuer):
        raise InvalidInput({"endorser": [_NO_ISSUER]})
    return found


@transaction.atomic
def ask(subject: Subject, endorser: Issuer, wish: str, *, by: Actor) -> Endorsement:
    """
    Ask another issuer to endorse something of one's own; ``wish`` says why.

    Raises NotPermitted below editor, InvalidInput for one's own and for what was asked before.
    """
    policies.require(Reach.EDITOR, by, _owner(subject))
    made = _begin(subject, endorser, State.ASKED, wish=wish)
    _note("endorsement.ask", made, side="owner", by=by)
    return made


@transaction.atomic
def give(endorser: Issuer, subject: Subject, comment: str, *, by: Actor) -> Endorsement:
    """
    Endorse something of another issuer; ``comment`` is Markdown.

    It is published; the endorsed decides whether to show it. Raises as ``ask``.
    """
    policies.require(Reach.EDITOR, by, endorser)
    made = _begin(subject, endorser, State.GIVEN)
    _give(made, endorser, comment)
    _note("endorsement.give", made, side="endorser", by=by)
    return made


def find(entity_id: str, issuer: Issuer) -> Endorsement:
    """The endorsement of this name that the issuer gives, or that is of its own. NotFound."""
    found = (
        Endorsement.objects.filter(Q(endorser=issuer) | Q(owner=issuer), entity_id=entity_id)
        .select_related("endorser", "owner", "issuer", "badgeclass", "assertion__badgeclass")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def page_of(
    issuer: Issuer, side: Literal["by", "of"], *, by: Actor, before: int | None, limit: int
) -> list[Endorsement]:
    """
    Those that it gives or is asked for (``by``), or those of its own (``of``), newest first.

    ``before`` is the row number of the last one on the page before.
    """
    policies.require(Reach.READ, by, issuer)
    found = Endorsement.objects.filter(**{"endorser" if side == "by" else "owner": issuer})
    if before is not None:
        found = found.filter(pk__lt=before)
    found = found.select_related(
        "endorser", "owner", "issuer", "badgeclass", "assertion__badgeclass"
    )
    return list(found.order_by("-pk")[:limit])


@transaction.atomic
def answer(found: Endorsement, comment: str, *, by: Actor) -> None:
    """Give what was asked for; it is shown at once. Raises InvalidInput if that was decided."""
    found = _locked(found, by=by, side="endorser", state=State.ASKED)
    _require_holding(_subject(found))
    found.shown = Shown.SHOWN
    _give(found, found.endorser, comment)
    _publish(found)
    _note("endorsement.give", found, side="endorser", by=by)


@transaction.atomic
def decline(found: Endorsement, *, by: Actor) -> None:
    """Do not give what was asked for. Raises as ``answer``."""
    found = _locked(found, by=by, side="endorser", state=State.ASKED)
    found.state = State.DECLINED
    _save(found)
    _note("endorsement.decline", found, side="endorser", by=by)


@transaction.atomic
def take_back(found: Endorsement, *, by: Actor) -> None:
    """Ask no longer. Raises as ``answer``."""
    found = _locked(found, by=by, side="owner", state=State.ASKED)
    _note("endorsement.remove", found, side="owner", by=by)
    found.delete()


@transaction.atomic
def withdraw(found: Endorsement, reason: str, *, by: Actor) -> None:
    """Stand by it no longer, for good: its documents say so. Raises as ``answer``."""
    found = _locked(found, by=by, side="endorser", state=State.GIVEN)
    found.state, found.reason = State.WITHDRAWN, reason
    found.withdrawn_at = timezone.now()
    _save(found)
    _publish(found)
    _note("endorsement.withdraw", found, side="endorser", by=by)


@transaction.atomic
def show(found: Endorsement, *, is_shown: bool, by: Actor) -> None:
    """Let the endorsed thing lead to it, or not. Raises as ``answer``."""
    found = _locked(found, by=by, side="owner", state=State.GIVEN)
    found.shown = Shown.SHOWN if is_shown else Shown.HIDDEN
    _save(found)
    _publish(found)
    _note("endorsement.show", found, side="owner", by=by, shown=is_shown)


def shown(names: list[str] | None) -> list[facts.Endorsement]:
    """The endorsements that a page shows; asks nothing if there are none."""
    return [fact(row) for row in published_endorsements(names)] if names else []


def published(entity_id: str) -> PublishedEndorsement:
    """The endorsement of this name, as the world sees it. Raises NotFound."""
    found = published_endorsement(entity_id)
    if found is None:
        raise NotFound
    return found


def fact(row: PublishedEndorsement) -> facts.Endorsement:
    """The facts of an endorsement: what was said then, by whoever the endorser was then."""
    origin = settings.ROSETTE.origin
    path = {"issuer": "issuers", "badgeclass": "badges", "assertion": "assertions"}[row.kind]
    address = f"{origin}/public/issuers/{row.endorser}"
    return facts.Endorsement(
        id=f"{origin}/public/endorsements/{row.entity_id}",
        kind=cast(Literal["issuer", "badgeclass", "assertion"], row.kind),
        about=f"{origin}/public/{path}/{row.about}",
        name=row.name,
        issuer=facts.Profile(
            id=address,
            name=row.facts["name"],
            url=row.facts["url"],
            email=row.facts["email"],
            description=row.facts["description"] or None,
            image=f"{address}/image" if row.facts["image"] else None,
        ),
        comment=row.comment,
        issued_on=row.given_at,
        revocation=facts.Revocation(row.reason) if row.withdrawn_at else None,
    )


def draft(row: PublishedEndorsement, form: Form = "embedded") -> Draft:
    """
    The EndorsementCredential, be it withdrawn or not: its status says that.

    The same bytes for ever, as of awards (see ``credentials``).
    """
    said = fact(row)
    signer = keys.signer(row.endorser_id, credentials.kind_of(form))
    is_renewed = signer.mistrusted_at is not None and row.given_at < signer.mistrusted_at
    document = documents.endorsement_credential(
        said,
        valid_from=signer.mistrusted_at if is_renewed else None,
        revocations=f"{said.issuer.id}/withdrawn",
    )
    created = max(row.given_at, signer.since)
    digest = credentials.digest_of(form, document, said.issuer.id, created, signer)
    return Draft(form, document, said.issuer.id, created, signer, digest)


def withdrawn(issuer: str) -> Document:
    """The endorsements that the issuer withdrew (OB 3.0, "RevocationList"). Raises NotFound."""
    number = keys.issuer_number(issuer)
    origin = settings.ROSETTE.origin
    address = f"{origin}/public/issuers/{issuer}"
    found = Endorsement.objects.filter(endorser_id=number, state=State.WITHDRAWN).order_by("pk")
    return {
        "id": f"{address}/withdrawn",
        "issuer": did_web(address),
        "revokedCredential": [
            {
                "id": f"{origin}/public/endorsements/{name}/ob3",
                "revoked": True,
                "revocationReason": reason,
            }
            for name, reason in found.values_list("entity_id", "reason")
        ],
    }


def name_of(subject: Subject) -> str:
    """What the endorsed thing is called. Wants the badge class of an award read."""
    return subject.badgeclass.name if isinstance(subject, Assertion) else subject.name


def _begin(subject: Subject, endorser: Issuer, state: State, *, wish: str = "") -> Endorsement:
    owner = _owner(subject)
    if owner.pk == endorser.pk:
        raise InvalidInput({"about": [_NOT_ONESELF]})
    if owner.sandbox != endorser.sandbox:
        raise InvalidInput({"about": [_SANDBOX]})
    _require_holding(subject)
    now = timezone.now()
    made = Endorsement(
        endorser=endorser,
        owner=owner,
        issuer=subject if isinstance(subject, Issuer) else None,
        badgeclass=subject if isinstance(subject, BadgeClass) else None,
        assertion=subject if isinstance(subject, Assertion) else None,
        state=state,
        wish=wish,
        name=name_of(subject)[:1024],
        created_at=now,
        updated_at=now,
    )
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise InvalidInput({"about": [_ONCE]}) from None
    return made


def _give(made: Endorsement, endorser: Issuer, comment: str) -> None:
    comment = comment.strip()
    if not comment:
        raise InvalidInput({"comment": [_NOTHING_SAID]})
    made.state, made.comment = State.GIVEN, comment[:COMMENT_MAX_LENGTH]
    made.name = name_of(_subject(made))[:1024]
    made.facts = revisions.issuer_facts(endorser)
    made.given_at = timezone.now()
    _save(made)


def _publish(changed: Endorsement) -> None:
    """
    Let the endorsed thing name the endorsements that it shows.

    They stand in its own row, so that nobody who reads it asks a second table, and its documents
    change with it. Raises InvalidInput if there are too many.
    """
    kind = "issuer" if changed.issuer_id else "badgeclass" if changed.badgeclass_id else "assertion"
    number = getattr(changed, f"{kind}_id")
    models: dict[str, type[Issuer] | type[BadgeClass] | type[Assertion]] = {
        "issuer": Issuer,
        "badgeclass": BadgeClass,
        "assertion": Assertion,
    }
    model = models[kind]
    row = model._default_manager.select_for_update().only("endorsements").get(pk=number)
    found = Endorsement.objects.filter(
        **{f"{kind}_id": number}, state=State.GIVEN, shown=Shown.SHOWN
    )
    names = list(found.order_by("given_at", "pk").values_list("entity_id", flat=True))
    if len(names) > SHOWN_MAX:
        raise InvalidInput(general=[_ENOUGH])
    if names != (row.endorsements or []):
        model._default_manager.filter(pk=row.pk).update(
            endorsements=names or None, updated_at=timezone.now()
        )


def _note(
    action: audit.Action,
    found: Endorsement,
    *,
    side: Literal["endorser", "owner"],
    by: Actor,
    **said: Any,
) -> None:
    issuer: Issuer = getattr(found, side)
    audit.note(
        action,
        "endorsement",
        found.entity_id,
        by=by.user_entity_id,
        issuer=issuer.entity_id,
        about=_subject(found).entity_id,
        **said,
    )


def _locked(
    found: Endorsement, *, by: Actor, side: Literal["endorser", "owner"], state: State
) -> Endorsement:
    """The endorsement, which nobody else changes now, in this state. Wants editors of that side."""
    found = Endorsement.objects.select_for_update(of=("self",)).get(pk=found.pk)
    policies.require(Reach.EDITOR, by, getattr(found, side))
    if found.state != state:
        raise InvalidInput(general=[_SETTLED])
    return found


def _save(found: Endorsement) -> None:
    found.updated_at = timezone.now()
    found.save()


def _subject(found: Endorsement) -> Subject:
    subject = found.issuer or found.badgeclass or found.assertion
    assert subject is not None, "the database sees to it"
    return subject


def _owner(subject: Subject) -> Issuer:
    return subject if isinstance(subject, Issuer) else subject.issuer


def _require_holding(subject: Subject) -> None:
    if isinstance(subject, Assertion) and subject.revoked_at is not None:
        raise InvalidInput({"about": [_NO_LONGER]})
