"""Every page for people who sign in, under the addresses of Badgr's web interface."""

from typing import Final

from django.urls import re_path
from django.views.generic import RedirectView

from rosette.web import (
    backpack,
    claims,
    collections,
    consent,
    imports,
    old_links,
    sharing,
    signin,
    site,
)

_NAME: Final = r"(?P<entity_id>[^/\x00]+)"
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
    re_path(r"^backpack/?$", backpack.shelf),
    re_path(r"^backpack/import/?$", imports.import_badges),
    re_path(rf"^backpack/{_NAME}/?$", backpack.badge),
    re_path(rf"^backpack/{_NAME}/undo/?$", backpack.undo),
    re_path(rf"^backpack/{_NAME}/share/?$", sharing.badge),
    re_path(rf"^backpack/{_NAME}/download/(?P<form>[\w-]+)/?$", backpack.download),
    re_path(r"^collections/?$", collections.index),
    re_path(r"^collections/new/?$", collections.create),
    re_path(rf"^collections/{_NAME}/?$", collections.edit),
    re_path(rf"^collections/{_NAME}/remove/?$", collections.remove),
    re_path(rf"^collections/{_NAME}/publish/?$", collections.publish),
    re_path(rf"^collections/{_NAME}/share/?$", sharing.collection),
    re_path(r"^claim/(?P<token>[^/\x00]+)/?$", claims.claim),
    *old_links.urlpatterns,
]
