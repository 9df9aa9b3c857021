"""Every page for people who sign in, under the addresses of Badgr's web interface."""

from typing import Final

from django.urls import re_path
from django.views.generic import RedirectView

from rosette.web import consent, desk_urls, signin, site

_SIGN_IN: Final = RedirectView.as_view(url="/auth/login")

urlpatterns = [
    re_path(r"^$", site.start),
    re_path(r"^language/?$", site.language),
    re_path(r"^brand\.css$", site.brand_stylesheet),
    re_path(r"^brand/logo$", site.logo),
    re_path(r"^design/?$", site.design),
    re_path(r"^auth/oauth2/authorize/?$", consent.authorize),
    re_path(r"^auth/login/?$", signin.sign_in),
    re_path(r"^(login|auth)/?$", _SIGN_IN),
    re_path(
        r"^auth/change-password/(?P<token>[^/\x00]+)/?$",
        RedirectView.as_view(url="/account/password/%(token)s"),
    ),
    *desk_urls.urlpatterns,
]
