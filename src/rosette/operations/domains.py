"""
Domains: an issuer shows that its website's domain is its own, by itself, and it is looked again.

Whoever governs the domain puts a token there, in a DNS text record or a file; the token is the
issuer's for this domain alone. It is looked at daily. A proof that is not found any more still
counts for a week, because servers fail and records are mistyped; then it is lost, for the world
to see, and the owners get a mail. No transaction is open while another machine is asked.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from ipaddress import ip_address
from time import monotonic
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

import idna
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from rosette import fetching, limits, textrecords
from rosette.errors import InvalidInput
from rosette.models import DomainProof, Issuer, Notice
from rosette.models.notices import add_staff_notices
from rosette.operations import audit, policies
from rosette.operations.policies import Actor, Reach
from rosette.queue import enqueue

Way = DomainProof.Way

GRACE: Final = timedelta(days=7)
"""How long a proof counts that is not found any more."""
_EVERY: Final = timedelta(days=1)
_AT_A_TIME: Final = 50
_RUN_SECONDS: Final = 5.0
_SECONDS: Final = 8.0
_FILE: Final = "/.well-known/rosette-issuer.txt"
_RECORD: Final = "_rosette-issuer"
_DOMAIN_MAX_LENGTH: Final = 253
_FILE_MAX_BYTES: Final = 10_000

_NO_RECORD: Final = _("There is no such text record, or it says something else.")
_NO_FILE: Final = _("There is no such file, or it says something else.")
_NO_RESOLVER: Final = _("The name servers of the domain did not answer.")
_NO_SERVER: Final = _("The website did not answer, or not by a valid https address.")
_ELSEWHERE: Final = _("The address of the file leads to another website.")
_NO_DOMAIN: Final = _("The website of the issuer has no domain that could be proven.")

State = Literal["none", "proven", "failing", "lost"]


class Standing(NamedTuple):
    """
    How an issuer stands to its domain, and what it has to publish there.

    ``domain`` is empty if its website has none. A proof that is ``failing`` still counts, until
    ``counts_until``. ``record`` is the name of the text record, ``file`` the address of the file,
    and ``content`` what either says.
    """

    domain: str
    state: State
    record: str
    file: str
    content: str
    proof: DomainProof | None

    @property
    def counts_until(self) -> datetime | None:
        """When a failing proof will be lost."""
        since = self.proof.failing_since if self.proof else None
        return since + GRACE if since else None


def domain_of(url: str) -> str:
    """
    The domain of a website, as it stands in DNS and without ``www.``; empty if it has none.

    In development, a website on this machine is its host and port.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if settings.ROSETTE.fetch_loopback and host in ("localhost", "127.0.0.1"):
            return parts.netloc.rpartition("@")[2].lower()
        if parts.scheme not in ("http", "https") or _is_address(host):
            return ""
        name = idna.encode(host.rstrip("."), uts46=True).decode().removeprefix("www.")
    except ValueError:  # IDNAError is one
        return ""
    return name if "." in name and len(name) <= _DOMAIN_MAX_LENGTH else ""


def standing(issuer: Issuer) -> Standing:
    """How the issuer stands to the domain of its website; one query."""
    domain = domain_of(issuer.url)
    proof = DomainProof.objects.filter(issuer=issuer, domain=domain).first() if domain else None
    state: State = "none"
    if domain and issuer.proven_domain == domain:
        state = "proven" if proof is None or proof.failing_since is None else "failing"
        state = "lost" if issuer.proof_lost_at else state
    return Standing(
        domain, state, f"{_RECORD}.{domain}", _file(domain), _content(issuer, domain), proof
    )


def check(issuer: Issuer, way: str, *, by: Actor) -> None:
    """
    Look for the proof now; it counts from then on.

    Raises NotPermitted below editor, TryLater for the impatient, and InvalidInput, which says
    what is wrong, if it is not found.
    """
    policies.require(Reach.EDITOR, by, issuer)
    if way not in Way.values:
        raise InvalidInput({"way": ["Must be record or file."]})
    domain = domain_of(issuer.url)
    if not domain:
        raise InvalidInput(general=[_NO_DOMAIN])
    attempt = limits.attempt("domain", name=issuer.entity_id)
    problem = _problem(domain, _content(issuer, domain), Way(way))
    if not problem or issuer.proven_domain == domain:
        _note(issuer.pk, domain, Way(way), problem, by=by.user_entity_id)
    if problem:
        attempt.failed()
        raise InvalidInput(general=[problem])
    attempt.succeeded()


def moved(issuer: Issuer) -> None:
    """Forget the proof of a domain that is not that of the issuer's website any more; unsaved."""
    if issuer.proven_domain and domain_of(issuer.url) != issuer.proven_domain:
        issuer.proven_domain, issuer.proven_at, issuer.proof_lost_at = "", None, None


def ask_for_recheck() -> None:
    """Ask the worker to look again, if any proof is due."""
    if _due()[:1]:
        enqueue("recheck_domains")


def recheck() -> None:
    """Look again at proofs that are due, for some seconds, because other work waits."""
    enough = monotonic() + _RUN_SECONDS
    for proof in list(_due()[:_AT_A_TIME]):
        issuer = proof.issuer
        problem = _problem(proof.domain, _content(issuer, proof.domain), Way(proof.way))
        _note(issuer.pk, proof.domain, Way(proof.way), problem, by=audit.SERVER)
        if monotonic() > enough:
            break
    ask_for_recheck()


def _due() -> QuerySet[DomainProof]:
    return (
        DomainProof.objects.filter(checked_at__lt=timezone.now() - _EVERY, issuer__deleted_at=None)
        .select_related("issuer")
        .order_by("checked_at")
    )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _content(issuer: Issuer, domain: str) -> str:
    """The line that has to stand there: it names this issuer and this domain, and no other."""
    said = f"rosette.domain:{domain}".encode()
    token = hmac.new(issuer.status_key.encode(), said, hashlib.sha256).hexdigest()[:32]
    return f"rosette-issuer={token}"


def _file(domain: str) -> str:
    scheme = "http" if domain.partition(":")[0] in ("localhost", "127.0.0.1") else "https"
    return f"{scheme}://{domain}{_FILE}"


def _problem(domain: str, content: str, way: Way) -> str:
    """Why the proof was not found; empty if it was."""
    return _at_record(domain, content) if way is Way.RECORD else _at_file(domain, content)


def _at_record(domain: str, content: str) -> str:
    try:
        found = textrecords.text_records(
            f"{_RECORD}.{domain}", server=settings.ROSETTE.dns_server, timeout_seconds=_SECONDS
        )
    except textrecords.NoAnswer:
        return _NO_RESOLVER
    return "" if content in [text.strip() for text in found] else _NO_RECORD


def _at_file(domain: str, content: str) -> str:
    """A redirect may lead to ``www.`` and back, but never to a file that lies elsewhere."""
    try:
        answer = fetching.fetch(
            _file(domain),
            accept="text/plain",
            max_bytes=_FILE_MAX_BYTES,
            timeout_seconds=_SECONDS,
            allow_loopback=settings.ROSETTE.fetch_loopback,
        )
        if answer.url not in (_file(domain), _file(f"www.{domain}")):
            return _ELSEWHERE
        lines = answer.text.splitlines() if answer.status == 200 else []
    except fetching.FetchError:
        return _NO_SERVER
    return "" if content in [line.strip() for line in lines] else _NO_FILE


@transaction.atomic
def _note(issuer_id: int, domain: str, way: Way, problem: str, *, by: str) -> None:
    """Write down what a look came to, and tell the owners of a proof that is lost by that."""
    issuer = Issuer.objects.select_for_update().filter(pk=issuer_id).first()
    if issuer is None or domain_of(issuer.url) != domain:
        DomainProof.objects.filter(issuer=issuer_id, domain=domain).delete()  # it moved
        return
    now = timezone.now()
    proof = DomainProof.objects.filter(issuer=issuer, domain=domain).first()
    if not problem:
        found = {"domain": domain, "way": way, "checked_at": now}
        DomainProof.objects.update_or_create(
            issuer=issuer, defaults={**found, "failing_since": None, "problem": ""}
        )
        if issuer.proven_domain != domain or issuer.proof_lost_at:
            Issuer.objects.filter(pk=issuer.pk).update(
                proven_domain=domain, proven_at=now, proof_lost_at=None
            )
            name = issuer.entity_id
            audit.note("domain.prove", "issuer", name, by=by, issuer=name, domain=domain, way=way)
        return
    if proof is None or proof.way != way:
        return  # a look at the other place, which says nothing of this one
    proof.checked_at, proof.problem = now, problem
    proof.failing_since = proof.failing_since or now
    proof.save()
    if now - proof.failing_since >= GRACE and issuer.proof_lost_at is None:
        Issuer.objects.filter(pk=issuer.pk).update(proof_lost_at=now)
        name = issuer.entity_id
        audit.note("domain.lose", "issuer", name, by=by, issuer=name, domain=domain)
        if made := add_staff_notices(Notice.Kind.DOMAIN_LOST, issuer.pk, at=now):
            enqueue("send_notices", notice_ids=made)
