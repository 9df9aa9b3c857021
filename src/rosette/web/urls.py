"""Every page for people who sign in, under the addresses of Badgr's web interface."""

from typing import Final

from django.urls import path, re_path
from django.views.generic import RedirectView

from rosette.web import (
    account,
    administration,
    api_keys,
    backpack,
    claims,
    collections,
    consent,
    desk_urls,
    getting,
    imports,
    leaving,
    manage,
    old_links,
    security,
    setup,
    sharing,
    signin,
    signup,
    site,
)

_NAME: Final = r"(?P<entity_id>[^/\x00]+)"
_SIGN_IN: Final = RedirectView.as_view(url="/auth/login")

_ACCOUNT: Final = [
    re_path(r"^account/?$", account.profile),
    re_path(r"^account/addresses/?$", account.mail_addresses),
    re_path(r"^account/addresses/(?P<number>\d+)/remove/?$", account.remove_address),
    re_path(r"^account/identifiers/?$", account.other_identifiers),
    re_path(r"^account/identifiers/(?P<entity_id>[\w-]+)/?$", account.identifier),
    re_path(r"^account/security/?$", security.overview),
    re_path(r"^account/security/password/?$", security.password),
    re_path(r"^account/security/two-step/?$", security.two_step),
    re_path(r"^account/security/two-step/off/?$", security.two_step_off),
    re_path(r"^account/security/codes/?$", security.recovery_codes),
    re_path(r"^account/security/passkeys/new/?$", security.add_passkey),
    re_path(r"^account/security/passkeys/options/?$", security.passkey_options),
    re_path(r"^account/security/passkeys/(?P<number>\d+)/remove/?$", security.remove_passkey),
    re_path(r"^account/security/link/?$", security.link_account),
    re_path(r"^account/security/linked/(?P<number>\d+)/remove/?$", security.unlink_account),
    re_path(r"^account/devices/?$", security.signed_in_where),
    re_path(r"^account/keys/?$", api_keys.index),
    re_path(r"^account/keys/new/?$", api_keys.new),
    re_path(r"^account/keys/(?P<entity_id>[\w-]+)/end/?$", api_keys.end),
    re_path(r"^account/apps/?$", api_keys.apps),
    re_path(r"^account/data/?$", leaving.overview),
    re_path(r"^account/data/export/?$", leaving.export),
    re_path(r"^account/data/leave/?$", leaving.leave),
    re_path(r"^goodbye/?$", leaving.gone),
]
_MANAGE: Final = [
    re_path(r"^manage/?$", manage.dashboard),
    re_path(r"^manage/users/?$", manage.list_people),
    re_path(r"^manage/users/(?P<entity_id>[\w-]+)/?$", manage.show_person),
    re_path(r"^manage/users/(?P<entity_id>[\w-]+)/activate/?$", manage.activate),
    re_path(r"^manage/issuers/?$", manage.list_issuers),
    re_path(r"^manage/issuers/(?P<entity_id>[\w-]+)/?$", manage.show_issuer),
    re_path(r"^manage/mail/?$", manage.outbox),
    re_path(r"^manage/jobs/?$", manage.jobs),
    re_path(r"^manage/setup/?$", setup.steps),
    re_path(r"^manage/setup/mail/?$", setup.test_mail),
    re_path(r"^manage/setup/demo/?$", setup.load_demo),
    re_path(r"^manage/setup/settings/?$", setup.settings_file),
]

urlpatterns = [
    re_path(r"^$", site.start),
    re_path(r"^language/?$", site.language),
    re_path(r"^brand\.css$", site.brand_stylesheet),
    re_path(r"^brand/logo$", site.logo),
    re_path(r"^design/?$", site.design),
    re_path(r"^auth/oauth2/authorize/?$", consent.authorize),
    re_path(r"^auth/login/?$", signin.sign_in),
    re_path(r"^auth/passkey/?$", signin.passkey_options),
    re_path(r"^signup/?$", signup.sign_up),
    re_path(r"^signup/success/?$", signup.signed_up),
    re_path(r"^account/password/?$", signup.forgotten),
    *_ACCOUNT,
    re_path(r"^setup/?$", setup.first),
    *_MANAGE,
    path("staff/", administration.site.urls),
    # Too many to be looked through at every start, for the few who see them.
    re_path(r"^static/admin/(?P<path>[^\x00]+)$", administration.file),
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
    re_path(r"^c/confirm/(?P<token>[^/\x00]+)/?$", getting.proven),
    re_path(r"^c/(?P<link_id>[^/\x00]+)/?$", getting.get),
    *desk_urls.urlpatterns,
    *old_links.urlpatterns,
]
