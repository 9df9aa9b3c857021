"""
One badge under examination: what was found so far, and the objects that were loaded for it.

The other modules of this package look at one subject each and note their findings here.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rosette.openbadges.jsonld import Document
from rosette.openbadges.verification import loading, shapes, terms, upgrades, values
from rosette.openbadges.verification.loading import Loaded, Loader, NotJson, Unreachable
from rosette.openbadges.verification.upgrades import NotLifted
from rosette.openbadges.verification.verdict import Check, Code, Node, Outcome, State, Subject

_MOST_LOADS: Final = 60
"""For one badge; a chain of endorsements shall not keep a server busy."""

WORDS: Final = {
    "Assertion": "assertion",
    "BadgeClass": "badge class",
    "Profile": "issuer",
    "CryptographicKey": "key",
    "RevocationList": "revocation list",
    "Endorsement": "endorsement",
}
"""What people call an object of the class."""

_OUTCOMES: Final[dict[Subject, Outcome]] = {
    "input": "unreadable",
    "reachable": "unavailable",
    "parsed": "malformed",
    "properties": "malformed",
    "image": "malformed",
    "hosting": "untrusted-key",
    "issuer": "untrusted-key",
    "signature": "bad-signature",
    "refresh": "malformed",
    "status": "revoked",
    "dates": "malformed",
    "recipient": "wrong-recipient",
    "extension": "malformed",
    "endorsement": "malformed",
}
"""What a badge is called, unless a finding says otherwise, for what is wrong with the subject."""


@dataclass(frozen=True, slots=True)
class Policy:
    """
    What is up to the verifier.

    ``algorithms`` are those of JWS (RFC 7518, RFC 8037) in which a badge may be signed.
    ``load_extensions``: whether contexts and schemas of extensions that are not known here are
    loaded; else those extensions are reported as not checked.
    """

    algorithms: tuple[str, ...] = ("RS256",)
    load_extensions: bool = False


@dataclass(slots=True)
class Examination:
    """
    What is known of a badge so far.

    ``nodes`` are by id, None for those that could not be had; ``images`` by the id of the node
    that shows them. ``credential`` is what turned out to be of version 3.0, and the token that it
    came in if it did: it has rules of its own.
    """

    load: Loader
    at: datetime
    policy: Policy
    checks: list[Check] = field(default_factory=list)
    nodes: dict[str, Node | None] = field(default_factory=dict)
    images: dict[str, bytes] = field(default_factory=dict)
    revocation: str | None = None
    loads: int = 0
    credential: tuple[Document, str] | None = None

    def note(
        self,
        subject: Subject,
        state: State,
        said: str,
        code: Code | None = None,
        node: str = "",
        *,
        outcome: Outcome | None = None,
        decisive: bool = True,
        advice: str = "",
    ) -> None:
        """Note a finding."""
        found: Outcome = "verified" if state == "passed" else outcome or _OUTCOMES[subject]
        self.checks.append(Check(subject, state, said, code, node, found, decisive, advice=advice))

    def passed(self, subject: Subject, said: str, code: Code | None = None, node: str = "") -> None:
        """Note that this is as it should be."""
        self.note(subject, "passed", said, code, node)

    def failed(
        self, subject: Subject, said: str, code: Code | None, node: str = "", *, advice: str = ""
    ) -> None:
        """Note that this is wrong, so that the badge is not valid."""
        self.note(subject, "failed", said, code, node, advice=advice)

    def remark(self, subject: Subject, state: State, said: str, code: Code, node: str = "") -> None:
        """Note something that leaves the badge as valid as it was."""
        self.note(subject, state, said, code, node, decisive=False)

    def revoked(self, node: str, reason: str, said: str, code: Code | None = None) -> None:
        """Note that the badge was taken back."""
        self.revocation = reason
        said = f"{said}: {reason.rstrip('.')}." if reason else f"{said}."
        advice = "Ask the issuer why, if you did not expect it."
        self.failed("status", said, code, node, advice=advice)

    def get(self, url: str, *, accept: str, max_bytes: int) -> Loaded:
        """The answer of an address. Raises Unreachable."""
        if not values.is_url(url):
            raise Unreachable(f"{url[:200]!r} is no http or https URL")
        if self.loads >= _MOST_LOADS:
            raise Unreachable("the badge leads to too many addresses")
        self.loads += 1
        return self.load(url, accept=accept, max_bytes=max_bytes)

    def node(self, url: str, wanted: str) -> Node | None:
        """The object of the class ``wanted`` at the URL; None, with a finding, if it has none."""
        if url not in self.nodes:
            document = self._served(url, wanted)
            node = None if document is None else self.settled(document, url, wanted)
            self.nodes[url] = node
            return node
        found = self.nodes[url]
        if found is None:
            self.unreachable(wanted, url, "it could not be had before")
            return None
        return found if self._is_of(found, wanted) else None

    def settled(self, document: Document, url: str, wanted: str) -> Node | None:
        """The object in a document that came from the URL; None, with a finding, if it has none."""
        true = self._true_to_its_id(document, url, wanted)
        return self.admitted(true, url, wanted) if true is not None else None

    def _true_to_its_id(self, document: Document, url: str, wanted: str) -> Document | None:
        """The document that came from the URL; if it declares another id, what that serves."""
        declared = declared_id(document)
        if declared is None or declared == url:
            return document
        self.remark(
            "hosting",
            "failed",
            f"The {WORDS[wanted]} at {url} declares that its id is {declared}; what counts is "
            "what is served there.",
            "REPORT_MESSAGE",
            url,
        )
        document_there = self._served(declared, wanted)
        if document_there is None:
            return None
        if declared_id(document_there) != declared:
            self.failed(
                "hosting",
                f"{url} and {declared} disagree on their id.",
                "HOSTED_ID_IN_VERIFICATION_SCOPE",
                declared,
            )
            return None
        return document_there

    def admitted(self, document: Document, url: str, wanted: str) -> Node | None:
        """The object in a document that came from the URL, empty if it was signed."""
        what = WORDS[wanted]
        where = url or "the signed badge"
        version = upgrades.version(document)
        if not version:
            self.failed(
                "parsed",
                f"The {what} at {where} names no context of Open Badges.",
                "JSONLD_COMPACT_DATA",
                url,
            )
            return None
        named = terms.contexts(document)
        if named.redefined:
            self.failed(
                "parsed",
                f"The {what} at {where} gives a meaning of its own to {named.redefined[0]!r}.",
                "JSONLD_COMPACT_DATA",
                url,
            )
            return None
        try:
            members = upgrades.lifted(document, version, url=url, wanted=wanted)
        except NotLifted as error:
            self.failed(
                "parsed",
                f"The {what} of Open Badges {version} at {where} cannot be read: {error.message}.",
                error.code,
                url,
            )
            return None
        if named.foreign:
            self.remark(
                "parsed",
                "unknown",
                f"The {what} names the context {named.foreign[0][:200]}, which is not known here; "
                "what only it explains is not checked.",
                "JSONLD_COMPACT_DATA",
                url,
            )
        id = members.get("id")
        node = Node(id if isinstance(id, str) else url, document, members, version)
        return node if self._is_of(node, wanted) else None

    def examine_properties(self, node: Node, wanted: str) -> None:
        """Note whether everything that the object holds is as the standard says."""
        what = WORDS[wanted]
        is_well = True
        for problem in shapes.problems(node.members, wanted):
            is_well = False
            self.failed(
                "properties", f"{problem.path} of the {what} {problem.said}.", problem.code, node.id
            )
        if is_well:
            said = f"Everything in the {what} is as the standard says."
            self.passed("properties", said, "VALIDATE_PROPERTY", node.id)

    def linked(self, owner: Node, name: str, wanted: str) -> Node | None:
        """
        The object that a property of ``owner`` points to, fetched from its id.

        What is embedded is not believed, unless it has no id and so is part of its owner. None,
        with a finding, if it cannot be had; without one, if the property is missing.
        """
        value = owner.members.get(name)
        if isinstance(value, dict) and value.get("id") is None:
            return self._blank(owner, name, value, wanted)
        url = value.get("id") if isinstance(value, dict) else value
        if value is None:
            return None
        if not values.is_iri(url):
            self.failed(
                "properties",
                f"{name} of the {WORDS.get(_class_of(owner), 'object')} does not lead to an object "
                "with an address.",
                "FLATTEN_EMBEDDED_RESOURCE",
                owner.id,
            )
            return None
        return self.node(url, wanted)

    def _served(self, url: str, wanted: str) -> Document | None:
        what = WORDS[wanted]
        try:
            answer = self.get(url, accept=loading.DOCUMENTS, max_bytes=loading.DOCUMENT_MAX_BYTES)
        except Unreachable as error:
            self.unreachable(wanted, url, error.message)
            return None
        if wanted == "Assertion" and answer.status == 410:
            self.gone(url)
            return None
        if answer.status != 200:
            self.unreachable(wanted, url, f"{answer.url} answers {answer.status}")
            return None
        return self.parsed(answer.content, url, wanted, f"The {what} at {url}")

    def parsed(self, content: bytes, url: str, wanted: str, name: str) -> Document | None:
        """The JSON object that an address answered with; None, with a finding, if it is none."""
        try:
            document = loading.json_object(content)
        except NotJson as error:
            self.failed("parsed", f"{name} {error}.", "INTAKE_JSON", url)
            return None
        self.passed("reachable", f"The {WORDS[wanted]} is at {url}.", "FETCH_HTTP_NODE", url)
        return document

    def unreachable(self, wanted: str, url: str, why: str) -> None:
        """Note that an object could not be fetched."""
        self.note(
            "reachable",
            "unknown",
            f"The {WORDS[wanted]} at {url[:200]} could not be fetched: {why.rstrip('.')}.",
            "SIGNING_KEY_FETCHED" if wanted == "CryptographicKey" else "FETCH_HTTP_NODE",
            url,
            outcome="status-unknown" if wanted == "RevocationList" else None,
            advice="Try again later; if it stays so, tell the issuer.",
        )

    def gone(self, url: str) -> None:
        """Note that the address of the assertion says that it is gone (410)."""
        self.revoked(url, "", f"{url} says that the badge is gone: it has been revoked")

    def _is_of(self, node: Node, wanted: str) -> bool:
        allowed = shapes.CLASSES[wanted].must_say
        said = terms.types(node.members)
        if not allowed or set(said) & set(allowed):
            return True
        is_first = wanted == "Assertion"
        what = WORDS[wanted]
        article = "an" if what[0] in "aei" else "a"
        self.failed(
            "parsed",
            f"There is no {what} at {node.id or 'no address'}: "
            f"its type is {', '.join(said)[:200] or 'missing'}, not that of {article} {what}.",
            "DETECT_AND_VALIDATE_NODE_CLASS" if is_first else "VALIDATE_EXPECTED_NODE_CLASS",
            node.id,
        )
        return False

    def _blank(self, owner: Node, name: str, value: Document, wanted: str) -> Node | None:
        id = f"_:{name}"
        self.remark(
            "hosting",
            "failed",
            f"The {WORDS[wanted]} has no address of its own; it is part of {owner.id}.",
            "FLATTEN_EMBEDDED_RESOURCE",
            owner.id,
        )
        try:
            version = "1.1" if owner.version == "1.1" else "2.0"
            members = upgrades.lifted(value, version, url="", wanted=wanted)
        except NotLifted as error:
            self.failed(
                "parsed", f"The {WORDS[wanted]} cannot be read: {error.message}.", error.code
            )
            return None
        node = Node(id, value, {**members, "id": id}, owner.version)
        return node if self._is_of(node, wanted) else None


def declared_id(document: Document) -> str | None:
    """The id that a document says it has; None if it has none."""
    found = document.get("id", document.get("@id"))
    return found if isinstance(found, str) else None


def _class_of(node: Node) -> str:
    return next((name for name in terms.types(node.members) if name in WORDS), "")
