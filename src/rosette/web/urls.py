"""Every page for people who sign in, under the addresses of Badgr's web interface."""

from typing import Final

from django.urls import re_path
from django.views.generic import RedirectView

from rosette.web import consent, signin

_SIGN_IN: Final = RedirectView.as_view(url="/auth/login")

urlpatterns = [
    re_path(r"^auth/oauth2/authorize/?$", consent.authorize),
    re_path(r"^auth/login/?$", signin.sign_in),
    re_path(r"^(login|auth)/?$", _SIGN_IN),
    re_path(
        r"^auth/change-password/(?P<token>[^/\x00]+)/?$",
        RedirectView.as_view(url="/account/password/%(token)s"),
    ),
]
