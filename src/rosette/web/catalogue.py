"""``/issuers/:id/catalogue``: whether an issuer's badges are in the catalogue."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette.errors import InvalidInput, NotFound
from rosette.operations import catalogue as catalogues
from rosette.operations.catalogue import LANGUAGES
from rosette.operations.policies import Reach
from rosette.web.desk import Desk, at_issuer
from rosette.web.forms import Form, sent
from rosette.web.visits import say, see


class CatalogueForm(Form):
    """What an issuer wants of the catalogue."""

    is_in = forms.BooleanField(
        label=gettext_lazy("Everybody may find our badges in the catalogue"),
        required=False,
        help_text=gettext_lazy(
            "It shows the badges that you award, and nobody who has earned one."
        ),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of your badges"),
        required=False,
        choices=[("", gettext_lazy("Several, or none")), *LANGUAGES.items()],
    )


@at_issuer(Reach.EDITOR)
def catalogue(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/catalogue``: the form; ``POST`` lets badges in, or takes them out."""
    if not settings.ROSETTE.catalogue:
        raise NotFound
    issuer = desk.issuer
    initial = {"is_in": issuer.in_catalogue, "language": issuer.language}
    form = CatalogueForm(sent(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            catalogues.enter(issuer, by=desk.by, **form.cleaned_data)
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            said = {
                True: _("Your badges are in the catalogue in a moment."),
                False: _("Your badges are not in the catalogue."),
            }
            say(request, said[form.cleaned_data["is_in"]])
            return see(request.path)
    status = 400 if form.is_bound else 200
    return desk.page(request, "issuers/catalogue", {"tab": "settings", "form": form}, status)
