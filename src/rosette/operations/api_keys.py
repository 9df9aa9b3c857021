"""
API keys: tokens that a person makes by hand, each for one program, with no more than it needs.

A key is an access token with a name (``models/applications.py``): the API asks no more of it than
of any other. Its text is shown once.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from oauth2_provider.models import set_token_value
from oauthlib.common import generate_token

from rosette.errors import InvalidInput, NotFound
from rosette.models import AccessToken, Issuer, Notice, User
from rosette.operations import addresses, applications, audit
from rosette.scopes import ADMIN_SCOPE, issuer_of, issuer_scope

MOST: Final = 100
SCOPES: Final = (
    *("r:profile", "rw:profile", "r:backpack", "rw:backpack", "r:issuer", "rw:issuer"),
    ADMIN_SCOPE,
)
"""What a key may be for, besides one issuer; the last for administrators only."""
_NO_END: Final = timedelta(weeks=5200)
_ENDLESS_AFTER: Final = timedelta(weeks=2600)


class Key(NamedTuple):
    """A new key; its text is never shown again."""

    text: str
    row: AccessToken


@transaction.atomic
def make(
    person: User,
    name: str,
    scopes: Sequence[str],
    *,
    issuer: str = "",
    until: date | datetime | None = None,
) -> Key:
    """
    A key of this name; ``until`` is its last day in the present zone, or the moment of its end.

    Without ``until`` it has no end.

    ``issuer`` is the name of the one issuer that it reaches, besides the scopes. Raises
    InvalidInput about ``name``, ``scopes``, ``issuer`` or ``until``.
    """
    if not name.strip():
        raise InvalidInput({"name": [_("This field is required.")]})
    wanted = [scope for scope in SCOPES if scope in scopes]
    if len(wanted) != len(set(scopes)) or (ADMIN_SCOPE in wanted and not person.is_superuser):
        raise InvalidInput({"scopes": [_("You cannot give this right.")]})
    if issuer:
        if issuer not in {item.entity_id for item in lendable_issuers(person)}:
            raise InvalidInput({"issuer": [_("You are not an owner of this issuer.")]})
        wanted.append(issuer_scope(issuer))
    if not wanted:
        raise InvalidInput({"scopes": [_("Choose what the key may do.")]})
    now = timezone.now()
    ends = now + _NO_END
    if until is not None:
        try:
            ends = _end(until)
        except OverflowError:
            ends = now
        if not now < ends < now + _NO_END:
            raise InvalidInput({"until": [_("The day must lie ahead.")]})
    User.objects.select_for_update().get(pk=person.pk)
    if of_person(person).count() >= MOST:
        raise InvalidInput(
            general=[
                gettext("At most %(count)s keys can be kept. End one first.") % {"count": MOST}
            ]
        )
    text = generate_token()
    row = AccessToken(
        user=person,
        application=applications.ensure_public_client(),
        name=name.strip()[:80],
        scope=" ".join(wanted),
        expires=ends,
    )
    set_token_value(row, text)
    row.save()
    _note("api-key.create", person, row.entity_id, scopes=wanted, until=until)
    addresses.tell(Notice.Kind.KEY_ADDED, person)
    return Key(text, row)


def _end(until: date | datetime) -> datetime:
    """The moment, or the end of the day. Raises OverflowError."""
    if isinstance(until, datetime):
        return until
    return timezone.make_aware(datetime.combine(until + timedelta(days=1), time()))


def of_person(person: User) -> QuerySet[AccessToken]:
    """The person's living keys, the newest first."""
    found: QuerySet[AccessToken] = (
        AccessToken.objects.filter(user=person, expires__gt=timezone.now())
        .exclude(name="")
        .order_by("-pk")
    )
    return found


def has_end(row: AccessToken) -> bool:
    """Whether somebody chose when it ends."""
    until: datetime = row.expires
    return bool(until - row.created < _ENDLESS_AFTER)


def lendable_issuers(person: User) -> list[Issuer]:
    """Whom a key may be limited to: the issuers that the person owns."""
    owned = Q(staff_rows__user=person, staff_rows__role="owner")
    return list(Issuer.objects.filter(owned, deleted_at=None, source_url=None).order_by("name"))


def issuer_names(rows: Sequence[AccessToken]) -> dict[str, str]:
    """The names of the issuers that the tokens are limited to, by entity id."""
    named = {name for row in rows for scope in row.scope.split() if (name := issuer_of(scope))}
    return dict(Issuer.objects.filter(entity_id__in=named).values_list("entity_id", "name"))


@transaction.atomic
def end(entity_id: str, *, by: User) -> None:
    """Let the key open nothing any more. Raises NotFound."""
    gone, _ = AccessToken.objects.filter(user=by, entity_id=entity_id).exclude(name="").delete()
    if not gone:
        raise NotFound
    _note("api-key.end", by, entity_id)


def _note(action: audit.Action, person: User, token: str, /, **said: Any) -> None:
    """Of the key's name, which may say anything, nothing is told."""
    audit.note(action, "user", person.entity_id, by=person.entity_id, token=token, **said)
