"""A sandbox: opening one's own, the mails that it captured, and emptying it."""

import base64
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from rosette.errors import NotFound, NotPermitted
from rosette.images import InvalidImage
from rosette.models import BadgeClass, CapturedMail, User
from rosette.operations import pictures, sandbox
from rosette.operations.policies import Reach
from rosette.web.desk import Desk, at_issuer
from rosette.web.operator import before
from rosette.web.signin import member
from rosette.web.visits import is_partial, page, say, see

_A_PAGE: Final = 50
# A letter runs nothing, loads nothing but its own pictures, sends nothing, and is of no origin, so
# that it reads no session; its links open elsewhere.
_LETTER_POLICY: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src 'self' data:; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'self'"
)
_ELSEWHERE: Final = '<base target="_blank">'


@member
def start(request: HttpRequest, person: User) -> HttpResponse:
    """``POST /issuers/sandbox``: into the person's own sandbox, which is made if there is none."""
    if request.method != "POST":
        return see("/issuers")
    is_new = sandbox.of_person(person) is None
    try:
        opened = sandbox.open_for(person)
    except NotPermitted:
        return page(request, "issuers/not_yet", {"section": "issuers"}, 403)
    if is_new:
        say(request, _("Your sandbox is ready. Its mails are sent to nobody."))
    return see(f"/issuers/{opened.entity_id}")


@at_issuer(Reach.READ)
def inbox(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/inbox``: the mails that the sandbox captured, the newest first."""
    after = before(request)
    mails = sandbox.inbox(desk.issuer, by=desk.by, before=after, limit=_A_PAGE + 1)
    older = f"{request.path}?before={mails[_A_PAGE - 1].pk}" if len(mails) > _A_PAGE else ""
    badge = None
    if not mails:
        badge = BadgeClass.objects.filter(issuer=desk.issuer, deleted_at=None).first()
    context = {
        "tab": "inbox",
        "mails": mails[:_A_PAGE],
        "newer": request.path if after is not None else "",
        "older": older,
        "badge": badge,
    }
    return desk.page(request, "sandbox/inbox", context)


@at_issuer(Reach.READ)
def mail(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """``GET /issuers/:id/inbox/:number``: one of them."""
    context = {"tab": "inbox", "mail": _found(desk, number)}
    response = desk.page(request, "sandbox/mail", context)
    response["Content-Security-Policy"] += "; frame-src 'self'"
    return response


@at_issuer(Reach.READ)
def letter(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """``GET /issuers/:id/inbox/:number/html``: what a mail program would show of it."""
    found = _found(desk, number)
    written = found.html.replace("cid:badge", _picture(found))
    head, tag, rest = written.partition("<head>")
    shown = f"{head}{tag}{_ELSEWHERE}{rest}" if tag else f"{_ELSEWHERE}{written}"
    headers = {"Content-Security-Policy": _LETTER_POLICY, "Referrer-Policy": "no-referrer"}
    return HttpResponse(shown, headers=headers)


@at_issuer(Reach.EDITOR)
def empty(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/empty`` says what would go, or how far it has come; ``POST`` begins."""
    if not desk.issuer.sandbox:
        raise NotFound
    if request.method == "POST":
        with_badges = request.POST.get("badges") == "yes"
        if sandbox.empty(desk.issuer, with_badgeclasses=with_badges, by=desk.by):
            say(request, _("The sandbox is empty."))
            return see(f"/issuers/{desk.issuer.entity_id}")
        return see(request.path)
    under_way = sandbox.emptying_of(desk.issuer)
    context: dict[str, object] = {"issuer": desk.issuer, "emptying": under_way}
    if under_way is not None:
        context["percent"] = 100 - 100 * under_way.left // max(under_way.total, 1)
    if is_partial(request):
        if under_way is None:  # it is done
            return HttpResponse(headers={"HX-Redirect": f"/issuers/{desk.issuer.entity_id}"})
        return render(request, "web/sandbox/_progress.html", context)
    if under_way is None:
        found = sandbox.contents(desk.issuer)
        context |= {"contents": found, "total": sum(found) - found.badgeclasses - found.pathways}
    return desk.page(request, "sandbox/empty", context)


def _found(desk: Desk, number: str) -> CapturedMail:
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise NotFound
    return sandbox.mail(desk.issuer, int(number), by=desk.by)


def _picture(found: CapturedMail) -> str:
    """The badge's picture inside an address, as it is inside the mail; nothing if it is gone."""
    try:
        content = pictures.rendered(found.picture, "png")
    except (NotFound, InvalidImage):
        return "data:,"
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
