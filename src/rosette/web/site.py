"""The start page, the brand of the site, the language of its pages, and their parts, live."""

import hashlib
from typing import Final

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import condition, require_safe

from rosette import brand
from rosette.models import IssuerStaff, User
from rosette.web.forms import Form
from rosette.web.visits import LANGUAGE_COOKIE, here, page, see, visited, visitor

_YEAR_SECONDS: Final = 31_536_000
_PICTURES: Final = {".png": "image/png", ".svg": "image/svg+xml"}
_KEPT: Final = "public, max-age=3600"


@visited
def start(request: HttpRequest) -> HttpResponse:
    """``GET /``: for whoever is signed in, the place where they work; else what this site is."""
    person = visitor(request)
    if person is None and not User.objects.exists():
        return see("/setup")
    if person is None:
        return page(request, "start", {"may_sign_up": settings.ROSETTE.allow_signup})
    is_staff = IssuerStaff.objects.filter(user=person).exists()
    return see("/issuers" if is_staff else "/backpack")


@visited
def language(request: HttpRequest) -> HttpResponse:
    """``POST /language``: the language in which this browser wants the pages from now on."""
    wished = request.POST.get("language", "")
    response = see(here(request.POST.get("back", ""), "/"))
    if wished in dict(settings.LANGUAGES):
        response.set_cookie(
            LANGUAGE_COOKIE,
            wished,
            max_age=_YEAR_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
            httponly=True,
        )
    return response


def _brand_tag(request: HttpRequest) -> str:
    return f'"{hashlib.sha256(_stylesheet().encode()).hexdigest()[:32]}"'


@require_safe
@condition(etag_func=_brand_tag)
def brand_stylesheet(request: HttpRequest) -> HttpResponse:
    """``GET /brand.css``: the colours of this site, where they are not Rosette's own."""
    return HttpResponse(
        _stylesheet(), content_type="text/css; charset=utf-8", headers={"Cache-Control": _KEPT}
    )


@require_safe
def logo(request: HttpRequest) -> HttpResponse:
    """``GET /brand/logo``: the picture beside the name of the site."""
    path = settings.ROSETTE.brand_logo
    if path is None or not path.is_file():
        return HttpResponse(status=404)
    headers = {
        "Cache-Control": _KEPT,
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        "X-Content-Type-Options": "nosniff",
    }
    media_type = _PICTURES[path.suffix.lower()]
    return HttpResponse(path.read_bytes(), content_type=media_type, headers=headers)


class Specimen(Form):
    """Every kind of field, for the page of parts."""

    name = forms.CharField(label=_("Name"), max_length=40, help_text=_("As it should stand on it."))
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("course", _("Course")), ("skill", _("Skill"))]
    )
    day = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    text = forms.CharField(label=_("Text"), required=False, widget=forms.Textarea)
    tells = forms.BooleanField(
        label=_("Tell them by mail"), required=False, help_text=_("One mail for each award.")
    )
    seen_by = forms.ChoiceField(
        label=_("Seen by"),
        widget=forms.RadioSelect,
        choices=[("all", _("Everybody")), ("link", _("Whoever has the link"))],
    )


@visited
def design(request: HttpRequest) -> HttpResponse:
    """``GET /design/``: the parts that all pages are made of, live. A form there does nothing."""
    form = (
        Specimen(request.POST) if request.method == "POST" else Specimen(initial={"kind": "skill"})
    )
    return page(request, "design", {"form": form})


def _stylesheet() -> str:
    own = type(settings.ROSETTE).model_fields
    chosen = (settings.ROSETTE.brand_color, settings.ROSETTE.brand_accent)
    is_ours = chosen == (own["brand_color"].default, own["brand_accent"].default)
    return "" if is_ours else brand.stylesheet(*chosen)
