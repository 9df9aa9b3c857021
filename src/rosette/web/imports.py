"""``/backpack/import``: badges from elsewhere, several at once, each with what was found."""

from collections.abc import Iterator, Mapping
from time import monotonic
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from rosette.errors import InvalidInput, TryLater
from rosette.models import User
from rosette.openbadges.verification import Check, Source
from rosette.operations import addresses, imports, verdicts, verification
from rosette.operations.imports import NotTheirs
from rosette.operations.policies import Actor
from rosette.operations.verdicts import Line
from rosette.web.forms import texts_of
from rosette.web.signin import member
from rosette.web.visits import page, say, see

_MOST: Final = 20
_SECONDS: Final = 60.0
"""For all that is sent at a time; what is not looked at by then is said so."""


class Outcome(NamedTuple):
    """
    What became of one badge.

    ``name`` is that of the file, or the text. ``entity_id`` is set if it is in the backpack.
    ``fix``: what can be done. ``address``: one that the person could add to make it theirs.
    """

    name: str
    tone: str
    sign: str
    said: str
    fix: str = ""
    address: str = ""
    entity_id: str = ""
    lines: tuple[Line, ...] = ()


@member
def import_badges(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /backpack/import``: a form for files, links, texts; ``POST``: what became of each."""
    if request.method != "POST":
        return _page(request, {})
    if request.POST.get("step") == "add-address":
        return _add_address(request, person)
    by = Actor.person(person)
    started = monotonic()
    outcomes = []
    for number, (name, source) in enumerate(_sources(request)):
        if number >= _MOST or monotonic() - started > _SECONDS:
            later = _("This was not looked at any more. Please send it again.")
            outcomes.append(Outcome(name, "warn", "clock", later))
        else:
            outcomes.append(_imported(name, source, by=by))
    context: dict[str, Any] = {"outcomes": outcomes}
    if not outcomes:
        context["error"] = _("Choose a file, or put in a link or the text of a badge.")
    return _page(request, context, 200 if outcomes else 400)


def _page(request: HttpRequest, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
    response = page(request, "backpack/import", {"section": "backpack", **context}, status)
    response["Permissions-Policy"] = "camera=(self)"
    return response


def _sources(request: HttpRequest) -> Iterator[tuple[str, Source]]:
    """Each thing that was sent, under the name that its sender knows it by."""
    for number, file in enumerate(request.FILES.getlist("files")):
        is_small = (file.size or 0) <= settings.ROSETTE.body_max_bytes
        name = file.name or _("A file")
        content = file.read() if is_small else b""  # in which is no badge
        badges: list[Source] = verification.unpacked(content) if number < _MOST else [content]
        for place, badge in enumerate(badges, start=1):
            yield name if len(badges) == 1 else f"{name} ({place})", badge
    text = request.POST.get("text", "").strip()
    lines = text.split()
    are_links = bool(lines) and all(line.startswith(("http://", "https://")) for line in lines)
    for item in lines if are_links else [text] if text else []:
        yield item[:80], item


def _imported(name: str, source: Source, *, by: Actor) -> Outcome:
    try:
        found = imports.import_checked(source, by=by)
    except TryLater:
        said = _("Too many badges are being looked at just now. Please send it again.")
        return Outcome(name, "warn", "clock", said)
    except InvalidInput as refusal:
        return _refused(name, refusal)
    item = found.item
    said = _("It is in your backpack.")
    fix = _("Verify your address, and others can see it, too.") if item.is_pending else ""
    lines = verdicts.told_checks(found.checks, is_signed=found.is_signed) if found.checks else ()
    return Outcome(
        name, "good", "circle-check", said, fix, entity_id=item.award.entity_id, lines=lines
    )


def _refused(name: str, refusal: InvalidInput) -> Outcome:
    """In plain words; ``verification.failure`` has those that programs know."""
    told = next((item for item in refusal.general if isinstance(item, Mapping)), None)
    if told is None:
        return Outcome(name, "bad", "circle-x", " ".join(texts_of(refusal)))
    said, fix = _words()[told["name"]]
    address = ""
    if isinstance(refusal, NotTheirs) and refusal.recipient is not None:
        kind, text = refusal.recipient
        if kind == "email" and _is_address(text):
            address = text
            said = _("It was awarded to %(address)s.") % {"address": text}
            fix = _("If that is yours, add it to your account and import the badge again.")
    checks = [_check(item) for item in told.get("checks", [])]
    is_signed = any(check.subject == "signature" for check in checks)
    lines = verdicts.told_checks(checks, is_signed=is_signed) if checks else ()
    is_unknown = told["name"] == "FETCH_HTTP_NODE"
    tone, sign = ("calm", "circle-help") if is_unknown else ("bad", "circle-x")
    return Outcome(name, tone, sign, said, fix, address, lines=lines)


def _check(report: Mapping[str, Any]) -> Check:
    """A check again, of what ``check_report`` made of it."""
    return Check(
        report["check"],
        report["state"],
        report["description"],
        report["code"],
        report["node"] or "",
        decisive=report["level"] != "WARNING",
        advice=report["advice"] or "",
    )


def _words() -> Mapping[str, tuple[str, str]]:
    """What was found, and what can be done about it, by the name that programs know."""
    ask = _("Ask its issuer for the original, and import that.")
    return {
        "FETCH_HTTP_NODE": (
            _("The server of its issuer does not answer, so it cannot be told whether it is good."),
            _("Try again later; keep the file until then."),
        ),
        "VERIFY_RECIPIENT_IDENTIFIER": (
            _("It was awarded to an address that is not yours, as far as we know."),
            _("Add and verify the address that it was sent to, and import it again."),
        ),
        "VERIFY_SIGNATURE": (_("Its signature is not good, so it may be forged."), ask),
        "ASSERTION_REVOKED": (
            _("Its issuer has taken it back."),
            _("Ask the issuer why, if you did not expect it."),
        ),
        "ASSERTION_NOT_FOUND": (
            _("There is no badge there any more."),
            _("Look for it at its issuer's site, and import it from there."),
        ),
        "UNABLE_TO_VERIFY": (_("Nothing shows that it is genuine."), ask),
        "INVALID_BADGE": (
            _("There is no badge in this, or none that is made as badges have to be."),
            _(
                "Use the picture or file exactly as it was downloaded; copied or converted "
                "pictures hold no badge any more."
            ),
        ),
        "DUPLICATE_BADGE": (_("It is in your backpack already."), ""),
    }


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _add_address(request: HttpRequest, person: User) -> HttpResponse:
    text = request.POST.get("address", "").strip()
    if not _is_address(text):
        raise InvalidInput(general=[_("This is not an email address.")])
    addresses.add(person, text)
    say(
        request,
        _("We have sent a mail there. Open the link in it, and import the badge again."),
    )
    return see("/backpack/import")
