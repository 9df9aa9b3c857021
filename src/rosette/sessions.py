"""
The sessions of people who use the pages: Django's, kept in rows of our own (``SESSION_ENGINE``).

A person may be half signed in: their password was right, and the second step is still to come.
That is a note in a stranger's session, which opens nothing.
"""

import time
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY, login, logout
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest

from rosette import occasions
from rosette.models import Session, User
from rosette.models.base import new_entity_id
from rosette.models.sessions import AGENT_MAX_LENGTH

_NUMBER: Final = "number"
_AGENT: Final = "agent"
_SINCE: Final = "signed_in_at"
_SEEN: Final = "seen_at"
_HALFWAY: Final = "halfway"
_HALFWAY_SECONDS: Final = 600
_SEEN_EVERY_SECONDS: Final = 900
_FRESH_SECONDS: Final = 1800


class SessionStore(DatabaseStore):
    """Django's store, whose rows say besides whose they are and what of."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The rows."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row of this session as it is now."""
        row: Any = super().create_model_instance(data)
        row.number = data.get(_NUMBER, "")
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.agent = data.get(_AGENT, "")
        row.signed_in_at = _moment(data.get(_SINCE))
        row.seen_at = _moment(data.get(_SEEN, time.time()))
        kept: Session = row
        return kept


def begin(request: HttpRequest, person: User) -> None:
    """Sign the person in, by a session of a new name."""
    request.session.pop(_HALFWAY, None)
    login(request, person, settings.AUTHENTICATION_BACKENDS[0])
    occasions.let_in(person.entity_id)
    now = time.time()
    request.session.update(
        {
            _NUMBER: new_entity_id(),
            _AGENT: request.META.get("HTTP_USER_AGENT", "")[:AGENT_MAX_LENGTH],
            _SINCE: now,
            _SEEN: now,
        }
    )


def begin_halfway(request: HttpRequest, person: User) -> None:
    """Remember that the person's password was right; for ten minutes, and in a new session."""
    logout(request)
    request.session[_HALFWAY] = [person.pk, person.get_session_auth_hash(), time.time()]


def halfway(request: HttpRequest) -> User | None:
    """Who has done the first step of signing in, and nothing else yet."""
    number, proof, since = request.session.get(_HALFWAY) or (None, "", 0)
    if number is None or time.time() - since > _HALFWAY_SECONDS:
        return None
    person = User.objects.filter(pk=number, is_active=True).first()
    return person if person and person.get_session_auth_hash() == proof else None


def see(request: HttpRequest) -> None:
    """Note that the session is in use, which also puts off its end; not at each request."""
    session = request.session
    last = session.get(_SEEN)
    if last is not None and time.time() - last > _SEEN_EVERY_SECONDS:
        session[_SEEN] = time.time()


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person has proven themselves within the last half hour."""
    since: float = request.session.get(_SINCE, 0)
    return time.time() - since < _FRESH_SECONDS


def number(request: HttpRequest) -> str:
    """What this session is called in a list."""
    found: str = request.session.get(_NUMBER, "")
    return found


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
