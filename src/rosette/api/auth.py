"""Bearer token -> Caller: who is behind a request, and what their token lends them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from rosette import occasions
from rosette.errors import NotPermitted
from rosette.models import AccessToken, Identifier, LegacyToken, User
from rosette.models.applications import access, checksum
from rosette.operations.policies import Actor
from rosette.scopes import ADMIN_SCOPE, ANY_ISSUER, DEFAULT_SCOPES, issuer_of

_RENEWED_AFTER: Final = timedelta(hours=1)


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
            scope in self.scopes or (scope == ANY_ISSUER and bool(self.actor.granted))
            for scope in wanted
        )

    @property
    def is_whole(self) -> bool:
        """
        Whether the token lends all that the person may do, short of administration.

        Only such a token may be made into others: one that was lent less must not earn more.
        """
        return self.scopes.issuperset(DEFAULT_SCOPES)


def caller(request: HttpRequest) -> Caller:
    """
    Who is behind the ``Authorization`` header: ``Bearer TOKEN``, or ``Token HEX`` of old clients.

    The scheme's letter case does not matter, and of a doubled header value the first counts. A
    token in the query string is not looked at, because addresses end up in logs. Using a token
    renews it; of a key, it is noted. Raises Unauthenticated.
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


def admitted(request: HttpRequest, scopes: tuple[str, ...], *, verified: bool) -> Caller:
    """
    The caller, if the token has one of the scopes, and the person, where that is asked for, a
    verified identity. Raises Unauthenticated and NotPermitted.
    """
    by = caller(request)
    if not by.has_any(scopes):
        raise NotPermitted
    if verified and not (by.actor.is_verified or by.actor.is_admin):
        raise NotPermitted
    return by


def _bearer(token: str) -> Caller | None:
    found = access(token)
    now = timezone.now()
    if found is None or found.expires_at <= now:
        return None
    if found.is_key:
        _note_use(found.token_id, found.last_used_at, now)
    else:
        _slide(found.token_id, found.expires_at, now)
    occasions.let_in(found.user_entity_id, found.client_id)
    scopes = frozenset(found.scope.split())
    if ADMIN_SCOPE in scopes and not found.is_superuser:
        scopes -= {ADMIN_SCOPE}  # a token outlives its person's office, the right does not
    return Caller(
        actor=_actor(
            found.user_id,
            found.user_entity_id,
            is_verified=found.is_verified,
            is_admin=ADMIN_SCOPE in scopes,
            scopes=scopes,
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
    occasions.let_in(user.entity_id)
    verified = (
        user.is_superuser
        or any(address.verified for address in user.addresses())
        or Identifier.objects.verified().filter(user=user).exists()
    )
    scopes = frozenset(DEFAULT_SCOPES)
    return Caller(
        actor=_actor(user.pk, user.entity_id, is_verified=verified, is_admin=False, scopes=scopes),
        scopes=scopes,
        token_id=None,
        application_id=None,
    )


def _actor(
    user_id: int,
    user_entity_id: str,
    *,
    is_verified: bool,
    is_admin: bool,
    scopes: frozenset[str],
) -> Actor:
    write = "rw:issuer" in scopes
    return Actor(
        user_id=user_id,
        user_entity_id=user_entity_id,
        is_verified=is_verified,
        issuers_read=write or "r:issuer" in scopes,
        issuers_write=write,
        backpack_read="r:backpack" in scopes or "rw:backpack" in scopes,
        granted=frozenset(issuer for issuer in map(issuer_of, scopes) if issuer),
        is_admin=is_admin,
    )


def _slide(token_id: int, expires_at: datetime, now: datetime) -> None:
    """Renew the token, but not at each use: once an hour, or, if it lives shortly, at half time."""
    lifetime = timedelta(seconds=settings.ROSETTE.access_token_seconds)
    if now + lifetime - expires_at < min(_RENEWED_AFTER, lifetime / 2):
        return
    # Of several requests at a time, the one that finds it as it was read writes.
    AccessToken.objects.filter(pk=token_id, expires=expires_at).update(expires=now + lifetime)


def _note_use(token_id: int, last_used_at: datetime | None, now: datetime) -> None:
    """Note that the key is in use; once an hour is enough to see whether anybody needs it."""
    if last_used_at is None or now - last_used_at > _RENEWED_AFTER:
        AccessToken.objects.filter(pk=token_id).update(last_used_at=now)
