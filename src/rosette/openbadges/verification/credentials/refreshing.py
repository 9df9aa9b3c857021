"""
A newer copy of a credential, from where its issuer says that there is one (1EdTech, "Credential
Refresh Service"). It is asked for once, also if the newer copy names such a place again.
"""

from typing import Final

from rosette.openbadges.errors import BadProof, MalformedDocument
from rosette.openbadges.jsonld import Document
from rosette.openbadges.proofs import jwt
from rosette.openbadges.verification import loading, reading, terms, values
from rosette.openbadges.verification.credentials import forms, proofs
from rosette.openbadges.verification.examination import Examination
from rosette.openbadges.verification.loading import NotJson, Unreachable
from rosette.openbadges.verification.verdict import State

_KIND: Final = "1EdTechCredentialRefresh"
_ACCEPT: Final = "application/vc+ld+json, application/ld+json, application/json, text/plain"


class _NotTaken(Exception):
    """There is no copy that counts; ``state`` is unknown where it could not be had."""

    def __init__(self, said: str, state: State = "failed") -> None:
        super().__init__(said)
        self.said = said
        self.state: State = state


def newest(exam: Examination, document: Document, token: str) -> tuple[Document, str]:
    """
    The credential as its issuer has it now, and the token that it came in if it did.

    Wants one whose signature is good, or anybody could send us anywhere. It stays as it is if
    there is nothing newer, or nothing good; that is no more than a remark.
    """
    id = str(document.get("id", ""))
    for service in terms.listed(document.get("refreshService"))[:1]:
        try:
            found, found_token, url = _copy(exam, document, service)
        except _NotTaken as error:
            exam.note("refresh", error.state, error.said, None, id, decisive=False)
            return document, token
        if found == document:
            exam.passed("refresh", f"There is nothing newer at {url[:200]}.", None, id)
            return document, token
        exam.passed("refresh", f"The issuer's copy of now is at {url[:200]}; it counts.", None, id)
        return found, found_token
    return document, token


def _copy(exam: Examination, document: Document, service: object) -> tuple[Document, str, str]:
    """The copy, its token, and where it is. Raises _NotTaken."""
    url, kind = (
        (service.get("id"), service.get("type")) if isinstance(service, dict) else (None, None)
    )
    if kind != _KIND or not isinstance(url, str):
        said = f"How to ask for a newer copy by {str(kind)[:80]!r} is not known here."
        raise _NotTaken(said, "unknown")
    found, token = _loaded(exam, url)
    aside = Examination(exam.load, exam.at, exam.policy, loads=exam.loads)
    is_good = forms.examine(aside, found, str(found.get("id"))) and proofs.examine(
        aside, found, token
    )
    exam.loads = aside.loads
    against = next((check for check in aside.checks if check.is_against), None)
    if against is not None or not is_good:
        why = against.said if against else "it is not signed."
        raise _NotTaken(f"The copy at {url[:200]} does not count: {why}")
    if _name(found) != _name(document):
        raise _NotTaken(f"What is at {url[:200]} is another credential.")
    before, now = (values.moment(item["validFrom"]) for item in (document, found))
    if before is None or now is None or now < before:
        raise _NotTaken(f"The copy at {url[:200]} is an older one.")
    return found, token, url


def _loaded(exam: Examination, url: str) -> tuple[Document, str]:
    try:
        answer = exam.get(url, accept=_ACCEPT, max_bytes=loading.DOCUMENT_MAX_BYTES)
    except Unreachable as error:
        said = f"A newer copy could not be had at {url[:200]}: {error.message.rstrip('.')}."
        raise _NotTaken(said, "unknown") from None
    if answer.status != 200:
        raise _NotTaken(f"There is no newer copy: {url[:200]} answers {answer.status}.", "unknown")
    text = answer.content.decode(errors="replace").strip()
    try:
        if reading.is_jws(text):
            return forms.without_unsigned(jwt.unproven(text)), text
        return loading.json_object(text), ""
    except (BadProof, MalformedDocument, NotJson):
        raise _NotTaken(f"There is no credential at {url[:200]}.") from None


def _name(document: Document) -> tuple[str, str]:
    """What tells it from others (OB 3.0, "Credential equality and comparison algorithm")."""
    return proofs.issuer_of(document), str(document.get("id"))
