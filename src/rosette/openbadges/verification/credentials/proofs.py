"""Who signed a credential: its embedded proofs, or the token that it came in."""

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from rosette.openbadges.errors import BadProof, MalformedDocument
from rosette.openbadges.jsonld import Document
from rosette.openbadges.keys import PublicKey
from rosette.openbadges.proofs import data_integrity, jwt
from rosette.openbadges.verification import terms, values
from rosette.openbadges.verification.credentials import controllers
from rosette.openbadges.verification.credentials.controllers import NoKey
from rosette.openbadges.verification.examination import Examination
from rosette.openbadges.verification.verdict import Outcome, State, Subject

_MOST_PROOFS: Final = 2


class _Finding(NamedTuple):
    state: State
    subject: Subject
    outcome: Outcome
    said: str


def issuer_of(document: Document) -> str:
    """The id of the issuer; empty if the credential names none."""
    issuer = document.get("issuer")
    found = issuer.get("id") if isinstance(issuer, dict) else issuer
    return found if isinstance(found, str) else ""


def examine(exam: Examination, document: Document, token: str = "") -> bool:
    """
    Check that the issuer has signed the credential; ``token`` is what it came in, if in one.

    Of several embedded proofs, one has to be good. Whether that is so.
    """
    issuer, id = issuer_of(document), str(document.get("id", ""))
    if token:
        findings = [_checked(partial(_check_token, exam, token, issuer))]
    else:
        proofs = data_integrity.proofs_of(document)
        if not proofs:
            _note_no_proof(exam, document, id)
            return False
        findings = []
        for proof in proofs[:_MOST_PROOFS]:
            findings.append(_checked(partial(_check_proof, exam, document, proof, issuer)))
            if findings[-1].state == "passed":
                break
    best = min(findings, key=lambda found: ("passed", "unknown", "failed").index(found.state))
    if best.state != "passed":
        advice = "Get the badge anew from where it was issued." if best.state == "failed" else ""
        exam.note(
            best.subject, best.state, best.said, None, id, outcome=best.outcome, advice=advice
        )
        return False
    exam.passed("signature", best.said, None, id)
    exam.passed("issuer", f"The key belongs to the issuer, {issuer[:200]}.", None, id)
    return True


def _checked(check: Callable[[], str]) -> _Finding:
    try:
        return _Finding("passed", "signature", "verified", check())
    except NoKey as error:
        return _Finding(error.state, error.subject, error.outcome, error.message)
    except BadProof as error:
        return _Finding("failed", "signature", "bad-signature", str(error))
    except MalformedDocument as error:
        said = f"The signature cannot be checked: {error.member[:200]} {error.problem[:300]}."
        return _Finding("failed", "signature", "malformed", said)


def _check_proof(exam: Examination, document: Document, proof: Document, issuer: str) -> str:
    method = proof.get("verificationMethod")
    if not isinstance(method, str):
        raise BadProof("The proof does not name its key.")
    key = controllers.key_of_method(exam, method, issuer)
    if not isinstance(key, Ed25519PublicKey):
        raise BadProof("The key of the proof is of another kind than Ed25519.")
    if values.moment(proof.get("created", "1970-01-01T00:00:00Z")) is None:
        raise BadProof("The proof does not say when it was made.")
    expires = proof.get("expires")
    if expires is not None:
        until = values.moment(expires)
        if until is None or until < exam.at:
            raise BadProof("The proof has expired.")
    data_integrity.check(document, proof, key)
    return f"The signature fits, with the key {method[:200]}."


def _check_token(exam: Examination, token: str, issuer: str) -> str:
    header = jwt.header_of(token)
    if header.get("alg") not in jwt.ALGORITHMS:
        raise BadProof(
            f"It is signed by the algorithm {str(header.get('alg'))[:40]!r}, "
            "which is not taken here."
        )
    key: PublicKey = controllers.key_of_header(exam, header, issuer)
    jwt.check(token, key)
    return f"The signature fits, with the key {str(header.get('kid', 'in its header'))[:200]}."


def _note_no_proof(exam: Examination, document: Document, id: str) -> None:
    kinds = [
        str(proof.get("cryptosuite", proof.get("type")))[:60]
        for proof in terms.listed(document.get("proof"))
        if isinstance(proof, dict)
    ]
    said = (
        f"It is signed by {', '.join(kinds[:_MOST_PROOFS])}, which is not taken here."
        if kinds
        else "Nobody has signed the credential."
    )
    exam.failed("signature", said, None, id)
