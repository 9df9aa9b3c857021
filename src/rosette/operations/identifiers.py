"""
Web addresses and telephone numbers: claimed by anybody, owned by whoever proves it.

A web address is proven by what stands at it: a token that only its person is told, in the head of
the page, in a link of the page, or in a file of its server. A telephone number is proven by a code
that a gateway of the operator's sends to it, or vouched for by the operator.
"""

import re
import secrets
from datetime import timedelta
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

import nh3
import orjson
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from rosette import fetching, limits
from rosette.errors import InvalidInput, NotFound, StillInUse
from rosette.fetching import FetchError
from rosette.models import Identifier, User
from rosette.models.backpack import leave_out_of_collections
from rosette.openbadges.recipient import normalised
from rosette.operations import audit
from rosette.queue import enqueue

META: Final = "rosette-verification"
WELL_KNOWN: Final = "/.well-known/rosette-verification.txt"
MOST: Final = 20
_CODE_LIFETIME: Final = timedelta(minutes=10)
_CODE_TRIES: Final = 5
_SECONDS: Final = 10.0
_PAGE_MAX_BYTES: Final = 500_000
_TELEPHONE: Final = re.compile(r"\+[1-9][0-9]{4,14}")
_SEPARATORS: Final = re.compile(r"[\s().-]")
_URL: Final = Identifier.Kind.URL
_TAKEN: Final = _("Another account has verified this already.")
_NO_GATEWAY: Final = _("Telephone numbers are verified by the administrators of this server.")
_WRONG_CODE: Final = _("The code is wrong.")
_NO_CODE: Final = _("There is no code that still counts. Please ask for a new one.")


def of_person(person: User) -> list[Identifier]:
    """What the person has claimed, oldest first."""
    return list(Identifier.objects.filter(user=person).order_by("pk"))


def find(entity_id: str, *, by: User) -> Identifier:
    """The person's own identifier of this name. Raises NotFound."""
    found = Identifier.objects.filter(entity_id=entity_id, user=by).first()
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def add(kind: str, value: str, *, by: User) -> Identifier:
    """
    A new claim of the person, or the one that they have already.

    Raises InvalidInput for what is no such identifier, for one that somebody else has proven, and
    for the twenty-first.
    """
    value = _normal(kind, value)
    User.objects.select_for_update().get(pk=by.pk)
    mine = Identifier.objects.filter(user=by)
    if found := mine.filter(kind=kind, value=value).first():
        return found
    if mine.count() >= MOST:
        raise InvalidInput(
            general=[gettext("At most %(count)s identifiers can be claimed.") % {"count": MOST}]
        )
    if Identifier.objects.verified().filter(kind=kind, value=value).exists():
        raise InvalidInput({"identity": [_TAKEN]})
    added = Identifier.objects.create(user=by, kind=kind, value=value)
    _note("identifier.add", added, by=by)
    return added


@transaction.atomic
def remove(identifier: Identifier, *, by: User) -> None:
    """
    Give up the identifier; awards to it leave the person's collections.

    Raises StillInUse for the last proven identity of the person, mail addresses included.
    """
    person = User.objects.select_for_update().get(pk=by.pk)
    if identifier.verified_at is not None and len(person.verified_identities()) == 1:
        raise StillInUse(_("This is your only verified identity. Verify another one first."))
    _note("identifier.remove", identifier, by=person)
    leave_out_of_collections(person.pk, [identifier.value], kind=identifier.kind)
    identifier.delete()


def token(identifier: Identifier) -> str:
    """What has to stand at the web address; the same each time."""
    mac = salted_hmac("rosette.identifier", identifier.entity_id, algorithm="sha256")
    return f"rosette-{mac.hexdigest()[:40]}"


def link(identifier: Identifier) -> str:
    """The address that a ``rel="me"`` link on the page leads to; it need lead nowhere."""
    return f"{settings.ROSETTE.origin}/me/{token(identifier)}"


def file(identifier: Identifier) -> str:
    """Where a file with the token may lie instead: on the server of the web address."""
    here = urlsplit(identifier.value)
    return f"{here.scheme}://{here.netloc}{WELL_KNOWN}"


def verify_url(identifier: Identifier) -> Identifier:
    """
    The web address, proven by what stands there now. Asks its server, outside of any transaction.

    Raises InvalidInput with what was found instead, and TryLater for one who asks too often.
    """
    if identifier.verified_at is None:
        limits.attempt("check of a web address", name=identifier.entity_id).failed()
        trouble = _trouble(identifier)
        if trouble:
            raise InvalidInput({"identity": [trouble]})
    return _proven(identifier)


@transaction.atomic
def ask_for_code(identifier: Identifier) -> None:
    """
    Have a code sent to the telephone.

    Raises InvalidInput where no gateway is configured, and TryLater: each message costs money.
    """
    if not settings.ROSETTE.sms_url:
        raise InvalidInput(general=[_NO_GATEWAY])
    for name in (identifier.value, f"person {identifier.user_id}"):
        limits.attempt("message", name=name).failed()
    _note("identifier.ask", identifier, by=identifier.user)
    enqueue("send_code", identifier_id=identifier.pk)


def send_code(identifier_id: int) -> None:
    """
    Make a code, and hand it to the gateway; of the code itself only a checksum is kept.

    Raises FetchError if the gateway does not take it.
    """
    identifier = Identifier.objects.filter(pk=identifier_id, verified_at=None).first()
    if identifier is None:
        return
    code = f"{secrets.randbelow(1_000_000):06}"
    identifier.code_checksum = _checksum(identifier, code)
    identifier.code_expires_at = timezone.now() + _CODE_LIFETIME
    identifier.code_tries = 0
    identifier.save(update_fields=["code_checksum", "code_expires_at", "code_tries"])
    text = f"{code} is your code for {settings.ROSETTE.site_name}. It is good for ten minutes."
    headers = {"Content-Type": "application/json"}
    if settings.ROSETTE.sms_token:
        headers["Authorization"] = f"Bearer {settings.ROSETTE.sms_token}"
    answer = fetching.fetch(
        settings.ROSETTE.sms_url,
        accept="application/json",
        max_bytes=_PAGE_MAX_BYTES,
        timeout_seconds=_SECONDS,
        allow_loopback=settings.ROSETTE.fetch_loopback,
        headers=headers,
        content=orjson.dumps({"to": identifier.value, "text": text}),
    )
    if not 200 <= answer.status < 300:
        raise FetchError(f"The gateway answered {answer.status}.")


def confirm(identifier: Identifier, code: str) -> Identifier:
    """
    The telephone number, proven by the code that was sent to it.

    A code is good for ten minutes and five tries. Raises InvalidInput.
    """
    if identifier.verified_at is not None:
        return identifier
    # The try counts before it is looked at, and even if the looking is cut short.
    counted = Identifier.objects.filter(
        pk=identifier.pk, code_tries__lt=_CODE_TRIES, code_expires_at__gt=timezone.now()
    ).update(code_tries=F("code_tries") + 1)
    if not counted:
        raise InvalidInput({"code": [_NO_CODE]})
    identifier.refresh_from_db()
    if not constant_time_compare(_checksum(identifier, code), identifier.code_checksum):
        raise InvalidInput({"code": [_WRONG_CODE]})
    return _proven(identifier)


@transaction.atomic
def vouch(person: User, kind: str, value: str) -> Identifier:
    """The identifier as the person's own, on the word of whoever runs the server."""
    return _proven(add(kind, value, by=person))


def _note(action: audit.Action, identifier: Identifier, *, by: User) -> None:
    name = identifier.entity_id
    audit.note(action, "identifier", name, by=by.entity_id, of=identifier.kind)


def _normal(kind: str, value: str) -> str:
    if kind == _URL:
        try:
            parts = urlsplit(value)
        except ValueError:  # such as a bracket that is not closed
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
            raise InvalidInput({"identity": [_("Enter a valid URL.")]})
        return normalised(value, "url")
    number = _SEPARATORS.sub("", value)
    if not _TELEPHONE.fullmatch(number):
        raise InvalidInput({"identity": [_("Telephone number does not conform to E.164")]})
    return number


def _proven(identifier: Identifier) -> Identifier:
    if identifier.verified_at is None:
        now = timezone.now()
        try:
            with transaction.atomic():
                Identifier.objects.filter(pk=identifier.pk).update(
                    verified_at=now, code_checksum="", code_expires_at=None
                )
                _note("identifier.verify", identifier, by=identifier.user)
        except IntegrityError as error:  # the database admits one owner
            raise InvalidInput({"identity": [_TAKEN]}) from error
        identifier.verified_at = now
    return identifier


def _checksum(identifier: Identifier, code: str) -> str:
    # With the server's secret: a million codes are tried in no time.
    text = f"{identifier.entity_id}:{code}"
    return salted_hmac("rosette.code", text, algorithm="sha256").hexdigest()


def _trouble(identifier: Identifier) -> str:
    """What is wrong at the address, for people; empty if the token stands there."""
    proof = token(identifier)
    try:
        page = _fetched(identifier.value, "text/html")
        if _stands_in(page, proof, link(identifier)):
            return ""
        trouble = "The page was read, and the token is not on it."
    except FetchError as error:
        trouble = error.message
    try:
        if proof in _fetched(file(identifier), "text/plain").split():
            return ""
    except FetchError as error:
        return f"{trouble} Nor is it in {WELL_KNOWN}: {error.message}"
    return f"{trouble} Nor is it in {WELL_KNOWN}."


def _fetched(url: str, accept: str) -> str:
    """The text at the address. Raises FetchError, also where it is another server's."""
    answer = fetching.fetch(
        url,
        accept=f"{accept}, */*;q=0.1",
        max_bytes=_PAGE_MAX_BYTES,
        timeout_seconds=_SECONDS,
        allow_loopback=settings.ROSETTE.fetch_loopback,
    )
    asked, found = urlsplit(url), urlsplit(answer.url)
    if (found.hostname or "").lower() != (asked.hostname or "").lower():
        # Many sites lead anybody anywhere; what is said over there says nothing about here.
        raise FetchError(f"The address leads to {found.hostname}. Claim that one instead.")
    if answer.status != 200:
        raise FetchError(f"{asked.hostname} answered with status {answer.status}.")
    return answer.content.decode("utf-8", "replace")


def _stands_in(page: str, proof: str, address: str) -> bool:
    # Hostile HTML is untangled by a parser made for it, before ours looks at what is left.
    tidy = nh3.clean(
        page,
        tags={"meta", "link", "a"},
        clean_content_tags={"script", "style", "template", "noscript"},
        attributes={
            "meta": {"name", "content"},
            "link": {"rel", "href"},
            "a": {"rel", "href"},
        },
        link_rel=None,
        url_schemes={"http", "https"},
    )
    reader = _Reader(proof, address)
    reader.feed(tidy)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    """Looks for the proof in a page."""

    def __init__(self, proof: str, address: str) -> None:
        super().__init__()
        self._proof, self._address = proof, address
        self.found = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "meta":
            self.found |= said.get("name") == META and said.get("content") == self._proof
        elif "me" in said.get("rel", "").lower().split():
            self.found |= said.get("href") == self._address
