"""
All that this server keeps of one person, in an archive that people and programs can read.

No secrets are in it, and nothing about others: of what somebody awarded, only where it is.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import datetime
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import orjson
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_noop as _

from rosette import images
from rosette.errors import InvalidInput, NotFound
from rosette.models import (
    AccessToken,
    Application,
    Assertion,
    AwardJob,
    ClaimRequest,
    Collection,
    Identifier,
    IssuerStaff,
    LegacyToken,
    Notice,
    PathwayCompletion,
    Share,
    SocialAccount,
    TermsAgreement,
    User,
)
from rosette.models.assertions import (
    AssertionRecord,
    PublishedAssertion,
    assertion_records,
    kept_assertions,
)
from rosette.models.backpack import (
    Identities,
    Original,
    awarded_to,
    awards_in,
    held_by,
    identities_of,
    originals_of,
    shares_for,
)
from rosette.operations import (
    applications,
    baking,
    devices,
    notifications,
    passkeys,
    pictures,
    publishing,
    second_steps,
)

TOO_LARGE: Final = _(
    "This is more than the server hands out at a time. Its administrators can make the archive: "
    "rosette user export."
)
_AT_A_TIME: Final = 500
_EXTENSIONS: Final = {images.PNG: "png", images.SVG: "svg"}
_README: Final = """\
Everything that {site} ({origin}) keeps about {name}.

account.json          your name, addresses, identifiers and consents, how you sign in, and which
                      mails you want
awards-received.json  every award to one of your identities, rejected and imported ones too
awards/               of each of them, the document (.json) and the baked image, which carries
                      the document inside of it and can be given to any backpack; what is not
                      public here cannot be verified there
awards-issued.json    where the awards are that you made; they belong to their issuers
award-jobs.json       awards in great number that you asked for
badge-requests.json   badges that you asked for by a link
pathways.json         pathways that you have completed
issuers.json          the issuers that you work for, and your role
collections.json      your collections, and where the published ones are shared
shares.json           where your awards and collections were shown, and what you showed
access.json           programs that may act for you, and programs of your own; no secrets
mails.json            mails that were sent to you, without their text

All files are JSON in UTF-8; moments are ISO 8601, in UTC.
"""


def write(person: User, file: IO[bytes], *, max_bytes: int | None = None) -> None:
    """
    Write the archive (ZIP) of all the person's data into the file.

    Row after row is read and written, so that little is in memory at a time. Raises InvalidInput
    once more than ``max_bytes`` are written.
    """

    def watch() -> None:
        if max_bytes is not None and file.tell() > max_bytes:
            raise InvalidInput(general=[TOO_LARGE])

    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        readme = _README.format(
            site=settings.ROSETTE.site_name, origin=settings.ROSETTE.origin, name=person.name
        )
        archive.writestr("README.txt", readme)
        _put(archive, "account.json", _account(person))
        identities = identities_of(person.pk)
        received = _received(person, identities)
        awards = {award.entity_id for award in received}
        for name, items in (
            ("awards-issued", _issued(person)),
            ("award-jobs", _jobs(person)),
            ("badge-requests", _requests(identities)),
            ("pathways", _pathways(identities)),
            ("issuers", _issuers(person)),
            ("collections", _collections(person)),
            ("shares", _shares(person, identities, awards)),
            ("mails", _mails(person)),
            ("awards-received", map(_award, received)),
        ):
            _put_all(archive, f"{name}.json", items, watch)
        _put(archive, "access.json", _access(person))
        for start in range(0, len(received), _AT_A_TIME):
            _put_awards(archive, received[start : start + _AT_A_TIME], watch)


def _put(archive: ZipFile, name: str, content: Any) -> None:
    archive.writestr(name, orjson.dumps(content, option=orjson.OPT_INDENT_2))


def _put_all(
    archive: ZipFile, name: str, items: Iterator[dict[str, Any]], watch: Callable[[], None]
) -> None:
    """A list, written item by item; ``watch`` is called after each."""
    with archive.open(name, "w") as entry:
        start = b"[\n"
        for item in items:
            entry.write(start + orjson.dumps(item, option=orjson.OPT_INDENT_2))
            start = b",\n"
            watch()
        entry.write(b"\n]\n" if start == b",\n" else b"[]\n")


def _put_awards(
    archive: ZipFile, awards: Sequence[AssertionRecord], watch: Callable[[], None]
) -> None:
    numbers = [award.id for award in awards]
    kept, originals = kept_assertions(numbers), originals_of(numbers)
    for award in awards:
        if row := kept.get(award.id):
            _put_award(archive, award.entity_id, row, originals.get(award.id))
            watch()


def _put_award(
    archive: ZipFile, entity_id: str, row: PublishedAssertion, original: Original | None
) -> None:
    document = publishing.written(
        publishing.credential(row), expand=("badge", "badge.issuer"), pretty=True
    )
    archive.writestr(f"awards/{entity_id}.json", document)
    try:
        extension = _EXTENSIONS[pictures.media_type(row.badgeclass.image)]
        content = baking.baked_with(original, row)
    except (NotFound, KeyError):
        return  # revoked, or without an image
    archive.writestr(f"awards/{entity_id}.{extension}", content, ZIP_STORED)


def _account(person: User) -> dict[str, Any]:
    return {
        "entityId": person.entity_id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "createdAt": _moment(person.created_at),
        "updatedAt": _moment(person.updated_at),
        "isAdministrator": person.is_superuser,
        "hasPassword": person.has_usable_password(),
        "signsInInTwoSteps": second_steps.is_on(person),
        "passkeys": [
            {
                "name": item.data.get("name", ""),
                "createdAt": _moment(item.created_at),
                "lastUsedAt": _moment(item.last_used_at),
            }
            for item in passkeys.of_person(person)
        ],
        "signedInOn": [
            {
                "browser": item.session.agent,
                "since": _moment(item.session.signed_in_at),
                "lastUsedAt": _moment(item.session.seen_at),
            }
            for item in devices.of_person(person)
        ],
        "marketingOptIn": person.marketing_opt_in,
        "mails": {kind.value: how.value for kind, how in notifications.choices_of(person).items()},
        "termsAgreed": [
            {"version": item.version, "agreedAt": _moment(item.agreed_at)}
            for item in TermsAgreement.objects.filter(user=person).order_by("version")
        ],
        "emails": [
            {"email": item.email, "verified": item.verified, "primary": item.primary}
            for item in person.addresses()
        ],
        "identifiers": [
            {
                "type": item.kind,
                "identity": item.value,
                "claimedAt": _moment(item.created_at),
                "verifiedAt": _moment(item.verified_at),
            }
            for item in Identifier.objects.filter(user=person).order_by("pk")
        ],
        "signInAccounts": [
            {
                "provider": item.provider,
                "uid": item.uid,
                "addedAt": _moment(item.date_joined),
                "told": item.extra_data,
            }
            for item in SocialAccount.objects.filter(user=person).order_by("pk")
        ],
    }


def _received(person: User, identities: Identities) -> list[AssertionRecord]:
    where, parameters = held_by(person.pk, identities)
    return assertion_records(where, parameters, order="a.id")


def _award(award: AssertionRecord) -> dict[str, Any]:
    return {
        "entityId": award.entity_id,
        "openBadgeId": award.source_url or _public("assertions", award.entity_id),
        "importedFrom": award.source_url,
        "badgeclass": award.badgeclass_source_url or _public("badges", award.badgeclass),
        "issuer": award.issuer_source_url or _public("issuers", award.issuer),
        "recipient": {"type": award.recipient_kind, "identity": award.recipient_identity},
        "salt": award.salt,
        "acceptance": award.acceptance,
        "visibility": award.visibility,
        "sharedAt": _public("assertions", award.share_hash) if award.share_hash else None,
        "issuedOn": _moment(award.issued_on),
        "expires": _moment(award.expires_on),
        "revokedAt": _moment(award.revoked_at),
        "revocationReason": award.revocation_reason,
        "narrative": award.narrative,
        "evidence": award.evidence,
    }


def _issued(person: User) -> Iterator[dict[str, Any]]:
    made = Assertion.objects.filter(created_by=person, source_url=None).order_by("pk")
    for entity_id, badgeclass, issuer, issued_on, revoked_at in made.values_list(
        "entity_id", "badgeclass__entity_id", "issuer__entity_id", "issued_on", "revoked_at"
    ).iterator(chunk_size=1000):
        yield {
            "openBadgeId": _public("assertions", entity_id),
            "badgeclass": _public("badges", badgeclass),
            "issuer": _public("issuers", issuer),
            "issuedOn": _moment(issued_on),
            "revokedAt": _moment(revoked_at),
        }


def _jobs(person: User) -> Iterator[dict[str, Any]]:
    asked = AwardJob.objects.filter(created_by=person).select_related("badgeclass").order_by("pk")
    for item in asked.iterator(chunk_size=1000):
        yield {
            "entityId": item.entity_id,
            "badgeclass": _public("badges", item.badgeclass.entity_id),
            "state": item.state,
            "lines": item.total,
            "awarded": item.awarded,
            "createdAt": _moment(item.created_at),
            "finishedAt": _moment(item.finished_at),
        }


def _requests(identities: Identities) -> Iterator[dict[str, Any]]:
    emails = [text for kind, text in identities.proven if kind == "email"]
    asked = ClaimRequest.objects.filter(email__in=emails).select_related("link__badgeclass")
    for item in asked.order_by("pk").iterator(chunk_size=1000):
        yield {
            "badgeclass": _public("badges", item.link.badgeclass.entity_id),
            "email": item.email,
            "name": item.name,
            "state": item.state,
            "reason": item.reason,
            "askedAt": _moment(item.created_at),
        }


def _pathways(identities: Identities) -> Iterator[dict[str, Any]]:
    completed = PathwayCompletion.objects.filter(awarded_to(identities.proven))
    mine = completed.select_related("pathway").order_by("pk")
    for item in mine.iterator(chunk_size=1000):
        yield {
            "pathway": _public("pathways", item.pathway.entity_id),
            "name": item.pathway.name,
            "recipient": {"type": item.recipient_kind, "identity": item.recipient_identity},
            "completedAt": _moment(item.completed_at),
        }


def _issuers(person: User) -> Iterator[dict[str, Any]]:
    for item in IssuerStaff.objects.filter(user=person).select_related("issuer").order_by("pk"):
        yield {
            "entityId": item.issuer.entity_id,
            "openBadgeId": _public("issuers", item.issuer.entity_id),
            "name": item.issuer.name,
            "role": item.role,
        }


def _collections(person: User) -> Iterator[dict[str, Any]]:
    mine = list(Collection.objects.filter(owner=person).order_by("pk"))
    awards = awards_in([item.pk for item in mine])
    for item in mine:
        yield {
            "entityId": item.entity_id,
            "name": item.name,
            "description": item.description,
            "createdAt": _moment(item.created_at),
            "sharedAt": _public("collections", item.share_hash) if item.share_hash else None,
            "awards": awards[item.pk],
        }


def _shares(
    person: User, identities: Identities, awards: Container[str]
) -> Iterator[dict[str, Any]]:
    """Of awards that are not the person's, what they showed where, and not their names."""
    of_theirs = shares_for(person.pk, identities)
    found = (of_theirs | Share.objects.filter(user=person)).order_by("pk")
    for item in found.iterator(chunk_size=1000):
        award, collection = item.assertion, item.collection
        is_award_theirs = award is not None and award.entity_id in awards
        is_collection_theirs = collection is not None and collection.owner_id == person.pk
        yield {
            "provider": item.provider,
            "program": item.source or None,
            "award": award.entity_id if award and is_award_theirs else None,
            "collection": collection.entity_id if collection and is_collection_theirs else None,
            "byYou": item.user_id == person.pk,
            "createdAt": _moment(item.created_at),
        }


def _access(person: User) -> dict[str, Any]:
    held = AccessToken.objects.filter(Q(user=person) | Q(user=None, application__user=person))
    legacy = LegacyToken.objects.filter(user=person).first()
    return {
        "tokens": [
            {
                "entityId": item.entity_id,
                "name": item.name or None,
                "application": item.application.name if item.application else None,
                "website": item.application.website_url if item.application else None,
                "scope": item.scope,
                "createdAt": _moment(item.created),
                "expires": _moment(item.expires),
                "lastUsedAt": _moment(item.last_used_at),
            }
            for item in held.select_related("application").order_by("pk")
        ],
        "tokenWithoutEnd": {"createdAt": _moment(legacy.created_at)} if legacy else None,
        "applications": [
            {
                "clientId": item.client_id,
                "name": item.name,
                "website": item.website_url,
                "redirectUris": item.redirect_uris.split(),
                "createdAt": _moment(item.created),
            }
            for item in Application.objects.filter(user=person)
            .exclude(client_id=applications.PUBLIC)
            .order_by("pk")
        ],
    }


def _mails(person: User) -> Iterator[dict[str, Any]]:
    addresses = [item.email for item in person.addresses() if item.verified]
    sent = Notice.objects.filter(Q(user=person) | Q(to__in=addresses)).order_by("pk")
    for item in sent.iterator(chunk_size=1000):
        yield {
            "kind": item.kind,
            "to": item.to,
            "state": item.state,
            "createdAt": _moment(item.created_at),
            "sentAt": _moment(item.sent_at),
        }


def _public(noun: str, name: str) -> str:
    return f"{settings.ROSETTE.origin}/public/{noun}/{name}"


def _moment(value: datetime | None) -> str | None:
    return value.isoformat().replace("+00:00", "Z") if value else None
