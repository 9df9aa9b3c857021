"""
How often a name or an address may try something, such as a password.

The books are rows of the database, so that all processes share them. A name that failed waits:
2 seconds, 4, 8 … up to the setting ``login_backoff_max_seconds``; success ends it. An address may
fail a hundred times an hour whatever the names, so that nobody can try one password on everybody;
success does not end that, or an account of one's own would. Tries that run at the same moment do
not see each other; so a burst is bounded by the number of web threads.

    attempt = limits.attempt("login", name=username, address=limits.address_of(request))
    attempt.succeeded() if right else attempt.failed()

Where every use counts and not only a failed one (mails, accounts), call ``failed()`` each time.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from rosette.errors import TryLater
from rosette.models import Backoff

_FAILURES_PER_HOUR: Final = 100
_CREDIT: Final = timedelta(hours=1)
_FORGOTTEN_AFTER: Final = timedelta(days=1)
_STEEPEST: Final = 12  # 2 ** 12 seconds are more than an hour


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at something that is not known to be right yet."""

    what: str
    name: str
    address: str

    def failed(self) -> None:
        """Count it against the name and the address."""
        if _is_on():
            now = timezone.now()
            for key in _keys(self.what, self.name, self.address):
                _count(self.what, key, now)

    def succeeded(self) -> None:
        """Forget the name's failures."""
        forget(self.what, self.name)


def attempt(what: str, *, name: str = "", address: str = "") -> Attempt:
    """
    Begin a try at ``what`` (such as ``"login"``), by a name in any letter case, from an address.

    An empty name or address is left out of account. Raises TryLater while either must wait.
    """
    now = timezone.now()
    keys = [key for _, key in _keys(what, name, address)]
    locked = Backoff.objects.filter(what=what, key__in=keys, locked_until__gt=now)
    last = locked.order_by("-locked_until").first() if _is_on() else None
    if last is not None:
        raise TryLater(
            math.ceil((last.locked_until - now).total_seconds()),
            f"Too many {what} attempts. Please wait and try again.",
        )
    return Attempt(what, name, address)


def forget(what: str, *names: str) -> None:
    """Forget the failures of the names, since they have proven themselves some other way."""
    keys = [key for name in names for _, key in _keys(what, name, "")]
    Backoff.objects.filter(what=what, key__in=keys).delete()


def address_of(request: HttpRequest) -> str:
    """
    The address of the client, as one counts clients: of IPv6 only the network, 64 bits.

    ``X-Forwarded-For`` is believed as far as the setting ``trusted_proxies`` says: each of that
    many proxies appended the address that it saw.
    """
    return address_within(request.META)


def address_within(environ: Mapping[str, str]) -> str:
    """``address_of``, of what WSGI says."""
    proxies = settings.ROSETTE.trusted_proxies
    if proxies:
        seen = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(seen) >= proxies:
            return _address(seen[-proxies].strip())
    return _address(environ.get("REMOTE_ADDR", ""))


def _is_on() -> bool:
    return settings.ROSETTE.login_backoff_max_seconds > 0


@lru_cache(1024)
def _address(text: str) -> str:
    try:
        found = ip_address(text)
    except ValueError:
        # Some proxies append the port.
        try:
            found = ip_address(urlsplit(f"//{text}").hostname or "")
        except ValueError:
            return text
    match found:
        case IPv4Address():
            return str(found)
        case IPv6Address(ipv4_mapped=IPv4Address() as within):
            return str(within)
        case _:
            return str(IPv6Network((found, 64), strict=False))


_Kind = Literal["name", "address"]


def _keys(what: str, name: str, address: str) -> list[tuple[_Kind, str]]:
    """The rows concerned: what each is of, and its key."""
    kinds: list[tuple[_Kind, str]] = [("name", name.strip().casefold()), ("address", address)]
    return [
        (kind, hashlib.sha256(f"{what}\0{kind}\0{value}".encode()).hexdigest())
        for kind, value in kinds
        if value
    ]


def _count(what: str, of: tuple[_Kind, str], now: datetime) -> None:
    kind, key = of
    longest = timedelta(seconds=settings.ROSETTE.login_backoff_max_seconds)
    with transaction.atomic():
        row, is_new = Backoff.objects.select_for_update().get_or_create(
            what=what, key=key, defaults={"locked_until": now - _CREDIT}
        )
        if row.locked_until < now - _FORGOTTEN_AFTER:
            row.failures = 0
        row.failures += 1
        later = (
            now + timedelta(seconds=2 ** min(row.failures, _STEEPEST))
            if kind == "name"
            else _spent(row.locked_until, now)
        )
        row.locked_until = min(later, now + longest)
        row.save()
    if is_new:
        Backoff.objects.filter(locked_until__lt=now - _FORGOTTEN_AFTER).delete()


def _spent(locked_until: datetime, now: datetime) -> datetime:
    """
    Until when an address waits after one more failure; in the past while it has credit.

    Each failure costs its share of an hour, and an hour's worth of them is free.
    """
    return max(locked_until, now - _CREDIT) + _CREDIT / _FAILURES_PER_HOUR
