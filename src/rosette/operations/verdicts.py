"""
What a verification found, in words for people who know nothing of badges.

``openbadges.verification`` says it check by check; here it is one sentence and a few lines, each
with a state, a word and why. The checks themselves stay beside their line, for whoever wants to
know exactly. A server that cannot be reached makes a line "cannot be told", never "wrong".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from django.utils.translation import gettext as _

from rosette.openbadges.recipient import Recipient, is_hash
from rosette.openbadges.recipient import matches as matches_recipient
from rosette.openbadges.verification import Check, Identity, Outcome, Verdict, identities

Tone = Literal["good", "warn", "bad", "calm", ""]
State = Literal["passed", "failed", "unknown", "open"]
"""``open``: it was not asked."""

Name = Literal["structure", "origin", "status", "dates", "issuer", "recipient", "domain", "sandbox"]

_ROWS: Final[Mapping[str, Name]] = {
    "input": "structure",
    "parsed": "structure",
    "properties": "structure",
    "image": "structure",
    "extension": "structure",
    "endorsement": "structure",
    "refresh": "structure",
    "reachable": "origin",
    "hosting": "origin",
    "signature": "origin",
    "issuer": "issuer",
    "status": "status",
    "dates": "dates",
    "recipient": "recipient",
    "domain": "domain",
    "sandbox": "sandbox",
}
"""On which line a check stands, by its subject."""

_SIGNS: Final[Mapping[State, tuple[Tone, str]]] = {
    "passed": ("good", "circle-check"),
    "failed": ("bad", "circle-x"),
    "unknown": ("calm", "circle-help"),
    "open": ("", "circle"),
}
_NAME_MAX_LENGTH: Final = 200


class Line(NamedTuple):
    """One line of a verdict: what was looked at, what came of it, and the checks behind it."""

    name: Name
    state: State
    tone: Tone
    sign: str
    label: str
    word: str
    why: str
    checks: tuple[Check, ...]


class Told(NamedTuple):
    """
    A verdict for people.

    ``sentence`` says it all; ``advice`` what can be done about it, or nothing. ``title``,
    ``issuer`` and ``version`` are the badge's own words, empty as far as they could not be had.
    """

    outcome: Outcome
    tone: Tone
    sign: str
    sentence: str
    advice: str
    title: str
    issuer: str
    version: str
    lines: tuple[Line, ...]


def asked_of(text: str) -> tuple[Sequence[Identity], str]:
    """
    Whose the badge may be, as somebody typed it: identifiers to compare, or else a name.

    A name is nothing that a badge is awarded to, so it is compared here and not by the verifier.
    """
    text = text.strip()
    if not text:
        return (), ""
    is_identifier = any(kind != "openBadgeId" for kind, _text in identities(text))
    return (identities(text), "") if is_identifier or text.startswith("did:") else ((), text)


def told(verdict: Verdict, *, name: str = "") -> Told:
    """The verdict in words; ``name`` is whom somebody takes for the recipient, by name."""
    lines = told_checks(verdict.checks, is_signed=bool(verdict.jws), version=_version(verdict))
    outcome: Outcome = verdict.outcome
    if name:
        recipient = _compared(name, verdict)
        lines = tuple(recipient if line.name == "recipient" else line for line in lines)
        if recipient.state == "failed" and outcome == "verified":
            outcome = "wrong-recipient"
    tone, sign = _tone(outcome, is_unknown=verdict.state == "unknown")
    sentence = _sentences()[outcome]
    if outcome == "verified" and any(line.name == "sandbox" for line in lines):
        tone, sign = "warn", "shield-alert"
        sentence = _("This badge is genuine, but it is a test: it says nothing about anybody.")
    decisive = verdict.decisive
    return Told(
        outcome,
        tone,
        sign,
        sentence,
        _advice(outcome, decisive),
        _text(verdict.badgeclass.members.get("name") if verdict.badgeclass else ""),
        _text(verdict.issuer.members.get("name") if verdict.issuer else ""),
        _version(verdict),
        lines,
    )


def summed_up(outcome: str) -> tuple[Tone, str, str]:
    """Tone, sign and sentence for an outcome, such as one that was written down before."""
    for known, sentence in _sentences().items():
        if known == outcome:
            return *_tone(known, is_unknown=False), sentence
    return "calm", "circle-help", ""


def told_checks(checks: Sequence[Check], *, is_signed: bool, version: str = "") -> tuple[Line, ...]:
    """
    The lines that these checks make: all six, in the order in which people ask.

    One more tells of the issuer's domain, if that is known, and one that it is a sandbox; these
    are remarks and decide nothing.
    """
    found: dict[Name, list[Check]] = {
        "structure": [],
        "origin": [],
        "status": [],
        "dates": [],
        "issuer": [],
        "recipient": [],
    }
    remarks = [check for check in checks if check.subject in _REMARKS]
    for check in checks:
        row = _ROWS[check.subject]
        if row in _REMARKS:
            continue
        if check.subject == "reachable" and check.outcome == "status-unknown":
            row = "status"  # the list of what was revoked
        found[row].append(check)
    states: dict[Name, State] = {row: _state(of) for row, of in found.items()}
    is_hosted = not is_signed and states["origin"] == "passed"
    if states["status"] == "open" and is_hosted:
        states["status"] = "passed"  # what its issuer publishes, is not taken back
    if states["issuer"] == "open" and "failed" not in states.values():
        states["issuer"] = states["origin"]
    whys = dict(_whys(is_signed=is_signed, version=version))
    if not {"failed", "unknown"} & set(states.values()):
        whys["status", "open"] = _("It names no place where its issuer would tell that.")
    labels = _labels(is_signed=is_signed)
    return tuple(
        Line(
            row,
            states[row],
            *_SIGNS[states[row]],
            labels[row],
            _word(states[row]),
            whys[row, states[row]],
            tuple(of),
        )
        for row, of in found.items()
    ) + tuple(_REMARKS[check.subject](check) for check in remarks)


def _of_domain(check: Check) -> Line:
    """The line about the domain that the issuer has proven once."""
    is_proven = check.state == "passed"
    tone: Tone = "good" if is_proven else "warn"
    why = (
        _("The issuer has proven that %(domain)s is its own.")
        if is_proven
        else _("The issuer had proven that %(domain)s is its own, and the proof is gone.")
    )
    word = _("Proven") if is_proven else _("Lost")
    sign = "circle-check" if is_proven else "triangle-alert"
    said = why % {"domain": check.node}
    return Line("domain", check.state, tone, sign, _("Domain"), word, said, (check,))


def _of_sandbox(check: Check) -> Line:
    """The line about an issuer that is there for trying things out."""
    why = _("The issuer is a sandbox: this is a test, and it says nothing about anybody.")
    return Line(
        "sandbox", check.state, "warn", "flask-conical", _("Sandbox"), _("Test"), why, (check,)
    )


_REMARKS: Final[Mapping[str, Callable[[Check], Line]]] = {
    "domain": _of_domain,
    "sandbox": _of_sandbox,
}


def _state(checks: Sequence[Check]) -> State:
    decisive = [check.state for check in checks if check.decisive]
    if "failed" in decisive:
        return "failed"
    if "unknown" in decisive:
        return "unknown"
    return "passed" if "passed" in decisive else "open"


def _tone(outcome: Outcome, *, is_unknown: bool) -> tuple[Tone, str]:
    if outcome == "verified":
        return "good", "shield-check"
    if is_unknown or outcome in ("unavailable", "status-unknown"):
        return "calm", "circle-help"
    if outcome in ("expired", "not-yet-valid", "suspended", "wrong-recipient"):
        return "warn", "shield-alert"
    return "bad", "shield-x"


def _sentences() -> Mapping[Outcome, str]:
    return {
        "verified": _("This badge is genuine and valid."),
        "unreadable": _("There is no badge in this."),
        "unavailable": _(
            "It cannot be told at the moment whether this badge is valid, because the server of "
            "its issuer does not answer."
        ),
        "revoked": _("This badge is not valid any more: its issuer has taken it back."),
        "malformed": _("This badge is not valid: it is not made as badges have to be."),
        "bad-signature": _("This badge is not genuine: its signature does not fit what it says."),
        "untrusted-key": _(
            "This badge is not valid: nothing shows that it comes from the issuer that it names."
        ),
        "expired": _("This badge is genuine, but it has expired."),
        "not-yet-valid": _("This badge is genuine, but it is not valid yet."),
        "suspended": _(
            "This badge is suspended: for the time being its issuer does not stand by it."
        ),
        "wrong-recipient": _("This badge is genuine, but it belongs to somebody else."),
        "status-unknown": _(
            "This badge looks genuine, but it cannot be told at the moment whether its issuer has "
            "taken it back."
        ),
    }


def _advice(outcome: Outcome, decisive: Check | None) -> str:
    match outcome:
        case "verified":
            return ""
        case "unreadable":
            return _(
                "Use the picture or file exactly as it was downloaded; pictures that were copied, "
                "converted or photographed hold no badge any more."
            )
        case "unavailable" | "status-unknown":
            return _("Try again later. If it stays so, tell the issuer.")
        case "wrong-recipient":
            return _("Perhaps it was awarded to another address of the same person.")
        case "expired":
            return _("Ask the issuer whether it can be renewed.")
        case "revoked" | "suspended":
            return _("Ask the issuer why, if you did not expect it.")
    return (
        _("Ask whoever showed it to you for the original, or ask the issuer.") if decisive else ""
    )


def _labels(*, is_signed: bool) -> Mapping[Name, str]:
    return {
        "structure": _("Structure"),
        "origin": _("Signature") if is_signed else _("Where it lies"),
        "status": _("Status"),
        "dates": _("Dates"),
        "issuer": _("Issuer"),
        "recipient": _("Recipient"),
    }


def _word(state: State) -> str:
    return {
        "passed": _("Good"),
        "failed": _("Not good"),
        "unknown": _("Cannot be told"),
        "open": _("Not looked at"),
    }[state]


def _whys(*, is_signed: bool, version: str) -> Mapping[tuple[Name, State], str]:
    ended = _("It did not come to that, because of what is said above.")
    origin: dict[State, str] = (
        {
            "passed": _("Its signature fits, so nobody has changed what it says."),
            "failed": _("Its signature does not fit: somebody else made it, or changed it."),
            "unknown": _("The key that its signature is checked with could not be fetched."),
        }
        if is_signed
        else {
            "passed": _("It lies at its issuer's own address and was read from there."),
            "failed": _("It does not lie where badges of this issuer lie."),
            "unknown": _("The server where it lies does not answer."),
        }
    )
    return {
        ("structure", "passed"): _("It is made as Open Badges %(version)s wants it.")
        % {"version": version}
        if version
        else _("It can be read."),
        ("structure", "failed"): _("Something in it is not as the standard wants it."),
        ("structure", "unknown"): _("Not all of it could be looked at."),
        ("structure", "open"): ended,
        **{("origin", state): why for state, why in origin.items()},
        ("origin", "open"): ended,
        ("status", "passed"): _("Its issuer has not taken it back."),
        ("status", "failed"): _("Its issuer has taken it back, for good or for the time being."),
        ("status", "unknown"): _("Its issuer could not be asked whether it was taken back."),
        ("status", "open"): ended,
        ("dates", "passed"): _("It was issued and has not expired."),
        ("dates", "failed"): _("It has expired, or its dates do not hold together."),
        ("dates", "unknown"): _("Its dates could not be read."),
        ("dates", "open"): ended,
        ("issuer", "passed"): _("It comes from the issuer that it names."),
        ("issuer", "failed"): _("Nothing shows that it comes from the issuer that it names."),
        ("issuer", "unknown"): _("The issuer's server does not answer."),
        ("issuer", "open"): ended,
        ("recipient", "passed"): _("It was awarded to whom you typed in."),
        ("recipient", "failed"): _("It was not awarded to whom you typed in."),
        ("recipient", "unknown"): _("It cannot be told to whom it was awarded."),
        ("recipient", "open"): _("You did not ask whose it is."),
    }


def _compared(name: str, verdict: Verdict) -> Line:
    """The line about a recipient who was typed in by name."""
    known = [text for text in _names(verdict) if text]
    state: State = "unknown"
    why = _("The badge does not say its recipient's name. Try the address instead.")
    if known:
        is_same = any(_is_name(name, text) for text in known)
        state = "passed" if is_same else "failed"
        why = (
            _("The badge bears this name. Names are not unique; an address says more.")
            if is_same
            else _("The badge bears another name.")
        )
    tone, sign = _SIGNS[state]
    label = _labels(is_signed=False)["recipient"]
    return Line("recipient", state, tone, sign, label, _word(state), why, ())


def _is_name(name: str, known: str | Recipient) -> bool:
    if isinstance(known, Recipient):
        return matches_recipient(known, name.strip())
    return " ".join(name.split()).casefold() == " ".join(known.split()).casefold()


def _names(verdict: Verdict) -> Iterator[str | Recipient]:
    """Names of the recipient in the document, in the clear or hashed."""
    source: Mapping[str, Any] = verdict.assertion.source if verdict.assertion else {}
    subject: Any = source.get("credentialSubject")
    for holder in (source, source.get("recipient"), subject):
        if not isinstance(holder, Mapping):
            continue
        profile = holder.get("extensions:recipientProfile")
        if isinstance(profile, Mapping):
            yield _text(profile.get("name"))
        if holder is subject:
            yield _text(holder.get("name"))
        found = holder.get("identifier")
        for item in found if isinstance(found, list) else [found]:
            if isinstance(item, Mapping) and item.get("identityType") == "name":
                text, salt = _text(item.get("identityHash")), _text(item.get("salt"))
                yield (
                    Recipient("openBadgeId", text, hashed=True, salt=salt)
                    if is_hash(text)
                    else text
                )


def _version(verdict: Verdict) -> str:
    return verdict.assertion.version if verdict.assertion else ""


def _text(value: object) -> str:
    """The text, not too long; of a text in several languages, one."""
    if isinstance(value, Mapping):
        value = next(iter(value.values()), "")
    if not isinstance(value, str):
        return ""
    return value if len(value) <= _NAME_MAX_LENGTH else value[:_NAME_MAX_LENGTH] + "…"
