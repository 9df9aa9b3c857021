"""
Badges of anybody: what is true of them, and what other servers' badges hold.

The rules are those of ``openbadges.verification``; here is what they need of this server: how
others are asked, what is our own, and in which words a badge is refused. Nothing is kept here,
and no transaction is open while another machine is asked.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from threading import BoundedSemaphore
from time import monotonic
from typing import Any, Final, Literal, NamedTuple, TypeVar
from urllib.parse import urlsplit

import orjson
from django.conf import settings

from rosette import fetching
from rosette.errors import InvalidInput, TryLater
from rosette.models.issuers import published_issuer
from rosette.openbadges import documents
from rosette.openbadges.baking import pdf
from rosette.openbadges.credential import Achievement, Credential, Profile
from rosette.openbadges.errors import (
    BadProof,
    MalformedDocument,
    RevokedAssertion,
    UnbakedImage,
)
from rosette.openbadges.jsonld import Document
from rosette.openbadges.proofs import jwt
from rosette.openbadges.verification import (
    Check,
    Identity,
    Loaded,
    Node,
    Outcome,
    Policy,
    Source,
    Unreachable,
    Unreadable,
    Verdict,
    check_report,
    read,
    verify,
)
from rosette.openbadges.verification.credentials import NoKey, address_of, home_of, is_credential
from rosette.openbadges.verification.terms import CONTEXT
from rosette.openbadges.verification.values import authority
from rosette.operations import ourselves

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
    "VERIFY_SIGNATURE": "Could not verify signature",
    "ASSERTION_REVOKED": "This assertion has been revoked",
    "ASSERTION_NOT_FOUND": "Unable to find an assertion",
    "UNABLE_TO_VERIFY": "Unable to verify the assertion",
    "DUPLICATE_BADGE": "You already have this badge in your backpack",
}

_NAMES: Final[Mapping[Outcome, Name]] = {
    "unreadable": "INVALID_BADGE",
    "unavailable": "FETCH_HTTP_NODE",
    "revoked": "ASSERTION_REVOKED",
    "malformed": "INVALID_BADGE",
    "bad-signature": "VERIFY_SIGNATURE",
    "untrusted-key": "UNABLE_TO_VERIFY",
    "not-yet-valid": "INVALID_BADGE",
    "suspended": "UNABLE_TO_VERIFY",
    "status-unknown": "UNABLE_TO_VERIFY",
}
_NO_OBJECT: Final = {
    *("INTAKE_JSON", "DETECT_AND_VALIDATE_NODE_CLASS", "VALIDATE_EXPECTED_NODE_CLASS")
}
_ALL_THE_SAME: Final[tuple[Outcome, ...]] = ("expired", "wrong-recipient")
"""What is no obstacle to reading a badge: whose it is and whether it still counts shows later."""

_SECONDS: Final = 20.0
"""For all that is fetched on behalf of one award."""
_BUSY_SECONDS: Final = 5

_OUR_AWARD: Final = re.compile(r"/public/assertions/([^/]+?)(\.json|/image|/baked|/ob3(\.\w+)?)?/?")

_OUR_ISSUER: Final = re.compile(r"/public/issuers/([^/]+)")
_NOT_THEIRS: Final[tuple[Outcome, ...]] = (
    *("unreadable", "unavailable", "malformed", "bad-signature", "untrusted-key"),
)

Fact = TypeVar("Fact", Credential, Achievement, Profile)


class Ours(NamedTuple):
    """An award of this server, by its name."""

    entity_id: str


class Revoked(NamedTuple):
    """An award that its issuer took back, with the reason if there is one, and the checks."""

    reason: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Foreign:
    """
    An award of another server, for all of which its issuer vouches.

    The badge class and issuer are in ``credential``; the images are as they were fetched, and
    that of an issuer who has none, or whose cannot be had, is None. ``jws`` is the original of a
    signed badge, empty of a hosted one; ``proof`` is what the document says about that.
    ``is_credential``: it is of Open Badges 3.0; ``jws`` may then be a document with its proof.
    """

    credential: Credential
    image: bytes
    issuer_image: bytes | None
    jws: str = ""
    proof: Mapping[str, Any] = field(default_factory=dict)
    is_credential: bool = False
    checks: tuple[Check, ...] = field(default=(), compare=False)


def failure(
    name: Name, description: str = "", *, detail: str = "", checks: Sequence[Check] = ()
) -> InvalidInput:
    """
    What is wrong with a badge, under the name that clients know.

    ``description`` is the usual one unless given; ``detail`` says more, and what can be done.
    ``checks`` are all that was looked at, in plain words.
    """
    said: dict[str, Any] = {"name": name, "description": description or _DESCRIPTIONS[name]}
    if detail:
        said["detail"] = detail
    if checks:
        said["checks"] = [check_report(check) for check in checks]
    return InvalidInput(general=[said])


@contextmanager
def outward() -> Iterator[None]:
    """
    A place among those that may ask other servers at a time: half of the web threads, because
    slow servers elsewhere shall not hold up everybody here. Raises TryLater if all are taken.
    """
    if not _places().acquire(blocking=False):
        raise TryLater(
            _BUSY_SECONDS, "Too many badges are being verified at the moment. Please try again."
        )
    try:
        yield
    finally:
        _places().release()


def examined(
    source: Source,
    *,
    at: datetime,
    recipient: Sequence[Identity] = (),
    seconds: float = _SECONDS,
) -> Verdict:
    """
    The verdict on any badge, our own included, which is looked up and not fetched.

    ``seconds``: for all that is fetched from others.
    """
    return _with_remarks(_examined(source, at=at, recipient=recipient, seconds=seconds))


def verified(source: Source, *, at: datetime, recipient: Sequence[Identity] = ()) -> Foreign | Ours:
    """
    The award that ``source`` leads to, neither revoked nor malformed; it may have expired.

    ``recipient`` is who says that it is theirs; whether that is so is among the ``checks``, and
    refuses nothing. Of our own, only the name is known here. Raises InvalidInput, as ``failure``
    makes it.
    """
    address = _address(source)
    if is_here(address):
        return _our_award(address)
    load = _Loader(monotonic() + _SECONDS)
    verdict = verify(source, load=load, at=at, recipient=recipient, policy=_policy())
    if verdict.assertion is None and load.ours:
        return _our_award(load.ours)
    if _is_credential(verdict) and verdict.assertion and is_here(verdict.assertion.id):
        return _our_award(verdict.assertion.id)
    obstacle = _obstacle(verdict)
    if obstacle is not None:
        raise _refusal(verdict, obstacle, source)
    return _foreign(verdict)


def again(source: Source, *, at: datetime) -> Foreign | Revoked:
    """
    What is true by now of an award that was imported from ``source``.

    Raises InvalidInput, under two names only: it cannot be found, or not be verified.
    """
    verdict = verify(source, load=_Loader(monotonic() + _SECONDS), at=at, policy=_policy())
    obstacle = _obstacle(verdict)
    if obstacle is None:
        return _foreign(verdict)
    if obstacle.outcome == "revoked":
        return Revoked(verdict.revocation or "", verdict.checks)
    if obstacle.code in _NO_OBJECT:
        raise _refusal(verdict, obstacle, source)
    raise failure("UNABLE_TO_VERIFY", detail=obstacle.said, checks=verdict.checks)


def genuine(source: Source, *, at: datetime) -> Node:
    """
    The credential of this server that ``source`` holds, found to be good and not revoked.

    Raises InvalidInput, as ``failure`` makes it.
    """
    verdict = _examined(source, at=at, recipient=(), seconds=_SECONDS)
    obstacle = _obstacle(verdict)
    if obstacle is not None:
        raise _refusal(verdict, obstacle, source)
    assert verdict.assertion is not None, "or there would be an obstacle"
    return verdict.assertion


def credential_in(source: Source) -> Document | None:
    """The credential of Open Badges 3.0, good or not, that was handed in itself; or None."""
    try:
        given = read(source)
        document = jwt.unproven(given.jws) if given.jws else given.document
    except (Unreadable, BadProof, MalformedDocument):
        return None
    return document if document is not None and is_credential(document) else None


def unpacked(content: bytes) -> list[Source]:
    """The badges in a file: those that are attached to a PDF, else the file itself."""
    if not content.startswith(pdf.SIGNATURE):
        return [content]
    try:
        return [*pdf.attached(content)]
    except UnbakedImage:
        return [content]  # the verdict on it says why


def is_web(url: str) -> bool:
    """Whether this is an absolute http or https URL."""
    return authority(url) != ""


def is_here(url: str) -> bool:
    """Whether this server answers under the URL."""
    return is_web(url) and authority(url) == authority(settings.ROSETTE.origin)


def _examined(
    source: Source, *, at: datetime, recipient: Sequence[Identity], seconds: float
) -> Verdict:
    load = _Loader(monotonic() + seconds, knows_ours=True)
    return verify(source, load=load, at=at, recipient=recipient, policy=_policy())


def _with_remarks(verdict: Verdict) -> Verdict:
    """
    The verdict with remarks on an issuer that is one of ours: that it is a sandbox, and on the
    domain that it has proven.

    Nothing is said of an issuer from whom nothing shows that the badge comes.
    """
    name = _our_issuer(verdict.issuer.id) if verdict.issuer else ""
    if not name or verdict.outcome in _NOT_THEIRS:
        return verdict
    issuer = published_issuer(name)
    if issuer is not None and issuer.sandbox:
        said = "The issuer is a sandbox, where things are tried out."
        remark = Check("sandbox", "failed", said, node=issuer.entity_id, decisive=False)
        verdict = replace(verdict, checks=(*verdict.checks, remark))
    if issuer is None or not issuer.proven_domain:
        return verdict
    domain, lost_at = issuer.proven_domain, issuer.proof_lost_at
    said = f"The issuer has proven that the domain {domain} is its own."
    if lost_at:
        said = f"The issuer's proof that the domain {domain} is its own is there no more."
    remark = Check("domain", "failed" if lost_at else "passed", said, node=domain, decisive=False)
    return replace(verdict, checks=(*verdict.checks, remark))


def _our_issuer(id: str) -> str:
    """The name of the issuer of this id, an address or a ``did:web``; empty if it is not ours."""
    try:
        address = address_of(id).removesuffix("/did.json") if id.startswith("did:web:") else id
    except NoKey:
        return ""
    found = _OUR_ISSUER.fullmatch(urlsplit(address).path) if is_here(address) else None
    return found[1] if found else ""


class _Loader:
    """
    Asks other servers, all of them by the same deadline; ours, if it ``knows_ours``, of itself.

    Asking ourselves over the network could wait for ever. ``ours`` is the last address of ours
    that was not answered.
    """

    def __init__(self, deadline: float, *, knows_ours: bool = False) -> None:
        self.ours = ""
        self._deadline = deadline
        self._knows_ours = knows_ours

    def __call__(self, url: str, *, accept: str, max_bytes: int) -> Loaded:
        if is_here(url):
            found = ourselves.page(url) if self._knows_ours else None
            if found is not None:
                return found
            self.ours = url
            raise Unreachable("it belongs to this server")
        try:
            answer = fetching.fetch(
                url,
                accept=accept,
                max_bytes=max_bytes,
                timeout_seconds=max(0.001, self._deadline - monotonic()),
                allow_loopback=settings.ROSETTE.fetch_loopback,
            )
        except fetching.FetchError as error:
            raise Unreachable(error.message) from error
        return Loaded(answer.url, answer.status, answer.media_type, answer.content)


@cache
def _places() -> BoundedSemaphore:
    return BoundedSemaphore(max(1, settings.ROSETTE.web_threads // 2))


def _policy() -> Policy:
    return Policy(algorithms=settings.ROSETTE.algorithms)


def _address(source: Source) -> str:
    """The address that the source names; empty if it names none."""
    try:
        return read(source).address
    except Unreadable:
        return ""


def _our_award(address: str) -> Ours:
    found = _OUR_AWARD.fullmatch(urlsplit(address).path)
    if not found:
        raise failure("ASSERTION_NOT_FOUND")
    return Ours(found[1])


def _is_credential(verdict: Verdict) -> bool:
    """Whether it is of Open Badges 3.0."""
    return verdict.assertion is not None and verdict.assertion.version == "3.0"


def _obstacle(verdict: Verdict) -> Check | None:
    """The check that a badge cannot be taken for; None if it can."""
    against = [check for check in verdict.against() if check.outcome not in _ALL_THE_SAME]
    return replace(verdict, checks=tuple(against)).decisive


def _refusal(verdict: Verdict, first: Check, source: Source) -> InvalidInput:
    """What a badge cannot be taken for, in the words that clients know."""
    name = _NAMES[first.outcome]
    detail = " ".join(filter(None, (first.said, first.advice)))
    description = ""
    if first.outcome == "revoked":
        detail = verdict.revocation or ""
    elif first.code in _NO_OBJECT or (
        first.code == "DETECT_INPUT_TYPE" and not isinstance(source, bytes)
    ):
        name, description = "ASSERTION_NOT_FOUND", f"Unable to find {_missing(verdict)}"
    elif first.subject == "reachable" and is_here(first.node):
        name, detail = "UNABLE_TO_VERIFY", f"{first.node} belongs to this server."
    elif first.code == "PROCESS_JWS_INPUT" or first.subject == "issuer":
        name = "VERIFY_SIGNATURE"
    elif name == "INVALID_BADGE":
        description, detail = first.said, first.advice
    return failure(name, description, detail=detail, checks=verdict.checks)


def _missing(verdict: Verdict) -> str:
    if verdict.assertion is None:
        return "an assertion"
    return "a badgeclass" if verdict.badgeclass is None else "an issuer"


def _foreign(verdict: Verdict) -> Foreign:
    award, badgeclass, issuer = verdict.assertion, verdict.badgeclass, verdict.issuer
    assert award and badgeclass and issuer  # or the verdict would be against it
    _require_own_addresses(verdict, award, badgeclass, issuer)
    achievement = replace(
        _facts(badgeclass, Achievement, "badgeclass", verdict),
        issuer=_facts(issuer, Profile, "issuer", verdict),
    )
    if _is_credential(verdict):
        achievement = replace(achievement, id=_own_id(badgeclass.id, issuer.id))
    if badgeclass.id not in verdict.images:
        said = "The badge has no image, or none that can be had, so it cannot be kept."
        raise failure("INVALID_BADGE", said, checks=verdict.checks)
    credential = replace(
        _facts(award, Credential, "assertion", verdict), id=award.id, achievement=achievement
    )
    return Foreign(
        credential,
        image=verdict.images[badgeclass.id],
        issuer_image=verdict.images.get(issuer.id),
        jws=verdict.jws,
        proof=award.members["verification"] if verdict.jws else {},
        is_credential=_is_credential(verdict),
        checks=verdict.checks,
    )


def _own_id(achievement: str, issuer: str) -> str:
    """
    The id under which an achievement of Open Badges 3.0 is kept.

    It is written into a credential, where anybody can write anybody's; so one that does not lie
    with the issuer is kept as something of the issuer's, and never in the place of the true one.
    """
    is_own = authority(achievement) == home_of(issuer) != ""
    return achievement if is_own else f"{issuer}#{achievement}"


def _require_own_addresses(verdict: Verdict, award: Node, badgeclass: Node, issuer: Node) -> None:
    """
    Refuse what cannot be kept under its own id. Raises InvalidInput.

    A signature says who signed and not whose the id is, so that of a signed badge must not be an
    address of somebody else's.
    """
    is_credential = _is_credential(verdict)
    for node, what in ((badgeclass, "badge class"), (issuer, "issuer")):
        if not is_web(node.id) and not is_credential:
            said = f"The {what} has no address of its own, so it cannot be kept."
            raise failure("INVALID_BADGE", said, checks=verdict.checks)
    home = home_of(issuer.id) if is_credential else authority(issuer.id)
    if verdict.jws and is_web(award.id) and authority(award.id) != home:
        said = f"The id of the badge, {award.id}, is an address of somebody else than its issuer."
        raise failure("UNABLE_TO_VERIFY", detail=said, checks=verdict.checks)


def _facts(node: Node, wanted: type[Fact], what: str, verdict: Verdict) -> Fact:
    """The facts of a document; of one in another form than its version's, once it is lifted."""
    if "\\u0000" in orjson.dumps(node.source).decode():
        said = f"The {what} holds null characters, which cannot be kept."
        raise failure("INVALID_BADGE", said, checks=verdict.checks)
    try:
        return documents.read(node.source, wanted)
    except (MalformedDocument, RevokedAssertion):
        pass
    try:
        return documents.read({"@context": CONTEXT, **node.members}, wanted)
    except (MalformedDocument, RevokedAssertion) as error:
        said = f"The {what} cannot be kept: {error}"
        raise failure("INVALID_BADGE", said, checks=verdict.checks) from error
