"""
Awards of other servers: follow what somebody hands in to its source, and check what is there.

Nothing is believed but what an address serves itself: of a document that is handed in, or that
is embedded in another, only its id counts. Nothing is kept here, and the database is not asked
for anything, so that no transaction waits for another machine.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final, Literal, NamedTuple, TypeVar
from urllib.parse import urlsplit

import orjson
from django.conf import settings

from rosette import fetching, images
from rosette.errors import InvalidInput
from rosette.openbadges import documents
from rosette.openbadges.baking import unbake
from rosette.openbadges.baking.png import SIGNATURE
from rosette.openbadges.credential import Achievement, Credential, Profile
from rosette.openbadges.errors import MalformedDocument, RevokedAssertion, UnbakedImage
from rosette.openbadges.jsonld import Document

Name = Literal[
    "FETCH_HTTP_NODE",
    "VERIFY_RECIPIENT_IDENTIFIER",
    "VERIFY_SIGNATURE",
    "ASSERTION_REVOKED",
    "ASSERTION_NOT_FOUND",
    "UNABLE_TO_VERIFY",
    "INVALID_BADGE",
    "DUPLICATE_BADGE",
]

_DESCRIPTIONS: Final[Mapping[Name, str]] = {
    "FETCH_HTTP_NODE": "Unable to reach URL",
    "VERIFY_RECIPIENT_IDENTIFIER": "The recipient does not match any of your verified emails",
    "VERIFY_SIGNATURE": "Could not verify signature: signed badges are not supported yet",
    "ASSERTION_REVOKED": "This assertion has been revoked",
    "ASSERTION_NOT_FOUND": "Unable to find an assertion",
    "UNABLE_TO_VERIFY": "Unable to verify the assertion",
    "DUPLICATE_BADGE": "You already have this badge in your backpack",
}

_SECONDS: Final = 20.0
"""For all that is fetched on behalf of one award."""
_DOCUMENT_MAX_BYTES: Final = 1_000_000
_SKEW: Final = timedelta(seconds=60)

_DOCUMENTS: Final = "application/ld+json, application/json"
_PICTURES: Final = f"{images.PNG}, {images.SVG}"
_JWS: Final = re.compile(r"[\w-]+\.[\w-]*\.[\w-]+", re.ASCII)
_OUR_AWARD: Final = re.compile(r"/public/assertions/([^/]+?)(\.json|/image|/baked)?/?")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

Source = str | bytes | Mapping[str, Any]
"""A URL, or a document as text; an image; or a document."""

Class = Literal["an assertion", "a badgeclass", "an issuer"]
Fact = TypeVar("Fact", Credential, Achievement, Profile)


class Ours(NamedTuple):
    """An award of this server, by its name."""

    entity_id: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """
    An award of another server, for all of which its issuer's server vouches.

    The badge class and issuer are in ``credential``; the images are as they were fetched, and
    that of an issuer who has none, or whose cannot be had, is None.
    """

    credential: Credential
    image: bytes
    issuer_image: bytes | None


def failure(name: Name, description: str = "", *, detail: str = "") -> InvalidInput:
    """
    What is wrong with a badge, under the name that clients know.

    ``description`` is the usual one unless given; ``detail`` says more, and what can be done.
    """
    said = {"name": name, "description": description or _DESCRIPTIONS[name]}
    return InvalidInput(general=[said | {"detail": detail} if detail else said])


def verified(source: Source, *, at: datetime) -> Foreign | Ours:
    """
    The award that ``source`` leads to, neither revoked nor malformed; it may have expired.

    Of our own, only the name is known here. Raises InvalidInput, as ``failure`` makes it.
    """
    get = _Fetch(monotonic() + _SECONDS)
    address = _address_in(source)
    if is_here(address):
        return _our_award(address)
    answer = get(address, f"{_DOCUMENTS}, {_PICTURES}", settings.ROSETTE.image_max_bytes)
    if _is_image(answer):
        address = _address_in(answer.content)
        if is_here(address):
            return _our_award(address)
        answer = get(address, _DOCUMENTS, _DOCUMENT_MAX_BYTES)
    if answer.status == 410:
        raise failure("ASSERTION_REVOKED")
    document = _parsed(answer, "an assertion")
    declared = document.get("id")
    if isinstance(declared, str) and is_here(declared):
        return _our_award(declared)
    document = _true_to_its_id(document, address, get, "an assertion")
    _refuse_signed(document)
    award = _read(document, Credential, "an assertion")
    badgeclass = _read(
        _served(award.achievement.id, get, "a badgeclass"), Achievement, "a badgeclass"
    )
    issuer = _read(_served(badgeclass.issuer.id, get, "an issuer"), Profile, "an issuer")
    _require_hosted(award, badgeclass, issuer)
    _require_sensible_dates(award, at=at)
    return Foreign(
        replace(award, achievement=replace(badgeclass, issuer=issuer)),
        image=_badgeclass_image(badgeclass, get),
        issuer_image=_issuer_image(issuer, get),
    )


def is_web(url: str) -> bool:
    """Whether this is an absolute http or https URL."""
    return _authority(url) != ""


def is_here(url: str) -> bool:
    """Whether this server answers under the URL."""
    return is_web(url) and _authority(url) == _authority(settings.ROSETTE.origin)


class _Fetch(NamedTuple):
    """How everything is fetched for one award: all of it by the same deadline."""

    deadline: float

    def __call__(self, url: str, accept: str, max_bytes: int) -> fetching.Fetched:
        """The answer, whatever its status. Raises InvalidInput."""
        if not is_web(url):
            raise failure("INVALID_BADGE", f"The badge leads to {url[:200]!r}, which is no URL.")
        if is_here(url):
            # Asking ourselves could wait for ever, and our own badges are known without asking.
            raise failure("UNABLE_TO_VERIFY", detail=f"{url} belongs to this server.")
        try:
            return fetching.fetch(
                url,
                accept=accept,
                max_bytes=max_bytes,
                timeout_seconds=max(0.001, self.deadline - monotonic()),
                allow_loopback=settings.ROSETTE.fetch_loopback,
            )
        except fetching.FetchError as error:
            raise failure("FETCH_HTTP_NODE", detail=f"{url}: {error.message}") from error


def _authority(url: str) -> str:
    """Host, and port unless it is the usual one, in lower case; empty if this is no web URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return ""
    return host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"


def _our_award(address: str) -> Ours:
    found = _OUR_AWARD.fullmatch(urlsplit(address).path)
    if not found:
        raise failure("ASSERTION_NOT_FOUND")
    return Ours(found[1])


def _address_in(source: Source) -> str:
    """The address that the source names. Raises InvalidInput."""
    match source:
        case bytes():
            try:
                return _address_in(unbake(source))
            except UnbakedImage as error:
                raise failure("INVALID_BADGE", str(error)) from error
        case str() if is_web(source.strip()):
            return source.strip()
        case str() if _JWS.fullmatch(source.strip()):
            raise failure("VERIFY_SIGNATURE")
        case str():
            return _address_of(_json_object(source.encode(errors="replace"), "an assertion"))
        case _:
            return _address_of(source)


def _address_of(document: Mapping[str, Any]) -> str:
    """Where a document that was handed in says that it is served."""
    _refuse_signed(document)
    verify = document.get("verify")  # says it in documents older than 1.1, which have no id
    for address in (document.get("id"), verify.get("url") if isinstance(verify, dict) else None):
        if isinstance(address, str) and is_web(address):
            return address
    raise failure(
        "INVALID_BADGE",
        "Could not determine verifiable input from provided JSON. "
        "No hosted verification URL found.",
    )


def _refuse_signed(document: Mapping[str, Any]) -> None:
    for member in ("verification", "verify"):
        policy = document.get(member)
        if isinstance(policy, dict) and policy.get("type") in ("SignedBadge", "signed"):
            raise failure("VERIFY_SIGNATURE")


def _is_image(answer: fetching.Fetched) -> bool:
    return answer.media_type.startswith("image/") or answer.content.startswith(SIGNATURE)


def _served(url: str, get: _Fetch, what: Class) -> Document:
    """The document at the URL, or that which it says to be."""
    document = _parsed(get(url, _DOCUMENTS, _DOCUMENT_MAX_BYTES), what)
    return _true_to_its_id(document, url, get, what)


def _true_to_its_id(document: Document, url: str, get: _Fetch, what: Class) -> Document:
    """The document that the URL served; if it declares another id, what that serves."""
    declared = document.get("id")
    if not isinstance(declared, str) or declared == url:
        return document
    document = _parsed(get(declared, _DOCUMENTS, _DOCUMENT_MAX_BYTES), what)
    if document.get("id") != declared:
        raise failure("UNABLE_TO_VERIFY", detail=f"{url} and {declared} disagree on their id.")
    return document


def _parsed(answer: fetching.Fetched, what: Class) -> Document:
    if answer.status != 200:
        raise failure("FETCH_HTTP_NODE", detail=f"{answer.url} answers {answer.status}.")
    if len(answer.content) > _DOCUMENT_MAX_BYTES:  # what could have been an image may be larger
        raise failure("FETCH_HTTP_NODE", detail=f"{answer.url} is too large for a document.")
    return _json_object(answer.content, what)


def _json_object(content: bytes, what: Class) -> Document:
    try:
        document = orjson.loads(content)
        # Writing is refused where JSON is nested so deep that nobody could read it again.
        orjson.dumps(document)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise failure("ASSERTION_NOT_FOUND", f"Unable to find {what}") from error
    if not isinstance(document, dict):
        raise failure("ASSERTION_NOT_FOUND", f"Unable to find {what}")
    if rb"\u0000" in content:
        raise failure("INVALID_BADGE", f"{what.capitalize()} holds null characters.")
    return document


def _read(document: Document, wanted: type[Fact], what: Class) -> Fact:
    try:
        return documents.read(document, wanted)
    except RevokedAssertion as error:
        raise failure("ASSERTION_REVOKED", detail=error.reason) from error
    except MalformedDocument as error:
        if error.member == "type":
            raise failure("ASSERTION_NOT_FOUND", f"Unable to find {what}") from error
        kind = what.split()[-1]
        raise failure("INVALID_BADGE", f"The {kind} is malformed: {error}") from error


def _require_hosted(award: Credential, badgeclass: Achievement, issuer: Profile) -> None:
    """
    Refuse what does not lie where the issuer's policy says (OB 2.0, "VerificationObject").

    Without a policy, that is the issuer's own host and port. The badge class has to lie there as
    well, because it is what says who the issuer is.
    """
    policy = issuer.extensions.get("verification")
    policy = policy if isinstance(policy, dict) else {}
    origins = [origin.lower() for origin in _texts(policy, "allowedOrigins")]
    allowed = origins or [_authority(issuer.id)]
    for fact in (award, badgeclass):
        if _authority(fact.id) not in allowed:
            raise failure(
                "UNABLE_TO_VERIFY",
                detail=f"{fact.id} is not hosted where its issuer, {issuer.id}, has its badges.",
            )
    starts = _texts(policy, "startsWith")
    if starts and not any(award.id.startswith(_whole_host(start)) for start in starts):
        raise failure(
            "UNABLE_TO_VERIFY",
            detail=f"{award.id} does not begin as its issuer, {issuer.id}, says that it must.",
        )


def _whole_host(start: str) -> str:
    """``https://a.example`` must not stand for ``https://a.example.evil.org`` as well."""
    return start if is_web(start) and urlsplit(start).path else f"{start}/"


def _texts(policy: Mapping[str, Any], name: str) -> list[str]:
    value = policy.get(name)
    found = value if isinstance(value, list) else [value]
    return [item for item in found if isinstance(item, str) and item]


def _require_sensible_dates(award: Credential, *, at: datetime) -> None:
    if award.issued_on > at + _SKEW:
        raise failure("INVALID_BADGE", "The badge says that it will be issued in the future.")
    if award.expires_on is not None and award.expires_on < award.issued_on:
        raise failure("INVALID_BADGE", "The badge says that it expired before it was issued.")


def _badgeclass_image(badgeclass: Achievement, get: _Fetch) -> bytes:
    if not badgeclass.image:
        raise failure("INVALID_BADGE", "The badgeclass has no image.")
    return _image(badgeclass.image, get)


def _issuer_image(issuer: Profile, get: _Fetch) -> bytes | None:
    """An issuer without a picture is as good as one with it."""
    try:
        return _image(issuer.image, get) if issuer.image else None
    except InvalidInput:
        return None


def _image(url: str, get: _Fetch) -> bytes:
    if url.startswith("data:"):
        try:
            return images.from_data_uri(url)
        except images.InvalidImage as error:
            raise failure("INVALID_BADGE", f"The image cannot be read: {error}") from error
    answer = get(url, _PICTURES, settings.ROSETTE.image_max_bytes)
    if answer.status != 200:
        raise failure("FETCH_HTTP_NODE", detail=f"{answer.url} answers {answer.status}.")
    return answer.content
