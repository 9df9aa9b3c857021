"""
What a form would become, made by those who make the real thing, of rows that are not kept.
"""

import base64
from typing import Any, Final

import nh3
import orjson
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from rosette.models import Assertion, BadgeClass, Issuer
from rosette.models.badgeclasses import PublishedBadgeClass
from rosette.models.base import new_entity_id
from rosette.models.issuers import PublishedIssuer
from rosette.openbadges import documents
from rosette.operations import letters, publishing

VIEWS: Final = {
    "card": _("Card"),
    "page": _("Public page"),
    "mail": _("Mail"),
    "2_0": _("Open Badges 2.0"),
    "3_0": _("Open Badges 3.0"),
}
_MAIL_TAGS: Final = {"h1", "p", "a", "img", "strong", "br", "div"}
_MAIL_ATTRIBUTES: Final = {"a": {"href"}, "img": {"src", "alt", "width", "height"}}


def issuer_facts(issuer: Issuer) -> PublishedIssuer:
    """The issuer as the world sees it; it need not be kept."""
    return PublishedIssuer(
        entity_id=issuer.entity_id,
        updated_at=issuer.updated_at or timezone.now(),
        name=issuer.name,
        url=issuer.url,
        email=issuer.email,
        description=issuer.description,
        image=issuer.image,
        source_url=issuer.source_url,
        extensions=issuer.extensions,
        proven_domain=issuer.proven_domain,
        proven_at=issuer.proven_at,
        proof_lost_at=issuer.proof_lost_at,
        endorsements=issuer.endorsements,
    )


def badgeclass_facts(badgeclass: BadgeClass) -> PublishedBadgeClass:
    """The badge class as the world sees it; it need not be kept. Wants its issuer read."""
    return PublishedBadgeClass(
        entity_id=badgeclass.entity_id,
        updated_at=badgeclass.updated_at or timezone.now(),
        name=badgeclass.name,
        description=badgeclass.description,
        image=badgeclass.image,
        criteria_url=badgeclass.criteria_url,
        criteria_narrative=badgeclass.criteria_narrative,
        source_url=badgeclass.source_url,
        alignments=list(badgeclass.alignments),
        tags=list(badgeclass.tags),
        extensions=badgeclass.extensions,
        endorsements=badgeclass.endorsements,
        issuer=issuer_facts(badgeclass.issuer),
    )


def of_issuer(issuer: Issuer) -> SafeString:
    """The public page of the issuer, without its badges."""
    row = issuer_facts(issuer)
    shown = {"profile": publishing.profile(row), "row": row, "badgeclasses": []}
    address = reverse("public-issuer-image", args=[issuer.entity_id])
    return _inside("public/issuer.html", shown, {address: stored(issuer.image)})


def of_badgeclass(badgeclass: BadgeClass, picture: str, view: str) -> dict[str, Any]:
    """
    One of ``VIEWS`` of the badge class, as the template ``web/badgeclasses/_preview`` wants it.

    ``picture``: where the browser finds its image, or the image itself as ``data:``.
    """
    row = badgeclass_facts(badgeclass)
    fact = publishing.achievement(row)
    match view:
        case "page":
            address = reverse("public-badgeclass-image", args=[badgeclass.entity_id])
            shown = {"achievement": fact, "row": row}
            return {"page": _inside("public/badgeclass.html", shown, {address: picture})}
        case "mail":
            award = Assertion(
                entity_id=new_entity_id(), badgeclass=badgeclass, issuer=badgeclass.issuer
            )
            award.recipient_identity = "name@example.org"
            return {"mail": mail(award, picture)}
        case "2_0":
            return {"document": publishing.written(fact, "2_0", pretty=True).decode()}
        case "3_0":
            document = documents.achievement(fact)
            return {"document": orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()}
        case _:
            return {"card": badgeclass}


def mail(award: Assertion, picture: str) -> dict[str, Any]:
    """The mail about the award: ``subject``, ``sender``, ``to`` and ``body``."""
    letter: EmailMultiAlternatives = letters.specimen(award)
    written = str(letter.alternatives[0][0])
    # The dress of a mail is inline, which no page of ours allows; what it says is all there.
    plain = nh3.clean(
        written.partition("<body")[2].partition(">")[2],
        tags=_MAIL_TAGS,
        attributes=_MAIL_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "cid"},
    )
    body = plain.replace("cid:badge", picture)
    return {
        "subject": letter.subject,
        "sender": letter.from_email,
        "to": letter.to[0],
        "body": mark_safe(body),  # noqa: S308 -- nh3 has the last word
    }


def stored(name: str) -> str:
    """Where the browser finds an image of the store; empty for none."""
    return f"/media/{name}" if name else ""


def data(svg: bytes) -> str:
    """The image itself, in place of an address."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"


def _inside(template: str, context: dict[str, Any], pictures: dict[str, str]) -> SafeString:
    """What stands in the middle of a public page, with pictures that are not public yet."""
    page = render_to_string(template, context)
    inside = page.partition('<main id="content">')[2].partition("</main>")[0]
    for address, picture in pictures.items():
        inside = inside.replace(f'src="{address}"', f'src="{picture}"')
    return mark_safe(inside)  # noqa: S308 -- a page of ours
