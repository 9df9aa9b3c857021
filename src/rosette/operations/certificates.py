"""
Certificates: an award, or a collection, on paper, with the signed credentials inside the file.

Made when they are asked for, of what the credential says, and kept nowhere. Who may see an award
is for the caller to know.
"""

import io
import re
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import orjson
import segno
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import get_language, get_language_bidi, ngettext
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from rosette import brand, emblems, paper
from rosette.errors import NotFound
from rosette.images import InvalidImage
from rosette.models import Assertion, Collection, Original, Visibility
from rosette.models.assertions import PublishedAssertion
from rosette.operations import credentials, pictures, publishing, recipients
from rosette.operations.credentials import Draft
from rosette.operations.pictures import Kind

MOST: Final = 100
"""So many awards of a collection are printed, and their credentials attached."""

_DESCRIPTION_MAX_LENGTH: Final = 300
_CRITERIA_MAX_LENGTH: Final = 420
_CREDENTIAL: Final = "application/vc+ld+json"
_TOKEN: Final = "application/vc+jwt"  # noqa: S105 -- a media type
_ADDRESS: Final = re.compile(r"https?://")
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False})


def draft(row: PublishedAssertion) -> Draft:
    """
    What a certificate of the award says. Raises NotFound for an award of another server, whose
    certificate is its issuer's to make, and for one that does not hold.
    """
    if not row.holds:
        raise NotFound
    return credentials.draft(row)


def digest(unprinted: Draft, recipient: str) -> str:
    """Hex digits for all that the certificate's bytes depend on; to know without printing it."""
    row = unprinted.row
    images = [row.badgeclass.image, row.badgeclass.issuer.image]
    return _digest([unprinted.digest, recipient, row.visibility, *images])


def certificate(unprinted: Draft, recipient: str) -> bytes:
    """
    The award as a PDF, a page of A4: the badge, to whom, for what, by whom and when.

    ``recipient`` stands there where the award says no name. The credential is attached; the QR
    code leads to the public page, if there is one.
    """
    row = unprinted.row
    badgeclass = row.badgeclass
    address = publishing.credential(row).address
    name = recipients.name_of(row) or recipient
    attached = [_attached("credential.json", _CREDENTIAL, badgeclass.name)]
    files = {
        "credential.json": credentials.signed(unprinted),
        "badge.png": _picture(badgeclass.image, badgeclass.name, "print"),
    }
    logo = _logo(badgeclass.issuer.image)
    if logo:
        files["issuer.png"] = logo
    is_seen = row.visibility != Visibility.PRIVATE
    if is_seen:
        files["qr.svg"] = _qr_code(address)
    facts = {
        **_everywhere(attached),
        "title": _line(f"{badgeclass.name} – {name}"),
        "issuer": _line(badgeclass.issuer.name),
        "logo": "issuer.png" if logo else "",
        "picture": "badge.png",
        "picture_alt": _("Badge: %(name)s") % {"name": _line(badgeclass.name)},
        "sandbox": _("Sandbox: this is a test, it says nothing about anybody.")
        if badgeclass.issuer.sandbox
        else "",
        "certifies": _("This certifies that"),
        "recipient": _line(name),
        "has_earned": _("has earned the badge"),
        "badge": _line(badgeclass.name),
        "description": _short(badgeclass.description, _DESCRIPTION_MAX_LENGTH),
        "criteria_label": _("What it takes"),
        "criteria": _short(_plain(badgeclass.criteria_narrative), _CRITERIA_MAX_LENGTH)
        or _line(badgeclass.criteria_url),
        "awarded_on_label": _("Awarded on"),
        "awarded_on": _day(row.issued_on),
        "until": _("Valid until %(day)s") % {"day": _day(row.expires_on)} if row.expires_on else "",
        "qr": "qr.svg" if is_seen else "",
        "address": address,
        "check_label": _("See whether it still holds"),
        "inside": _(
            "The signed credential (Open Badges 3.0) is inside the PDF file, so any copy of the "
            "file can be checked, for example at %(address)s."
        )
        % {"address": f"{_host()}/verify"},
    }
    return paper.printed("certificate", facts, files, at=unprinted.created)


def collection_digest(row: Collection, awards: Sequence[PublishedAssertion]) -> str:
    """Hex digits for all that the collection's bytes depend on. Wants ``owner`` selected."""
    changes = [str(moment) for award in awards for moment in publishing.changes(award)]
    names = [award.entity_id for award in awards]
    owner = row.owner
    return _digest(
        [row.share_hash, str(row.updated_at), owner.first_name, owner.last_name, *names, *changes],
    )


def collection(row: Collection, awards: Sequence[PublishedAssertion]) -> bytes:
    """
    The published collection as a PDF, with what these awards are, up to a hundred, and the
    credentials of all that were signed. Wants ``owner`` selected.
    """
    facts = publishing.collection(row, awards)
    shown = awards[:MOST]
    left_out = len(awards) - len(shown)
    signed = _signed(shown)
    owner = f"{row.owner.first_name} {row.owner.last_name}".strip()
    files = {"qr.svg": _qr_code(facts.id), **{name: content for name, _type, content in signed}}
    lines = []
    for award in shown:
        badgeclass = award.badgeclass
        picture = f"{sha256(badgeclass.image.encode() or badgeclass.name.encode()).hexdigest()}.png"
        if picture not in files:
            files[picture] = _picture(badgeclass.image, badgeclass.name, "png")
        lines.append(
            {
                "picture": picture,
                "name": _line(badgeclass.name),
                "awarded": _("Awarded by %(issuer)s on %(day)s")
                % {"issuer": _line(badgeclass.issuer.name), "day": _day(award.issued_on)},
                "description": _short(badgeclass.description, _DESCRIPTION_MAX_LENGTH),
            }
        )
    said = {
        **_everywhere([_attached(name, kind, row.name) for name, kind, _content in signed]),
        "title": _line(row.name),
        "kind": _("Collection"),
        "name": _line(row.name),
        "owner": _line(owner),
        "shown_by": _("Shown by %(name)s") % {"name": _line(owner)},
        "description": _short(row.description, 3 * _DESCRIPTION_MAX_LENGTH),
        "qr": "qr.svg",
        "address": facts.id,
        "awards": lines,
        "left_out": ngettext(
            "One more badge is on the page of the collection.",
            "%(count)d more badges are on the page of the collection.",
            left_out,
        )
        % {"count": left_out}
        if left_out
        else "",
        "inside": _(
            "The signed credentials are inside the PDF file, so any copy of the file can be "
            "checked, for example at %(address)s."
        )
        % {"address": f"{_host()}/verify"}
        if signed
        else "",
    }
    changed = max((award.updated_at for award in awards), default=row.updated_at)
    return paper.printed("collection", said, files, at=max(changed, row.updated_at))


def _signed(awards: Sequence[PublishedAssertion]) -> list[tuple[str, str, bytes]]:
    """Name, media type and content of what was signed, here or elsewhere, in the same order."""
    names = [award.entity_id for award in awards]
    numbers = {
        share_hash or entity_id: number
        for number, entity_id, share_hash in Assertion.objects.filter(
            Q(entity_id__in=names) | Q(share_hash__in=names)
        ).values_list("pk", "entity_id", "share_hash")
    }
    rows = {numbers[award.entity_id]: award for award in awards if award.entity_id in numbers}
    ours = credentials.signed_each(credentials.drafts(rows))
    theirs = dict(
        Original.objects.filter(assertion__in=rows).exclude(jws="").values_list("assertion", "jws")
    )
    found = []
    for place, number in enumerate(rows, start=1):
        if number in ours:
            found.append((f"credential-{place}.json", _CREDENTIAL, ours[number]))
        elif number in theirs:
            text = theirs[number]
            is_json = text.startswith("{")
            ending, kind = ("json", _CREDENTIAL) if is_json else ("jwt", _TOKEN)
            found.append((f"credential-{place}.{ending}", kind, text.encode()))
    return found


def _everywhere(attached: list[dict[str, str]]) -> dict[str, Any]:
    site = settings.ROSETTE
    shown, pale = brand.on_paper(site.brand_color)
    return {
        "brand": shown,
        "pale": pale,
        "accent": site.brand_accent,
        "language": (get_language() or "en").split("-")[0],
        "rtl": get_language_bidi(),
        "attached": attached,
    }


def _attached(name: str, kind: str, about: str) -> dict[str, str]:
    return {"name": name, "type": kind, "about": _line(about)}


def _digest(facts: Sequence[object]) -> str:
    site = settings.ROSETTE
    look = [site.brand_color, site.brand_accent, get_language()]
    return sha256(orjson.dumps([str(fact) for fact in (*facts, *look)])).hexdigest()


def _picture(name: str, title: str, kind: Kind) -> bytes:
    """The badge's picture; one that is made of its name where there is none that can be drawn."""
    try:
        return pictures.rendered(name, kind)
    except (NotFound, InvalidImage):
        site = settings.ROSETTE
        drawn = emblems.drawn(title, site.brand_color, site.brand_accent)
        return pictures.drawn(drawn, kind)


def _logo(name: str) -> bytes:
    try:
        return pictures.rendered(name, "png") if name else b""
    except (NotFound, InvalidImage):
        return b""


def _qr_code(address: str) -> bytes:
    drawn = io.BytesIO()
    segno.make_qr(address, error="m").save(drawn, kind="svg", border=0, dark="#211d2b")
    return drawn.getvalue()


def _host() -> str:
    return _ADDRESS.sub("", settings.ROSETTE.origin)


def _day(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT") if moment else ""


def _plain(text: str) -> str:
    """Markdown as the words in it."""
    parts = [
        part.content if part.type in ("text", "code_inline") else " "
        for token in _MARKDOWN.parse(text)
        for part in (*(token.children or ()), token)
    ]
    return "".join(parts)


def _short(text: str, most: int) -> str:
    return str(Truncator(_line(text)).chars(most))


def _line(text: str) -> str:
    """The text on one line, without what cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
