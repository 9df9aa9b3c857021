"""
What signing credentials of Open Badges 3.0 costs: ``python -m benchmarks.credentials``.

In this process, on one core, without a database: facts to signed bytes. Best of several rounds,
because whatever else the machine does can only make it slower.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson

from rosette.openbadges import documents
from rosette.openbadges.canonical import canonical, parsed_canonical
from rosette.openbadges.credential import Achievement, Alignment, Credential, Evidence, Profile
from rosette.openbadges.keys import new_key
from rosette.openbadges.proofs import data_integrity, jwt
from rosette.openbadges.recipient import Recipient

ROUNDS = 5
BULK = 1000
_ORIGIN = "https://badges.example.org/public"
_METHOD = "did:web:badges.example.org:public:issuers:i#key-1"
_NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def awards(count: int) -> list[Credential]:
    """Awards of one badge class to different people, with evidence and without."""
    issuer = Profile(
        id=f"{_ORIGIN}/issuers/i",
        name="Harbor Learning",
        url="https://harbor.example.org",
        email="ada@example.org",
        description="Night school",
        image=f"{_ORIGIN}/issuers/i/image",
    )
    knots = Achievement(
        id=f"{_ORIGIN}/badges/b",
        name="Knot Tying",
        description="Ties knots",
        issuer=issuer,
        image=f"{_ORIGIN}/badges/b/image",
        criteria_url="https://harbor.example.org/knots",
        criteria_narrative="Tie **ten** knots",
        alignments=(Alignment("Std 1", "https://std.example.org/1", code="1.a"),),
        tags=("rope", "sea"),
    )
    evidence = (Evidence("https://e.example.org/1", "A film"), Evidence(narrative="Seen"))
    one = Credential(
        id="",
        uid="",
        achievement=knots,
        recipient=Recipient("email", "", True, "ea74d461486d4f95bf544294623b5416"),
        issued_on=_NOW,
        narrative="Tied ten knots.",
    )
    return [
        replace(
            one,
            id=f"{_ORIGIN}/assertions/{number}",
            recipient=replace(one.recipient, identity=f"person{number}@example.org"),
            evidence=evidence[: number % 3],
            expires_on=_NOW + timedelta(days=365) if number % 2 else None,
        )
        for number in range(count)
    ]


def best(work: Callable[[], object], times: int) -> float:
    """Microseconds of this process for one of ``times`` repetitions, in the best round."""
    found = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(times):
            work()
        found.append((time.process_time() - started) / times * 1_000_000)
    return min(found)


def main() -> None:
    """Measure, and print a table."""
    ed25519, rsa = new_key("key"), new_key("jwt")
    [award] = awards(1)
    document = documents.achievement_credential(award)

    def sign(unsigned: dict[str, object]) -> dict[str, object]:
        return data_integrity.attach(unsigned, ed25519, method=_METHOD, created=_NOW)

    def token(unsigned: dict[str, object]) -> str:
        return jwt.sign(unsigned, rsa, kid=f"{_ORIGIN}/issuers/i/keys/jwt-1")

    rows = [
        ("Ed25519 signature of 64 bytes alone", best(lambda: ed25519.sign(b"x" * 64), 1000)),
        ("canonical form, by template", best(lambda: canonical(document), 1000)),
        ("canonical form, by reading JSON-LD", best(lambda: parsed_canonical(document), 100)),
        ("facts to document", best(lambda: documents.achievement_credential(award), 1000)),
        ("document to embedded proof", best(lambda: sign(document), 1000)),
        ("document to token, RS256", best(lambda: token(document), 300)),
    ]
    for name, microseconds in rows:
        print(f"{name:40} {microseconds:9.1f} µs")
    many = awards(BULK)
    for name, finish in (
        ("embedded", lambda fact: orjson.dumps(sign(documents.achievement_credential(fact)))),
        ("as tokens", lambda fact: token(documents.achievement_credential(fact))),
    ):
        whole = best(lambda finish=finish: [finish(fact) for fact in many], 1) / 1_000_000
        print(
            f"{BULK} awards to signed bytes, {name:11} {whole:9.3f} s  {BULK / whole:8.0f} a second"
        )


if __name__ == "__main__":
    main()
