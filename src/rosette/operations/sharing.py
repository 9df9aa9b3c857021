"""
Show an award or a collection elsewhere: the table of providers, and the links that they want.

Nothing is sent anywhere: a link leads the person to the provider, where they say the rest. That
somebody asked for one is kept, for the recipient to see and for the issuer to count.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_noop as _

from rosette.errors import InvalidInput, NotFound
from rosette.models import Assertion, Collection, Share, Visibility
from rosette.models.assertions import (
    PublishedAssertion,
    published_assertion,
    published_assertions_in,
)
from rosette.models.backpack import identities_of, in_earnest, shares_for
from rosette.models.tallies import tally_award
from rosette.operations import audit, publishing
from rosette.operations.policies import Actor

_PRIVATE: Final = _("This award is private. Let it be seen first, by everybody or by link.")
_INSTANCE: Final = _("Say the address of your Mastodon server, such as mastodon.social.")
_HOST: Final = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


@dataclass(frozen=True, slots=True)
class Certificate:
    """
    An award as a line of a curriculum vitae; ``number`` is its name here.

    ``linkedin_id``: the number of the organisation's page at LinkedIn, or empty.
    """

    name: str
    organisation: str
    issued_on: datetime
    expires_on: datetime | None
    number: str
    linkedin_id: str = ""


@dataclass(frozen=True, slots=True)
class Shared:
    """
    What is shown: its public address, and what a provider may say of it.

    ``said`` is the person's sentence, empty for a collection; ``image`` the address of a picture,
    empty if there is none; ``certificate`` is None for a collection.
    """

    url: str
    said: str
    title: str
    summary: str
    image: str
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """
    Where the provider is told of what is shared.

    ``html`` is what to put into a page of one's own, of the provider ``embed`` alone. ``leads``:
    whether a caller may be sent there without having seen the address.
    """

    url: str
    html: str = ""
    leads: bool = True


@transaction.atomic
def share_award(
    entity_id: str,
    provider: str,
    *,
    by: Actor | None = None,
    identified: bool = False,
    instance: str = "",
    source: str = "",
    counted: bool = True,
) -> Link:
    """
    Show the award of this name at a provider.

    ``by`` is who asks, if they let us look at their backpack. ``identified``: if the award is
    theirs, the address says who the recipient is. ``instance``: their server, of a provider that
    has many. ``source``: what the program says of itself. ``counted``: whether it is kept.

    Raises NotFound, also for a revoked award, for one of somebody else that is not public, and
    for an unknown provider; InvalidInput for one's own that is private and for a wrong instance.
    """
    shared = award(entity_id, by=by, identified_for=by if identified else None)
    made = _link(provider, shared, instance)
    if counted:
        named = Q(entity_id=entity_id) | Q(share_hash=entity_id)
        number, name = Assertion.objects.filter(named).values_list("pk", "entity_id").get()
        _keep(provider, source, by, assertion_id=number)
        _note("award.share", "assertion", name, provider, by)
    return made


@transaction.atomic
def share_collection(
    entity_id: str,
    provider: str,
    *,
    by: Actor,
    instance: str = "",
    source: str = "",
    counted: bool = True,
) -> Link:
    """
    Show the published collection of this name at a provider; as ``share_award``.

    Raises NotFound, also for a provider that takes awards only.
    """
    made = _link(provider, collection(entity_id), instance)
    if counted:
        number = Collection.objects.values_list("pk", flat=True).get(entity_id=entity_id)
        _keep(provider, source, by, collection_id=number)
        _note("collection.share", "collection", entity_id, provider, by)
    return made


def shares(by: Actor) -> QuerySet[Share]:
    """Every time that one of the person's awards or collections was shown, by whomever."""
    return shares_for(by.user_id, identities_of(by.user_id))


def award(
    entity_id: str, *, by: Actor | None = None, identified_for: Actor | None = None
) -> Shared:
    """
    The award of this name, ready to be shared.

    For ``identified_for``, if the award is theirs, the address says who the recipient is, so
    that its page can show it. One that is seen by link is found by its hash, and by its own name
    for its recipient ``by``. Raises NotFound, also for a revoked award, and InvalidInput.
    """
    row = published_assertion(entity_id)
    if row is None and by is not None:
        row = published_assertion(_share_hash(entity_id, by))
    if row is None or not row.holds:
        raise NotFound
    shared = of_award(row)
    if identified_for is not None and _is_theirs(row, identified_for):
        said = f"identity__{row.recipient_kind}={quote(row.recipient_identity, safe='')}"
        return replace(shared, url=f"{shared.url}?{said}")
    return shared


def of_award(row: PublishedAssertion) -> Shared:
    """The award, ready to be shared as it is published."""
    credential = publishing.credential(row)
    issuer = row.badgeclass.issuer
    said = f"I earned a badge from {issuer.name}!"
    return Shared(
        url=credential.address,
        said=said,
        title=said,
        summary=row.badgeclass.name,
        image=credential.image or "",
        certificate=Certificate(
            row.badgeclass.name,
            issuer.name,
            row.issued_on,
            row.expires_on,
            row.entity_id,
            issuer.linkedin_id,
        ),
    )


def collection(entity_id: str) -> Shared:
    """The published collection of this name, ready to be shared. Raises NotFound."""
    row = (
        Collection.objects.exclude(share_hash="")
        .filter(entity_id=entity_id)
        .select_related("owner")
        .first()
    )
    if row is None:
        raise NotFound
    facts = publishing.collection(row, published_assertions_in(row.pk))
    image = next((award.image for award in facts.credentials if award.image), "")
    return Shared(facts.id, "", facts.name, facts.description, image)


def link(provider: str, shared: Shared, *, instance: str = "") -> str:
    """
    Where the provider is told of what is shared; its name's letter case does not matter.

    Raises NotFound for an unknown provider, and InvalidInput for a wrong ``instance``.
    """
    name = provider.lower()
    if name == "mastodon":  # a provider of many servers, of which the person says which
        return f"https://{_host(instance)}/share?text={quote(_text(shared))}"
    make = PROVIDERS.get(name)
    if make is None:
        raise NotFound
    return make(shared)


def embed_code(shared: Shared) -> str:
    """HTML that shows the award or collection inside a page of one's own."""
    return format_html(
        '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy"'
        ' style="border:0;max-width:100%"></iframe>',
        _embed(shared),
        shared.summary if shared.certificate else shared.title,
        *(("800", "420") if shared.certificate else ("800", "640")),
    )


def _link(provider: str, shared: Shared, instance: str) -> Link:
    url = link(provider, shared, instance=instance)
    html = embed_code(shared) if provider.lower() == "embed" else ""
    # Nobody can make this site lead people to a server of their own choice.
    return Link(url, html, leads=provider.lower() not in ("mastodon", "embed"))


def _keep(provider: str, source: str, by: Actor | None, **shown: int) -> None:
    Share.objects.create(
        provider=provider.lower(),
        source=source,
        user_id=by.user_id if by else None,
        created_at=timezone.now(),
        **shown,
    )
    if "assertion_id" in shown:
        today = timezone.now().astimezone(UTC).date()
        tally_award("shares", shown["assertion_id"], on=today)


def _note(
    action: audit.Action, kind: audit.Kind, name: str, provider: str, by: Actor | None
) -> None:
    who = by.user_entity_id if by else ""
    audit.note(action, kind, name, by=who, provider=provider.lower())


def _share_hash(entity_id: str, by: Actor) -> str:
    """The hash of the person's own award of this name. Raises NotFound and InvalidInput."""
    row = Assertion.objects.filter(in_earnest(by.user_id), entity_id=entity_id).first()
    theirs = identities_of(by.user_id).proven
    if row is None or (row.recipient_kind, row.recipient_identity) not in theirs:
        raise NotFound
    if row.visibility == Visibility.PRIVATE:
        raise InvalidInput(general=[_PRIVATE])
    return row.share_hash or ""


def _is_theirs(row: PublishedAssertion, person: Actor) -> bool:
    return (row.recipient_kind, row.recipient_identity) in identities_of(person.user_id).proven


def _host(instance: str) -> str:
    """``Mastodon.social``, ``https://mastodon.social/`` and ``@bob@mastodon.social`` name one."""
    said = instance.strip().lower().removeprefix("https://").rstrip("/")
    host = said.rpartition("@")[2]
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise InvalidInput({"instance": [_INSTANCE]}) from error
    if not _HOST.fullmatch(host):
        raise InvalidInput({"instance": [_INSTANCE]})
    return host


def _text(shared: Shared) -> str:
    return f"{shared.said or shared.title} {shared.url}"


def _twitter(shared: Shared) -> str:
    text = f"{shared.said} {shared.url}".strip()
    return f"https://twitter.com/intent/tweet?text={quote(text)}"


def _facebook(shared: Shared) -> str:
    return f"https://www.facebook.com/sharer/sharer.php?u={quote(shared.url)}"


def _linkedin(shared: Shared) -> str:
    return (
        f"https://www.linkedin.com/shareArticle?mini=true&url={quote(shared.url)}"
        f"&title={quote(shared.title)}&summary={quote(shared.summary)}"
    )


def _linkedin_profile(shared: Shared) -> str:
    """The form in which LinkedIn adds a certificate to one's profile, filled in."""
    found = shared.certificate
    if found is None:
        raise NotFound
    fields = {
        "startTask": "CERTIFICATION_NAME",
        "name": found.name,
        # LinkedIn takes the one or the other; by its number, the page's logo stands with it.
        **(
            {"organizationId": found.linkedin_id}
            if found.linkedin_id
            else {"organizationName": found.organisation}
        ),
        **_month("issue", found.issued_on),
        **_month("expiration", found.expires_on),
        "certUrl": shared.url,
        "certId": found.number,
    }
    return f"https://www.linkedin.com/profile/add?{urlencode(fields, quote_via=quote)}"


def _month(what: str, moment: datetime | None) -> dict[str, int]:
    if moment is None:
        return {}
    there = moment.astimezone(UTC)
    return {f"{what}Year": there.year, f"{what}Month": there.month}


def _pinterest(shared: Shared) -> str:
    # Of a collection, the name says more than the description, which may be empty.
    description = shared.summary if shared.said else shared.title
    media = f"&media={quote(shared.image)}" if shared.image else ""
    return (
        f"http://www.pinterest.com/pin/create/button/?url={quote(shared.url)}{media}"
        f"&description={quote(description)}"
    )


def _bluesky(shared: Shared) -> str:
    return f"https://bsky.app/intent/compose?text={quote(_text(shared), safe='')}"


def _whatsapp(shared: Shared) -> str:
    return f"https://wa.me/?text={quote(_text(shared), safe='')}"


def _mail(shared: Shared) -> str:
    subject = quote(shared.title, safe="")
    return f"mailto:?subject={subject}&body={quote(_text(shared), safe='')}"


def _embed(shared: Shared) -> str:
    joint = "&" if "?" in shared.url else "?"
    return f"{shared.url}{joint}embedVersion=2"


PROVIDERS: Final[Mapping[str, Callable[[Shared], str]]] = {
    "twitter": _twitter,
    "facebook": _facebook,
    "linkedin": _linkedin,
    "pinterest": _pinterest,
    "linkedin-profile": _linkedin_profile,
    "bluesky": _bluesky,
    "whatsapp": _whatsapp,
    "mail": _mail,
    "embed": _embed,
}
