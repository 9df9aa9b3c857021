"""``/account/notifications``: which mails somebody gets at once, once a day, or never."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette.models import Notice, User
from rosette.operations import digests, notifications, unsubscribing
from rosette.operations.notifications import Choice
from rosette.web.forms import Form
from rosette.web.signin import member
from rosette.web.visits import page, say, see

_WORDS: Final = {
    Notice.Kind.AWARD: (
        gettext_lazy("Badges for you"),
        gettext_lazy("When a badge is awarded to one of your addresses."),
    ),
    Notice.Kind.REQUESTS: (
        gettext_lazy("Requests for badges"),
        gettext_lazy("When somebody asks for a badge of your issuers, and you may approve it."),
    ),
    Notice.Kind.DOMAIN_LOST: (
        gettext_lazy("Lost proofs of domains"),
        gettext_lazy("When an issuer of yours cannot prove any more that its domain is its own."),
    ),
    Notice.Kind.WEBHOOK_DISABLED: (
        gettext_lazy("Webhooks that were disabled"),
        gettext_lazy("When a webhook of your issuers did not answer for long."),
    ),
}
_CHOICES: Final = [
    (Choice.NOW.value, gettext_lazy("At once")),
    (Choice.DIGEST.value, gettext_lazy("Once a day, in one mail")),
    (Choice.NEVER.value, gettext_lazy("Never")),
]


class ChoiceForm(Form):
    """How each of these kinds of mail is wanted."""

    def __init__(self, kinds: Iterable[Notice.Kind], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in kinds:
            label, hint = _WORDS[kind]
            self.fields[kind.value] = forms.ChoiceField(
                label=label, help_text=hint, choices=_CHOICES, widget=forms.RadioSelect
            )

    def wanted(self) -> Mapping[Notice.Kind, Choice]:
        """What was chosen."""
        return {Notice.Kind(kind): Choice(how) for kind, how in self.cleaned_data.items()}


@member
def choices(request: HttpRequest, person: User) -> HttpResponse:
    """
    ``GET /account/notifications``: how each kind of mail comes; ``POST`` changes that.

    ``step=resubscribe`` takes back what a link in a mail has stopped, for one address.
    """
    if request.POST.get("step") == "resubscribe":
        email = request.POST.get("email", "")
        unsubscribing.resubscribe(person, email)
        say(request, _("Mails about badges go to %(address)s again.") % {"address": email})
        return see("/account/notifications")
    kinds = notifications.kinds_for(person)
    sent = request.POST if request.method == "POST" else None
    form = ChoiceForm(kinds, sent, initial=notifications.choices_of(person))
    if form.is_valid():
        notifications.choose(person, form.wanted())
        say(request, _("Your choice is saved."))
        return see("/account/notifications")
    hour = timezone.localtime(digests.hour_after(timezone.now()))
    shown = {
        "section": "account",
        "tab": "notifications",
        "form": form,
        "hour": time_format(hour),
        "held": digests.held_for(person),
        "stopped": unsubscribing.unsubscribed_of(person),
    }
    return page(request, "account/notifications", shown, 400 if form.errors else 200)
