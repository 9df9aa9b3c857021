"""
Credentials of a started server before the programs of others, and theirs before ours.

The table in ``docs/open-badges-3-verifiers.md`` is what this run finds.
"""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import requests

from rosette.openbadges.baking import unbake
from rosette.openbadges.canonical import bundled_contexts
from rosette.openbadges.errors import BadProof
from rosette.openbadges.keys import multikey as multikey_of
from rosette.openbadges.keys import read_jwk, read_multikey
from rosette.openbadges.proofs import data_integrity, jwt
from tests.api.client import PNG, SVG
from tests.clients.people import Person, person
from tests.openbadges import vectors
from tests.openbadges.proofs.test_jwt import claims
from tests.openbadges.verification import signing
from tests.openbadges.verification.test_credentials import SUITE_2020
from tests.served import Served
from tests.validators import credentials
from tests.validators.credentials import EMBEDDED, SCHEMAS, TOKENS, VERIFIERS, Item

pytestmark = pytest.mark.served

DOCS = Path(__file__).parents[2] / "docs" / "open-badges-3-verifiers.md"
TABLE = ("<!-- table: written by tests/validators/test_credentials.py -->\n", "<!-- end -->\n")
AWARDS: dict[str, dict[str, Any]] = {
    "with everything": {
        "recipient": {"identity": "bob@example.org", "type": "email"},
        "narrative": "Tied **ten** knots.",
        "evidence": [
            {"url": "https://learner.example.com/knots", "narrative": "A film"},
            {"narrative": "Seen by the jury"},
        ],
        "expires": "2099-01-01T00:00:00Z",
    },
    "with nothing but a recipient": {"recipient": {"identity": "bob@example.org", "type": "email"}},
    "to a web address, shown": {
        "recipient": {"identity": "https://bob.example.org/", "type": "url", "hashed": False}
    },
    "to a telephone": {"recipient": {"identity": "+4712345678", "type": "telephone"}},
    "in many scripts": {
        "recipient": {"identity": "bob@example.org", "type": "email"},
        "narrative": 'Knoten 結び目 עברית "quoted" \\ <b>\n😀 e\u0301',
        "evidence": [{"url": "https://é.example/ü", "narrative": "{0} %s"}],
    },
}
TAMPERED = {
    "with another name": ("name", "Captain"),
    "with another issuer": ("issuer", {"id": "did:web:evil.example", "type": ["Profile"]}),
    "with a longer life": ("validUntil", "2199-01-01T00:00:00Z"),
    "with evidence taken out": ("evidence", []),
}


class House:
    """Credentials of the started server, by name, and the documents that belong to them."""

    def __init__(self, ada: Person) -> None:
        self.embedded: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, str] = {}
        self.documents: dict[str, Any] = {}
        fields = {
            "criteriaUrl": "https://harbor.example.org/knots",
            "criteriaNarrative": "Tie **ten** knots",
            "tags": ["rope", "結び目"],
            "alignments": [
                {"targetName": "Std 1", "targetUrl": "https://std.example.org/1", "targetCode": "1"}
            ],
        }
        issuer = ada.issuer()
        knots = ada.badgeclass(issuer, **fields)
        for name, award in AWARDS.items():
            self.add(f"award {name}", self.award(ada, knots, award))
        for ending, image in (("PNG", PNG), ("SVG", SVG)):
            badgeclass = ada.badgeclass(issuer, image=image, **fields)
            url = self.award(ada, badgeclass, AWARDS["with everything"])
            baked = requests.get(f"{url}/baked?v=3_0").content
            self.embedded[f"baked into {ending}"] = json.loads(unbake(baked, "credential"))
        old = self.embedded["award with everything"]
        url = old["id"].removesuffix("/ob3")
        ada.served.rosette("keys", "rotate", issuer["entityId"])
        ada.call("PUT", f"/v2/badgeclasses/{knots['entityId']}", {**knots, "name": "Renamed"})
        self.embedded["signed before the keys were exchanged"] = old
        self.add("signed after that", url)
        assert self.embedded["signed after that"]["name"] == old["name"]
        self.look_up(issuer["openBadgeId"])

    def award(self, ada: Person, badgeclass: dict[str, Any], award: dict[str, Any]) -> str:
        path = f"/v2/badgeclasses/{badgeclass['entityId']}/assertions"
        url: str = ada.one("POST", path, award)["openBadgeId"]
        return url

    def add(self, name: str, url: str) -> None:
        self.embedded[name] = requests.get(f"{url}/ob3").json()
        self.tokens[name] = requests.get(f"{url}/ob3.jwt").text

    def look_up(self, issuer: str) -> None:
        """As a verifier finds them: the identifier is an address, but for its punctuation."""
        did = requests.get(f"{issuer}/did.json").json()
        assert did["id"] == "did:web:" + issuer.removeprefix("http://").replace(":", "%3A").replace(
            "/", ":"
        )
        self.documents[did["id"]] = did
        for token in self.tokens.values():
            kid = jwt.header_of(token)["kid"]
            self.documents[kid] = requests.get(kid).json()


@pytest.fixture(scope="module")
def house(served: Served) -> House:
    return House(person(served, "ada"))


def tampered(house: House) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Embedded credentials and tokens with which something was done."""
    whole = house.embedded["award with everything"]
    embedded = {
        f"tampered {name}": {**deepcopy(whole), member: value}
        for name, (member, value) in TAMPERED.items()
    }
    token = house.tokens["award with everything"]
    head, _, tail = token.split(".")
    other = house.tokens["award with nothing but a recipient"].split(".")[1]
    return embedded, {"tampered with another payload": f"{head}.{other}.{tail}"}


def questions(embedded: dict[str, dict[str, Any]], tokens: dict[str, str]) -> dict[Any, Item]:
    asked: dict[Any, Item] = {}
    for name, credential in embedded.items():
        for verifier in (*EMBEDDED, *(SCHEMAS if "tampered" not in name else ())):
            asked[name, verifier] = Item(verifier, credential=credential)
    for name, token in tokens.items():
        for verifier in TOKENS:
            asked[name, verifier] = Item(verifier, token=token)
    return asked


def test_others_take_what_we_sign_and_refuse_what_was_tampered_with(house: House):
    bad, bad_tokens = tampered(house)
    asked = questions({**house.embedded, **bad}, {**house.tokens, **bad_tokens})

    answers = credentials.verify(list(asked.values()), house.documents)

    found = dict(zip(asked, answers, strict=True))
    assert {key: why for key, why in found.items() if why and "tampered" not in key[0]} == {}
    assert [key for key, why in found.items() if not why and "tampered" in key[0]] == []
    table = written(list(dict.fromkeys(name for name, _ in asked)), found)
    kept = DOCS.read_text("utf-8").partition(TABLE[0])[2].partition(TABLE[1])[0]
    assert kept == table, f"the table in {DOCS.name} is to be\n{table}"


def written(names: list[str], found: dict[Any, str]) -> str:
    """The table of the documentation."""
    words = {None: "", "": "takes it"}
    lines = [
        f"| credential | {' | '.join(VERIFIERS)} |",
        f"| --- |{' --- |' * len(VERIFIERS)}",
        *(
            f"| {name} | "
            + " | ".join(
                words.get(found.get((name, verifier)), "refuses") for verifier in VERIFIERS
            )
            + " |"
            for name in names
        ),
    ]
    return "".join(f"{line}\n" for line in lines)


def test_our_own_checks_agree_with_those_of_others(house: House):
    bad, bad_tokens = tampered(house)
    for name, credential in {**house.embedded, **bad}.items():
        [proof] = data_integrity.proofs_of(credential)
        did, _, _ = proof["verificationMethod"].partition("#")
        [key] = [
            method["publicKeyMultibase"]
            for method in house.documents[did]["verificationMethod"]
            if method["id"] == proof["verificationMethod"]
        ]
        if "tampered" in name:
            with pytest.raises(BadProof):
                data_integrity.check(credential, proof, read_multikey(key))
        else:
            data_integrity.check(credential, proof, read_multikey(key))
    for name, token in house.tokens.items():
        kid = jwt.header_of(token)["kid"]
        unsigned = {k: v for k, v in house.embedded[name].items() if k != "proof"}
        assert jwt.check(token, read_jwk(house.documents[kid])) == unsigned
    for token in bad_tokens.values():
        with pytest.raises(BadProof):
            jwt.check(token, read_jwk(house.documents[jwt.header_of(token)["kid"]]))


def test_we_take_what_others_sign_and_refuse_what_was_tampered_with():
    credential = {name: member for name, member in vectors.golden().items() if name != "proof"}
    did = credential["issuer"]["id"]

    signed = credentials.sign(credential, claims(), did, {})

    embedded = signed["embedded"]
    [proof] = data_integrity.proofs_of(embedded)
    key = read_multikey(signed["publicKeyMultibase"])
    data_integrity.check(embedded, proof, key)
    with pytest.raises(BadProof):
        data_integrity.check({**embedded, "name": "Captain"}, proof, key)
    assert [jwt.header_of(item["token"])["alg"] for item in signed["tokens"]] == ["RS256", "ES256"]
    for item, other in zip(signed["tokens"], signed["tokens"][::-1], strict=True):
        assert jwt.check(item["token"], read_jwk(item["jwk"])) == credential
        with pytest.raises(BadProof):
            jwt.check(item["token"], read_jwk(other["jwk"]))


def test_the_verifier_takes_what_others_sign():
    document = signing.credential(credentialStatus=signing.entry(5))
    document["credentialSubject"]["creditsEarned"] = 1.5
    document["credentialSubject"]["result"] = [{"type": ["Result"], "value": "A"}] * 2
    told = claims() | {"iss": signing.DID, "jti": document["id"]}
    kid = f"{signing.HOME}/keys/theirs"
    signed = credentials.sign(document, told, signing.DID, {})
    embedded, tokens = signed["embedded"], credentials.sign(document, told, kid, {})["tokens"]
    their_list = credentials.sign(signing.status_list(5), told, signing.DID, {})

    def outcome(source: Any, listed: Any, *, multikey: str = "", jwk: Any = None) -> str:
        published = {
            f"{signing.DID}#key-1": {"publicKeyMultibase": multikey},
            f"{signing.DID}#ours": {"publicKeyMultibase": multikey_of(signing.ED.public_key())},
            f"{signing.DID}#jwt": {"publicKeyJwk": jwk},
        }
        methods = [{"id": id, "controller": signing.DID, **key} for id, key in published.items()]
        did = signing.did_document(verificationMethod=methods, assertionMethod=list(published))
        served = signing.pages(listed=listed) | {f"{signing.HOME}/did.json": did, kid: jwk}
        return signing.verdict(source, served, recipient="bob@example.org").outcome

    ours = f"{signing.DID}#ours"
    free, taken = (
        signing.signed(signing.status_list(bit), method=ours, at=signing.CREATED) for bit in (4, 5)
    )
    key = signed["publicKeyMultibase"]
    assert outcome(embedded, free, multikey=key) == "verified"
    assert outcome(signing.baked(embedded), free, multikey=key) == "verified"
    assert outcome(embedded, taken, multikey=key) == "revoked"
    assert outcome({**embedded, "name": "Captain"}, free, multikey=key) == "bad-signature"
    assert outcome(embedded, free, multikey=their_list["publicKeyMultibase"]) == "bad-signature"
    for item in tokens:
        assert outcome(item["token"], free, jwk=item["jwk"]) == "verified"
        assert outcome(item["token"], taken, jwk=item["jwk"]) == "revoked"
        assert outcome(f"{item['token'][:-9]}AAAAAAAAA", free, jwk=item["jwk"]) == "bad-signature"
    of_ours = signing.signed(document, method=ours)
    their_key = their_list["publicKeyMultibase"]
    assert outcome(of_ours, their_list["embedded"], multikey=their_key) == "revoked"
    assert outcome(of_ours, their_list["embedded"], multikey=key) == "status-unknown"


def test_our_contexts_are_those_in_the_packages_of_others():
    ours = dict(bundled_contexts())
    # Of a package that is not among theirs; what is signed under it is tried with PyLD.
    del ours[SUITE_2020]

    assert credentials.contexts(list(ours)) == ours
