"""Bearer token -> Caller: who is behind a request, and what their token lends them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from rosette.models import AccessToken, Identifier, LegacyToken, User
from rosette.models.applications import access, checksum
from rosette.operations.policies import Actor

SCOPES: Final = {
    "r:profile": "See who you are",
    "rw:profile": "See and change your profile",
    "r:backpack": "See the badges in your backpack",
    "rw:backpack": "See, add and remove badges in your backpack, and arrange collections",
    "r:issuer": "See your issuers, their badges and awards",
    "rw:issuer": "Create and change issuers and badges, and award them",
    "rw:issuer:*": "Act for one issuer",
    "rw:serverAdmin": "Act for every issuer of this server",
    "https://purl.imsglobal.org/spec/ob/v2p1/scope/assertion.readonly": "See your badges",
    "https://purl.imsglobal.org/spec/ob/v2p1/scope/assertion.create": "Add badges",
    "https://purl.imsglobal.org/spec/ob/v2p1/scope/profile.readonly": "See who you are",
}
DEFAULT_SCOPES: Final = ("rw:profile", "rw:issuer", "rw:backpack")
_ENTITY_SCOPE: Final = "rw:issuer:"


class Unauthenticated(Exception):
    """No token, or one that is unknown or expired."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the actor, and the token's scopes."""

    actor: Actor
    scopes: frozenset[str]
    token_id: int | None
    application_id: int | None

    @property
    def user(self) -> User:
        """The person's row, read when asked for."""
        return User.objects.get(pk=self.actor.user_id)

    def has_any(self, wanted: tuple[str, ...]) -> bool:
        """Whether the token has one of the scopes; ``rw:issuer:*`` stands for any one issuer's."""
        return any(
            scope in self.scopes or (scope == "rw:issuer:*" and bool(self.actor.granted))
            for scope in wanted
        )


def caller(request: HttpRequest) -> Caller:
    """
    Who is behind the ``Authorization`` header: ``Bearer TOKEN``, or ``Token HEX`` of old clients.

    The scheme's letter case does not matter, and of a doubled header value the first counts. A
    token in the query string is not looked at, because addresses end up in logs. Using a token
    in the second half of its life renews it. Raises Unauthenticated.
    """
    header = request.META.get("HTTP_AUTHORIZATION", "").split(",", 1)[0]
    scheme, _, token = header.strip().partition(" ")
    if not token:
        raise Unauthenticated
    match scheme.lower():
        case "bearer":
            found = _bearer(token.strip())
        case "token":
            found = _legacy(token.strip()) or _bearer(token.strip())
        case _:
            found = None
    if found is None:
        raise Unauthenticated
    return found


def _bearer(token: str) -> Caller | None:
    found = access(token)
    now = timezone.now()
    if found is None or found.expires_at <= now:
        return None
    _slide(found.token_id, found.expires_at, now)
    scopes = frozenset(found.scope.split())
    return Caller(
        actor=_actor(
            found.user_id, found.user_entity_id, is_verified=found.is_verified, scopes=scopes
        ),
        scopes=scopes,
        token_id=found.token_id,
        application_id=found.application_id,
    )


def _legacy(token: str) -> Caller | None:
    kept = (
        LegacyToken.objects.filter(token_checksum=checksum(token), user__is_active=True)
        .select_related("user")
        .first()
    )
    if kept is None:
        return None
    user = kept.user
    verified = (
        user.is_superuser
        or any(address.verified for address in user.addresses())
        or Identifier.objects.verified().filter(user=user).exists()
    )
    scopes = frozenset(DEFAULT_SCOPES)
    return Caller(
        actor=_actor(user.pk, user.entity_id, is_verified=verified, scopes=scopes),
        scopes=scopes,
        token_id=None,
        application_id=None,
    )


def _actor(
    user_id: int, user_entity_id: str, *, is_verified: bool, scopes: frozenset[str]
) -> Actor:
    write = "rw:issuer" in scopes
    return Actor(
        user_id=user_id,
        user_entity_id=user_entity_id,
        is_verified=is_verified,
        issuers_read=write or "r:issuer" in scopes,
        issuers_write=write,
        backpack_read="r:backpack" in scopes or "rw:backpack" in scopes,
        granted=frozenset(
            scope.removeprefix(_ENTITY_SCOPE) for scope in scopes if scope.startswith(_ENTITY_SCOPE)
        ),
        is_admin="rw:serverAdmin" in scopes,
    )


def _slide(token_id: int, expires_at: datetime, now: datetime) -> None:
    lifetime = timedelta(seconds=settings.ROSETTE.access_token_seconds)
    if expires_at - now < lifetime / 2:
        AccessToken.objects.filter(pk=token_id).update(expires=now + lifetime)
