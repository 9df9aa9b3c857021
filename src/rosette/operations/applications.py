"""
OAuth2 clients, what each may be allowed, and the tokens that people have given out.

How a grant becomes a token stands in ``operations/grants.py``.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import uuid4

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import revoke_access_token, set_token_value
from oauthlib.common import generate_token

from rosette.errors import InvalidInput, NotFound
from rosette.models import (
    AccessToken,
    Application,
    Grant,
    Issuer,
    IssuerStaff,
    LegacyToken,
    RefreshToken,
    Role,
    User,
)
from rosette.models.applications import checksum
from rosette.operations import audit, policies
from rosette.operations.policies import Actor, Reach
from rosette.scopes import (
    ADMIN_SCOPE,
    ANY_ISSUER,
    DEFAULT_SCOPES,
    SCOPES,
    issuer_of,
    issuer_scope,
)

PUBLIC: Final = "public"
_PUBLIC_SCOPES: Final = (
    "r:profile",
    "rw:profile",
    "r:backpack",
    "rw:backpack",
    "r:issuer",
    "rw:issuer",
)
_ISSUER_TOKEN_LIFETIME: Final = timedelta(weeks=5200)
_LEGACY_TOKEN_DIGITS: Final = 40


@dataclass(frozen=True, slots=True)
class Registration:
    """
    A wish for a new client of authorization codes, checked.

    ``refresh``: whether its grants can be renewed without the person.
    """

    name: str
    website_url: str
    logo_url: str
    policy_url: str
    terms_url: str
    software_id: str
    software_version: str
    redirect_uris: Sequence[str]
    scopes: Sequence[str]
    refresh: bool


class Registered(NamedTuple):
    """A new client, and the secret that is never shown again."""

    application: Application
    secret: str


class IssuerToken(NamedTuple):
    """A new token for one issuer; its text is never shown again."""

    text: str
    issuer: str
    row: AccessToken


def ensure_public_client() -> Application:
    """
    The client of all that name none, made if there is none yet.

    Passwords and refresh tokens are exchanged under its name without any secret.
    """
    application: Application
    application, is_new = Application.objects.get_or_create(
        client_id=PUBLIC,
        defaults={
            "name": "Rosette",
            "client_type": Application.CLIENT_PUBLIC,
            "authorization_grant_type": Application.GRANT_PASSWORD,
            "client_secret": "",
            "allowed_scopes": " ".join(_PUBLIC_SCOPES),
        },
    )
    if is_new:
        audit.note("application.create", "application", PUBLIC, by=audit.SERVER)
    return application


@transaction.atomic
def register(wish: Registration) -> Registered:
    """A new confidential client that anybody may have (RFC 7591)."""
    secret = generate_client_secret()
    application = Application.objects.create(
        name=wish.name,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        registration_source=Application.RegistrationSource.DCR,
        client_secret=secret,
        redirect_uris=" ".join(wish.redirect_uris),
        allowed_scopes=" ".join(wish.scopes),
        website_url=wish.website_url,
        logo_url=wish.logo_url,
        policy_url=wish.policy_url,
        terms_url=wish.terms_url,
        software_id=wish.software_id,
        software_version=wish.software_version,
        issues_refresh_tokens=wish.refresh,
    )
    audit.note(
        "application.create",
        "application",
        application.client_id,
        by="",
        scopes=list(wish.scopes),
        website=wish.website_url,
    )
    return Registered(application, secret)


def lendable(application: Application, scopes: Iterable[str], person: User | None) -> list[str]:
    """
    Those of the scopes that the application may have in a token that acts for the person.

    They must stand in the application's list. A token for one issuer is given by an owner of it
    only, and one for the whole server by an administrator only: nobody lends what they have not.
    Without a person, only the application is asked about.
    """
    allowed = application.allowed_scopes.split()
    asked = list(scopes)
    issuers = {scope: issuer for scope in asked if (issuer := issuer_of(scope)) is not None}
    owned = _owned(issuers.values(), person) if issuers and ANY_ISSUER in allowed else set()

    def may_have(scope: str) -> bool:
        if scope in issuers:
            return issuers[scope] in owned
        if scope == ANY_ISSUER or scope not in SCOPES or scope not in allowed:
            return False
        return scope != ADMIN_SCOPE or person is None or person.is_superuser

    return [scope for scope in asked if may_have(scope)]


def default_scopes(application: Application) -> list[str]:
    """What a token of the application may do when it asked for nothing in particular."""
    return list(DEFAULT_SCOPES) if application.client_id == PUBLIC else ["r:profile"]


def tokens(person: User) -> QuerySet[AccessToken]:
    """The unexpired access tokens that act for the person, the newest last."""
    acts_for_them = Q(user=person) | Q(user=None, application__user=person)
    found: QuerySet[AccessToken] = (
        AccessToken.objects.filter(acts_for_them, expires__gt=timezone.now())
        .select_related("application")
        .order_by("pk")
    )
    return found


def token(entity_id: str, *, by: User) -> AccessToken:
    """One of the person's own tokens. Raises NotFound, also for other people's."""
    found = tokens(by).filter(entity_id=entity_id).first()
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def revoke(entity_id: str, *, by: User) -> None:
    """End one of the person's own tokens, with the refresh token that would renew it."""
    found = token(entity_id, by=by)
    _note_token("token.end", by.entity_id, token=entity_id)
    revoke_access_token(found)


class Connection(NamedTuple):
    """An application that acts for a person: what for, and since when."""

    application: Application
    scopes: list[str]
    since: datetime


def connections(person: User) -> list[Connection]:
    """
    The applications that the person has let in and that still have a way in, by name.

    Those that only ever knew a password came as ``public``; see ``sign_ins_by_password``.
    """
    held = AccessToken.objects.filter(user=person).exclude(application__client_id=PUBLIC)
    alive = Q(expires__gt=timezone.now()) | Q(
        refresh_token__isnull=False, refresh_token__revoked=None
    )
    found: dict[int, Connection] = {}
    for token in held.filter(alive).select_related("application").order_by("pk"):
        if token.application is None:
            continue
        before = found.get(token.application_id)
        scopes = before.scopes if before else []
        found[token.application_id] = Connection(
            token.application,
            [*scopes, *(name for name in token.scope.split() if name not in scopes)],
            before.since if before else token.created,
        )
    return sorted(found.values(), key=lambda item: item.application.name.casefold())


@transaction.atomic
def disconnect(client_id: str, *, by: User) -> None:
    """Let the application act for the person no longer. Raises NotFound."""
    application = Application.objects.filter(client_id=client_id).exclude(client_id=PUBLIC).first()
    if application is None or not _end_all(by, application):
        raise NotFound
    audit.note("consent.end", "application", client_id, by=by.entity_id)


def sign_ins_by_password(person: User) -> int:
    """How many programs act for the person because they were told the password."""
    return _by_password(person).count() + LegacyToken.objects.filter(user=person).count()


@transaction.atomic
def end_sign_ins_by_password(person: User) -> None:
    """Let none of these programs act for the person any more; keys made by hand stay."""
    _note_token("token.end", person.entity_id, client=PUBLIC, count=sign_ins_by_password(person))
    RefreshToken.objects.filter(user=person, application__client_id=PUBLIC).delete()
    _by_password(person).delete()
    LegacyToken.objects.filter(user=person).delete()


@transaction.atomic
def issuer_tokens(
    entity_ids: Sequence[str], *, by: Actor, application_id: int
) -> list[IssuerToken]:
    """
    A token of practically no end for each of the issuers, for programs that serve one issuer.

    It acts for the owner of the application; for the person who asks, if the application has no
    owner, as ``public`` has none. Raises NotPermitted unless the asker owns every issuer, and
    InvalidInput for an issuer that there is not.
    """
    application = Application.objects.select_related("user").get(pk=application_id)
    issuers = {
        issuer.entity_id: issuer
        for issuer in Issuer.objects.filter(entity_id__in=entity_ids, deleted_at=None)
    }
    if not issuers.keys() >= set(entity_ids):
        raise InvalidInput({"issuers": ["unknown issuer"]})
    policies.require_each(Reach.OWNER, by, issuers.values())
    acts_for = application.user_id or by.user_id
    made = [_issuer_token(entity_id, application_id, acts_for) for entity_id in entity_ids]
    AccessToken.objects.bulk_create(token.row for token in made)
    audit.note_all(
        audit.entry(
            "token.create",
            "issuer",
            token.issuer,
            by=by.user_entity_id,
            issuer=token.issuer,
            details={"client": application.client_id, "token": token.row.entity_id},
        )
        for token in made
    )
    return made


@transaction.atomic
def legacy_token(person: User) -> str:
    """
    The person's token without end, 40 hex digits; the same each time, made if there is none.

    One that came from another server cannot be shown and is replaced, as is every one when the
    server's secret key has changed.
    """
    kept, is_new = LegacyToken.objects.select_for_update().get_or_create(
        user=person, defaults=_new_legacy_token(person)
    )
    text = _legacy_text(person, kept.seed)
    if is_new:
        _note_token("token.create", person.entity_id, without_end=True)
    return text if kept.token_checksum == checksum(text) else new_legacy_token(person)


@transaction.atomic
def new_legacy_token(person: User) -> str:
    """A new token without end for the person; the one before it ends."""
    fields = _new_legacy_token(person)
    LegacyToken.objects.update_or_create(user=person, defaults=fields)
    _note_token("token.create", person.entity_id, without_end=True)
    return _legacy_text(person, fields["seed"])


def _by_password(person: User) -> QuerySet[AccessToken]:
    found: QuerySet[AccessToken] = AccessToken.objects.filter(
        user=person, application__client_id=PUBLIC, name="", expires__gt=timezone.now()
    )
    return found


def _end_all(person: User, application: Application) -> int:
    """End every way in that the application has to the person; how many there were."""
    ended = 0
    for model in (RefreshToken, AccessToken, Grant):
        gone = model._default_manager.filter(user=person, application=application)
        ended += gone.delete()[0]
    return ended


def _note_token(action: audit.Action, person: str, /, **said: Any) -> None:
    audit.note(action, "user", person, by=person, **said)


def _owned(issuers: Collection[str], person: User | None) -> set[str]:
    """Those of the issuers whose tokens the person may lend."""
    if person is None or person.is_superuser:
        return set(issuers)
    roles = IssuerStaff.objects.filter(
        issuer__entity_id__in=issuers, issuer__deleted_at=None, user=person, role=Role.OWNER
    )
    return set(roles.values_list("issuer__entity_id", flat=True))


def _issuer_token(entity_id: str, application_id: int, user_id: int) -> IssuerToken:
    text = generate_token()
    row = AccessToken(
        user_id=user_id,
        application_id=application_id,
        scope=issuer_scope(entity_id),
        expires=timezone.now() + _ISSUER_TOKEN_LIFETIME,
    )
    set_token_value(row, text)
    return IssuerToken(text, entity_id, row)


def _new_legacy_token(person: User) -> dict[str, Any]:
    seed = uuid4().hex
    return {"seed": seed, "token_checksum": checksum(_legacy_text(person, seed))}


def _legacy_text(person: User, seed: str) -> str:
    # Nobody can make it of the database alone.
    mac = salted_hmac("rosette.legacy_token", f"{person.entity_id}:{seed}", algorithm="sha256")
    return mac.hexdigest()[:_LEGACY_TOKEN_DIGITS]
