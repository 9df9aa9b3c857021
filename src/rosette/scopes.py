"""What a token can be allowed: the scopes of V2, Badge Connect and Open Badges 3.0 in words."""

from typing import Final

from django.utils.translation import gettext_noop as _

_BADGE_CONNECT: Final = "https://purl.imsglobal.org/spec/ob/v2p1/scope"
_OPEN_BADGES_3: Final = "https://purl.imsglobal.org/spec/ob/v3p0/scope"
# By itself it opens nothing: it is how programs of Open Badges 3.0 ask for a refresh token.
OFFLINE: Final = "offline_access"

# Each scope, as a person who is asked for it reads it.
SCOPES: Final = {
    "r:profile": _("See who you are"),
    "rw:profile": _("See and change your profile"),
    "r:backpack": _("See the badges in your backpack"),
    "rw:backpack": _("See, add and remove badges in your backpack, and arrange collections"),
    "r:issuer": _("See your issuers, their badges and awards"),
    "rw:issuer": _("Create and change issuers and badges, and award them"),
    "rw:issuer:*": _("Act for one issuer"),
    "rw:serverAdmin": _("Act for every issuer of this server"),
    f"{_BADGE_CONNECT}/assertion.readonly": _("See your badges"),
    f"{_BADGE_CONNECT}/assertion.create": _("Put badges into your backpack"),
    f"{_BADGE_CONNECT}/profile.readonly": _("See who you are"),
    f"{_OPEN_BADGES_3}/credential.readonly": _("See your badges"),
    f"{_OPEN_BADGES_3}/credential.upsert": _("Put badges into your backpack, and renew them"),
    f"{_OPEN_BADGES_3}/profile.readonly": _("See who you are"),
    f"{_OPEN_BADGES_3}/profile.update": _("Change your name"),
    OFFLINE: _("Stay connected while you are away"),
}
# What a token of the client `public` may do unless less is asked for, and a legacy token always.
DEFAULT_SCOPES: Final = ("rw:profile", "rw:issuer", "rw:backpack")
BADGE_CONNECT_SCOPES: Final = tuple(scope for scope in SCOPES if scope.startswith(_BADGE_CONNECT))
OPEN_BADGES_3_SCOPES: Final = tuple(scope for scope in SCOPES if scope.startswith(_OPEN_BADGES_3))
ADMIN_SCOPE: Final = "rw:serverAdmin"
# Stands in an application's list for every `rw:issuer:<entity id>`; no token bears it itself.
ANY_ISSUER: Final = "rw:issuer:*"
_ONE_ISSUER: Final = "rw:issuer:"


def issuer_of(scope: str) -> str | None:
    """The issuer's entity id in ``rw:issuer:<entity id>``; None for every other scope."""
    if scope == ANY_ISSUER or not scope.startswith(_ONE_ISSUER):
        return None
    return scope.removeprefix(_ONE_ISSUER) or None


def issuer_scope(entity_id: str) -> str:
    """The scope that reaches the one issuer."""
    return f"{_ONE_ISSUER}{entity_id}"


def meaning(scope: str) -> str:
    """The scope in words, for the person who is asked for it."""
    return SCOPES[scope if issuer_of(scope) is None else ANY_ISSUER]
