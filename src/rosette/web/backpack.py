"""``/backpack``: what a person has earned, and one of their badges."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _

from rosette import paper
from rosette.errors import InvalidInput, NotFound
from rosette.images import InvalidImage
from rosette.models import Acceptance, User, Visibility
from rosette.models.assertions import PublishedAssertion, kept_assertions
from rosette.models.backpack import original_of
from rosette.models.badgeclasses import PublishedBadgeClass, published_badgeclasses_by_number
from rosette.operations import (
    backpack,
    baking,
    certificates,
    credentials,
    imports,
    pictures,
    publishing,
)
from rosette.operations.backpack import Item
from rosette.operations.policies import Actor
from rosette.web.signin import member
from rosette.web.visits import page, say, see

_PER_PAGE: Final = 60
_SOON: Final = timedelta(days=30)
_SECTION: Final = {"section": "backpack"}


class Chip(NamedTuple):
    """A state, as ``components/chip.html`` shows it."""

    tone: str
    sign: str
    word: str


class Card(NamedTuple):
    """One badge of the person: the item, what it is an award of, and its states."""

    item: Item
    badgeclass: PublishedBadgeClass
    chips: Sequence[Chip]
    is_waiting: bool


@member
def shelf(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /backpack``: all badges, what waits for an answer on top."""
    everything = cards(Actor.person(person))
    waiting = [card for card in everything if card.is_waiting]
    kept = [card for card in everything if not card.is_waiting]
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "issuer", "year")}
    found = [card for card in kept if _is_asked_for(card, asked)]
    number = _page_number(request)
    shown = found[(number - 1) * _PER_PAGE : number * _PER_PAGE]
    issuers = {card.badgeclass.issuer.entity_id: card.badgeclass.issuer.name for card in kept}
    context = {
        **_SECTION,
        "waiting": waiting,
        "cards": shown,
        "total": len(kept),
        "found": len(found),
        "asked": asked,
        "is_filtered": any(asked.values()),
        "issuers": sorted(issuers.items(), key=lambda pair: pair[1].casefold()),
        "years": sorted({str(card.item.award.issued_on.year) for card in kept}, reverse=True),
        "newer": _page_address(asked, number - 1) if number > 1 else "",
        "older": _page_address(asked, number + 1) if number * _PER_PAGE < len(found) else "",
    }
    return page(request, "backpack/shelf", context)


@member
def badge(request: HttpRequest, person: User, entity_id: str) -> HttpResponse:
    """``GET /backpack/:id``: one badge, and what can be done with it; ``POST`` does it."""
    item = backpack.find(entity_id, by=Actor.person(person))
    if request.method == "POST":
        do = _STEPS.get(request.POST.get("step", ""))
        return do(request, item) if do else see(request.path)
    row = kept_assertions([item.award.id])[item.award.id]
    original = original_of(entity_id) if item.award.source_url else None
    address = public_address(item)
    context = {
        **_SECTION,
        "card": _card(item, row.badgeclass),
        "award": item.award,
        "row": row,
        "credential": publishing.credential(row),
        "checked_at": original.checked_at if original else None,
        "public_address": address,
        "report": _report(row, address),
        "visibilities": _visibilities(),
        "forms": _forms(item, row.badgeclass.image) if row.holds else [],
    }
    return page(request, "backpack/badge", context)


@member
def download(request: HttpRequest, person: User, entity_id: str, form: str) -> HttpResponse:
    """``GET /backpack/:id/download/:form``: the badge as a file, whoever else may see it."""
    item = backpack.find(entity_id, by=Actor.person(person))
    row = kept_assertions([item.award.id])[item.award.id]
    make = _FORMS.get(form)
    if make is None or not row.holds or (item.award.source_url and form != "picture"):
        raise NotFound
    content, media_type, ending = make(row, entity_id)
    name = f"{slugify(row.badgeclass.name) or 'badge'}{ending}"
    headers = {
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return HttpResponse(content, content_type=media_type, headers=headers)


def cards(by: Actor) -> list[Card]:
    """All badges of the person, latest first; in as many queries for one as for many."""
    items = backpack.index(by, include_expired=True, include_revoked=True, include_pending=True)
    numbers = {item.award.badgeclass_id for item in items}
    badgeclasses = published_badgeclasses_by_number(list(numbers))
    made = [_card(item, badgeclasses[item.award.badgeclass_id]) for item in items]
    return sorted(made, key=lambda card: card.item.award.issued_on, reverse=True)


def public_address(item: Item) -> str:
    """Where others see the badge; empty while nobody does."""
    award = item.award
    if award.visibility == Visibility.PRIVATE or item.is_pending:
        return ""
    return f"/public/assertions/{quote(award.share_hash or award.entity_id, safe='')}"


def _card(item: Item, badgeclass: PublishedBadgeClass) -> Card:
    award = item.award
    now = timezone.now()
    is_waiting = award.acceptance == Acceptance.UNACCEPTED and award.revoked_at is None
    chips: list[Chip] = []
    if award.revoked_at is not None:
        chips.append(Chip("bad", "ban", _("Revoked")))
    elif award.suspended_at is not None:
        chips.append(Chip("warn", "pause", _("Suspended")))
    elif award.expires_on is not None and award.expires_on < now:
        chips.append(Chip("warn", "hourglass", _("Expired")))
    elif award.expires_on is not None and award.expires_on < now + _SOON:
        chips.append(Chip("calm", "hourglass", _("Expires soon")))
    if item.is_pending:
        chips.append(Chip("calm", "mail", _("Address not verified")))
    chips.append(_SEEN_BY[award.visibility]())
    return Card(item, badgeclass, chips, is_waiting)


_SEEN_BY: Final[dict[str, Callable[[], Chip]]] = {
    "public": lambda: Chip("", "globe", _("Public")),
    "link": lambda: Chip("", "link", _("Only with the link")),
    "private": lambda: Chip("", "lock", _("Private")),
}


def _visibilities() -> list[tuple[str, str, str]]:
    """Value, word and meaning of each."""
    return [
        ("public", _("Public"), _("Everybody can see it and check it.")),
        (
            "link",
            _("Only with the link"),
            _("It has a secret address; whoever has that can see it. The old one ends."),
        ),
        ("private", _("Private"), _("Nobody but you and its issuer sees it, or can check it.")),
    ]


def _is_asked_for(card: Card, asked: dict[str, str]) -> bool:
    badgeclass = card.badgeclass
    words = asked["q"].casefold().split()
    text = " ".join(
        [badgeclass.name, badgeclass.description, badgeclass.issuer.name, *badgeclass.tags]
    ).casefold()
    return (
        all(word in text for word in words)
        and asked["issuer"] in ("", badgeclass.issuer.entity_id)
        and asked["year"] in ("", str(card.item.award.issued_on.year))
    )


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 else 1


def _page_address(asked: dict[str, str], number: int) -> str:
    said = {name: value for name, value in asked.items() if value}
    return f"/backpack?{urlencode({**said, 'page': max(1, number)})}"


def _report(row: PublishedAssertion, address: str) -> str:
    """A mail to the issuer, begun; empty if the issuer has no address."""
    to = row.badgeclass.issuer.email
    if not to:
        return ""
    subject = _("A question about the badge “%(name)s”") % {"name": row.badgeclass.name}
    body = publishing.credential(row).address if address else ""
    words = urlencode({"subject": subject, "body": body}, quote_via=quote)
    return f"mailto:{quote(to, safe='@')}?{words}"


def _accept(request: HttpRequest, item: Item) -> HttpResponse:
    backpack.accept(item)
    say(request, _("The badge is in your backpack."))
    return see(request.path)


def _reject(request: HttpRequest, item: Item) -> HttpResponse:
    backpack.reject(item)
    if item.award.source_url is not None:
        say(request, _("The badge was removed. You can import it again at any time."))
        return see("/backpack")
    say(
        request,
        _("The badge was put away; its issuer sees that you did not want it."),
        undo=f"{request.path}/undo",
    )
    return see("/backpack")


@member
def undo(request: HttpRequest, person: User, entity_id: str) -> HttpResponse:
    """``POST /backpack/:id/undo``: a badge that was put away comes back."""
    if request.method == "POST":
        backpack.accept(backpack.find(entity_id, by=Actor.person(person)))
        say(request, _("The badge is back."))
    return see(f"/backpack/{quote(entity_id, safe='')}")


def _show(request: HttpRequest, item: Item) -> HttpResponse:
    wished = request.POST.get("visibility", "")
    if wished in Visibility.values:
        backpack.show(item, Visibility(wished))
        say(request, _("Who can see the badge was changed."))
    is_from_sharing = request.POST.get("back") == "share"
    return see(f"{request.path}/share" if is_from_sharing else request.path)


def _check(request: HttpRequest, item: Item) -> HttpResponse:
    """Ask the issuer of an imported badge again; our own word about our own badges is the last."""
    if item.award.source_url is None:
        say(request, _("The badge was awarded here, and its issuer stands by it as you see."))
        return see(request.path)
    try:
        imports.recheck(item.award.entity_id)
    except InvalidInput:
        say(
            request,
            _("Its issuer could not be asked, or does not vouch for it now. Try again later."),
            tone="warn",
        )
    else:
        say(request, _("Its issuer was asked just now; this is what it says."))
    return see(request.path)


_STEPS: Final[dict[str, Callable[[HttpRequest, Item], HttpResponse]]] = {
    "accept": _accept,
    "reject": _reject,
    "show": _show,
    "check": _check,
}


def _forms(item: Item, image: str) -> list[tuple[str, str, str]]:
    """Address, name and explanation of each form in which the badge can be downloaded."""
    base = f"/backpack/{quote(item.award.entity_id, safe='')}/download"
    if item.award.source_url is not None:
        return [(f"{base}/picture", _("Picture with the badge inside"), "")]
    second = (
        [(f"{base}/picture-png", _("PNG picture, Open Badges 2.0"), _("For most backpacks."))]
        if _ending(image) == ".svg"
        else []
    )
    return [
        *second,
        (f"{base}/picture", _("Picture, Open Badges 2.0"), _("For most backpacks, as it is.")),
        (f"{base}/picture-3", _("Picture, Open Badges 3.0"), _("For newer backpacks.")),
        (
            f"{base}/certificate",
            _("Certificate (PDF)"),
            _("To print or send, with the signed document inside."),
        ),
        (f"{base}/json", _("Signed document, Open Badges 3.0"), _("JSON, for wallets.")),
        (f"{base}/jwt", _("Signed token, Open Badges 3.0"), _("JWT, for wallets.")),
    ]


File = tuple[bytes, str, str]
"""Content, media type, and the end of the file's name."""


def _ending(image: str) -> str:
    return ".svg" if image.endswith(".svg") else ".png"


def _picture(row: PublishedAssertion, entity_id: str) -> File:
    original = original_of(entity_id) if row.source_url else None
    content = baking.baked_with(original, row)
    image = row.badgeclass.image
    return content, pictures.media_type(image), _ending(image)


def _picture_png(row: PublishedAssertion, entity_id: str) -> File:
    try:
        image = pictures.as_png(row.badgeclass.image)
    except InvalidImage as error:
        raise NotFound from error
    return _picture(row._replace(badgeclass=row.badgeclass._replace(image=image)), entity_id)


def _picture_3(row: PublishedAssertion, entity_id: str) -> File:
    draft = credentials.draft(row)
    image = draft.row.badgeclass.image
    return baking.baked_credential(draft), pictures.media_type(image), _ending(image)


def _json(row: PublishedAssertion, entity_id: str) -> File:
    return credentials.signed(credentials.draft(row)), "application/vc+ld+json", ".json"


def _jwt(row: PublishedAssertion, entity_id: str) -> File:
    return credentials.signed(credentials.draft(row, "jwt")), "text/plain", ".jwt"


def _certificate(row: PublishedAssertion, entity_id: str) -> File:
    draft = certificates.draft(row)
    return certificates.certificate(draft, row.recipient_identity), paper.PDF, ".pdf"


_FORMS: Final[dict[str, Callable[[PublishedAssertion, str], File]]] = {
    "picture": _picture,
    "picture-png": _picture_png,
    "picture-3": _picture_3,
    "json": _json,
    "jwt": _jwt,
    "certificate": _certificate,
}
