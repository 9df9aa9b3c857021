"""
Show an award or a collection elsewhere: the table of providers, and the links that they want.

Nothing is sent anywhere: a link leads the person to the provider, where they say the rest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from rosette.errors import NotFound
from rosette.models import Collection
from rosette.models.assertions import (
    PublishedAssertion,
    published_assertion,
    published_assertions_in,
)
from rosette.models.backpack import identities_of
from rosette.operations import publishing
from rosette.operations.policies import Actor


@dataclass(frozen=True, slots=True)
class Shared:
    """
    What is shown: its public address, and what a provider may say of it.

    ``said`` is the person's sentence, empty for a collection; ``image`` the address of a picture,
    empty if there is none.
    """

    url: str
    said: str
    title: str
    summary: str
    image: str


def award(entity_id: str, *, identified_for: Actor | None = None) -> Shared:
    """
    The award of this name, ready to be shared.

    For ``identified_for``, if the award is theirs, the address says who the recipient is, so
    that its page can show it. Raises NotFound, also for a revoked award.
    """
    row = published_assertion(entity_id)
    if row is None or row.revoked_at is not None:
        raise NotFound
    credential = publishing.credential(row)
    url = credential.address
    if identified_for is not None and _is_theirs(row, identified_for):
        url = f"{url}?identity__{row.recipient_kind}={quote(row.recipient_identity, safe='')}"
    said = f"I earned a badge from {row.badgeclass.issuer.name}!"
    return Shared(url, said, said, row.badgeclass.name, credential.image or "")


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


def link(provider: str, shared: Shared) -> str:
    """
    Where the provider is told of what is shared; its name's letter case does not matter.

    Raises NotFound for an unknown provider.
    """
    make = PROVIDERS.get(provider.lower())
    if make is None:
        raise NotFound
    return make(shared)


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


def _pinterest(shared: Shared) -> str:
    # Of a collection, the name says more than the description, which may be empty.
    description = shared.summary if shared.said else shared.title
    media = f"&media={quote(shared.image)}" if shared.image else ""
    return (
        f"http://www.pinterest.com/pin/create/button/?url={quote(shared.url)}{media}"
        f"&description={quote(description)}"
    )


PROVIDERS: Final[Mapping[str, Callable[[Shared], str]]] = {
    "twitter": _twitter,
    "facebook": _facebook,
    "linkedin": _linkedin,
    "pinterest": _pinterest,
}


def _is_theirs(row: PublishedAssertion, person: Actor) -> bool:
    return (row.recipient_kind, row.recipient_identity) in identities_of(person.user_id).proven
