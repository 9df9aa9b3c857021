"""``/issuers/:id/staff``: who works for an issuer; and invitations to do so."""

from collections.abc import Callable
from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette import limits
from rosette.errors import InvalidInput, NotFound, NotPermitted, TryLater
from rosette.models import Invitation, IssuerStaff, Role, User
from rosette.operations import accounts, addresses, invitations, issuers
from rosette.web import desk as desks
from rosette.web import signin
from rosette.web.desk import Desk, at_issuer
from rosette.web.forms import Form, texts_of
from rosette.web.visits import page, say, see, visited, visitor

_SEARCH: Final = "staff search"
_ROLES: Final = [
    (Role.VIEWER.value, gettext_lazy("Viewer: sees badges, awards and recipients")),
    (Role.STAFF.value, gettext_lazy("Staff: awards badges as well")),
    (Role.EDITOR.value, gettext_lazy("Editor: makes and changes badges, revokes awards")),
    (Role.OWNER.value, gettext_lazy("Owner: says who works here")),
]


class AddForm(Form):
    """Somebody who is to work for the issuer."""

    email = forms.EmailField(
        label=gettext_lazy("Mail address"),
        max_length=254,
        help_text=gettext_lazy("Who has no account here yet gets an invitation by mail."),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=_ROLES,
        initial=Role.STAFF.value,
        widget=forms.RadioSelect,
    )


@at_issuer()
def staff(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/staff``: who works here; ``POST`` adds, changes, removes, leaves."""
    if request.method != "POST":
        return _page(request, desk, AddForm())
    step = request.POST.get("step") or request.GET.get("step", "")
    if step == "add":
        return _add(request, desk)
    taken = _STEPS.get(step)
    if taken is None:
        raise NotFound
    if step != "leave" and not desk.is_owner:
        return page(request, "refused/not_permitted", {"section": "issuers"}, 403)
    try:
        return taken(request, desk)
    except InvalidInput as refusal:
        say(request, " ".join(texts_of(refusal)), tone="bad")
    except TryLater:
        said = _("A mail went out less than five minutes ago. Please wait a little.")
        say(request, said, tone="warn")
    return see(request.path)


@visited
def invitation(request: HttpRequest, code: str) -> HttpResponse:
    """``GET /invitations/:code``: what one is invited to; ``POST`` accepts it."""
    invited = invitations.of_code(code)
    person = visitor(request)
    if person is None:
        if request.POST.get("step") == "sign-in":
            return signin.answer(request, {})
        if "sign-in" in request.GET:
            return signin.form(request, {})
    is_for_me = person is not None and invitations.is_for(invited, person)
    if request.method == "POST" and person is not None and is_for_me:
        invitations.accept(invited, person)
        said = _("You now work for “%(name)s”.") % {"name": invited.issuer.name}
        say(request, said)
        return see(f"/issuers/{invited.issuer.entity_id}")
    context = {
        "invitation": invited,
        "role": dict(_ROLES)[invited.role],
        "is_for_me": is_for_me,
        "has_expired": invited.expires_at < timezone.now(),
    }
    return page(request, "staff/invitation", context)


def _page(request: HttpRequest, desk: Desk, form: AddForm, status: int = 200) -> HttpResponse:
    rows = issuers.staff([desk.issuer], with_viewers=True).get(desk.issuer.pk, [])
    people = accounts.identities([row.user for row in rows])
    owners = sum(row.role == Role.OWNER for row in rows)
    context = {
        "tab": "staff",
        "form": form,
        "roles": desks.ROLES,
        "rows": [
            {
                "row": row,
                "role": desks.ROLES[row.role],
                "email": _first_address(people, row),
                "is_me": row.user_id == desk.person.pk,
                "is_last_owner": row.role == Role.OWNER and owners == 1,
            }
            for row in rows
        ],
        "invitations": [
            {
                "row": row,
                "role": desks.ROLES[row.role],
                "has_expired": row.expires_at < timezone.now(),
            }
            for row in (invitations.of_issuer(desk.issuer, by=desk.by) if desk.is_owner else [])
        ],
        "is_last_owner": owners == 1 and desk.is_owner,
    }
    return desk.page(request, "staff/list", context, status)


def _first_address(people: dict[int, accounts.Identities], row: IssuerStaff) -> str:
    mails = people[row.user_id].addresses
    return mails[0].email if mails else ""


def _add(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Somebody with an account works here from now on; anybody else is invited."""
    if not desk.is_owner:
        return page(request, "refused/not_permitted", {"section": "issuers"}, 403)
    form = AddForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, form, 400)
    email, role = addresses.normalised(form.cleaned_data["email"]), form.cleaned_data["role"]
    # What happens tells who has an account, so one may not try for long.
    attempt = limits.attempt(_SEARCH, address=limits.address_of(request))
    owned = addresses.owned(email)
    try:
        if owned is not None:
            issuers.add_staff(desk.issuer, owned.user, role, by=desk.by)
            say(request, _("%(email)s works here from now on.") % {"email": email})
        else:
            attempt.failed()
            invitations.invite(desk.issuer, email, role, by=desk.by)
            say(request, _("%(email)s was invited by mail.") % {"email": email})
    except InvalidInput as refusal:
        form.refuse(refusal)
        return _page(request, desk, form, 400)
    return see(request.path)


def _change(request: HttpRequest, desk: Desk) -> HttpResponse:
    person, role = _row(request, desk).user, _role(request)
    issuers.change_staff(desk.issuer, person, role, by=desk.by)
    say(request, _("The role was changed."))
    return see(request.path)


def _remove(request: HttpRequest, desk: Desk) -> HttpResponse:
    row = _row(request, desk)
    person = row.user
    issuers.remove_staff(desk.issuer, person, by=desk.by)
    back = urlencode({"step": "restore", "person": person.entity_id, "role": row.role})
    said = _("%(name)s does not work here any more.") % {"name": person.name or _("This person")}
    say(request, said, undo=f"{request.path}?{back}")
    return see(request.path)


def _restore(request: HttpRequest, desk: Desk) -> HttpResponse:
    person = User.objects.filter(entity_id=_named(request.GET.get("person", ""))).first()
    if person is None:
        raise NotFound
    issuers.add_staff(desk.issuer, person, _role(request), by=desk.by)
    say(request, _("%(name)s works here again.") % {"name": person.name or _("This person")})
    return see(request.path)


def _leave(request: HttpRequest, desk: Desk) -> HttpResponse:
    try:
        issuers.leave(desk.issuer, by=desk.by)
    except NotPermitted:
        return see("/issuers")
    say(request, _("You do not work for “%(name)s” any more.") % {"name": desk.issuer.name})
    return see("/issuers")


def _resend(request: HttpRequest, desk: Desk) -> HttpResponse:
    invitations.resend(_invitation(request, desk), by=desk.by)
    say(request, _("The invitation is on its way once more."))
    return see(request.path)


def _withdraw(request: HttpRequest, desk: Desk) -> HttpResponse:
    invitations.withdraw(_invitation(request, desk), by=desk.by)
    say(request, _("The invitation was withdrawn."))
    return see(request.path)


_STEPS: Final[dict[str, Callable[[HttpRequest, Desk], HttpResponse]]] = {
    "change": _change,
    "remove": _remove,
    "restore": _restore,
    "leave": _leave,
    "resend": _resend,
    "withdraw": _withdraw,
}


def _row(request: HttpRequest, desk: Desk) -> IssuerStaff:
    """Who works here and is meant. Raises NotFound."""
    row = (
        IssuerStaff.objects.filter(
            issuer=desk.issuer, user__entity_id=_named(request.POST.get("person", ""))
        )
        .select_related("user")
        .first()
    )
    if row is None:
        raise NotFound
    return row


def _named(text: str) -> str:
    """What may be the name of something; no database keeps a null character."""
    return text.replace("\0", "")[:254]


def _role(request: HttpRequest) -> str:
    role = request.POST.get("role") or request.GET.get("role", "")
    if role not in Role.values:
        raise NotFound
    return role


def _invitation(request: HttpRequest, desk: Desk) -> Invitation:
    number = request.POST.get("invitation", "")
    if not (number.isdecimal() and len(number) < 19):
        raise NotFound
    return invitations.find(desk.issuer, int(number), by=desk.by)
