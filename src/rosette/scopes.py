"""What a token can be allowed: the scopes of the V2 API and of Badge Connect, and their meaning."""

from typing import Final

_BADGE_CONNECT: Final = "https://purl.imsglobal.org/spec/ob/v2p1/scope"

# Each scope, as a person who is asked for it reads it.
SCOPES: Final = {
    "r:profile": "See who you are",
    "rw:profile": "See and change your profile",
    "r:backpack": "See the badges in your backpack",
    "rw:backpack": "See, add and remove badges in your backpack, and arrange collections",
    "r:issuer": "See your issuers, their badges and awards",
    "rw:issuer": "Create and change issuers and badges, and award them",
    "rw:issuer:*": "Act for one issuer",
    "rw:serverAdmin": "Act for every issuer of this server",
    f"{_BADGE_CONNECT}/assertion.readonly": "See your badges",
    f"{_BADGE_CONNECT}/assertion.create": "Put badges into your backpack",
    f"{_BADGE_CONNECT}/profile.readonly": "See who you are",
}
# What a token of the client `public` may do unless less is asked for, and a legacy token always.
DEFAULT_SCOPES: Final = ("rw:profile", "rw:issuer", "rw:backpack")
BADGE_CONNECT_SCOPES: Final = tuple(scope for scope in SCOPES if scope.startswith("https:"))
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
