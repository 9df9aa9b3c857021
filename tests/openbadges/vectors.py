"""Published test vectors, and the contexts that they name besides ours."""

import json
from pathlib import Path
from typing import Any

from rosette.openbadges.canonical import bundled_contexts

_GUIDE_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context/ob_v3p0.jsonld"
CONTEXTS = {
    **bundled_contexts(),
    "https://www.w3.org/ns/credentials/examples/v2": {
        "@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}
    },
    # Under this address lies the present version.
    _GUIDE_CONTEXT: bundled_contexts()[
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
    ],
}

GOLDEN_SEED = bytes(range(32))
GOLDEN_KEY = "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd"
GOLDEN_HASH = "8c57e6b1211f0b002422614f97d844ac3f4cb23302d5939b3e301a50c6e58a57"
"""SHA-256 of the canonical form of ``golden`` without its proof, by PyLD and rdf-canonize."""

W3C_KEY = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
W3C: dict[str, Any] = {
    "@context": [
        "https://www.w3.org/ns/credentials/v2",
        "https://www.w3.org/ns/credentials/examples/v2",
    ],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
    "proof": {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": f"did:key:{W3C_KEY}#{W3C_KEY}",
        "proofPurpose": "assertionMethod",
        "proofValue": "z2YwC8z3ap7yx1nZYCg4L3j3ApHsF8kgPdSb5xoS1VR7vPG3F561B52hYnQF9iseabecm3ijx4"
        "K1FBTQsCZahKZme",
    },
}
"""W3C, "Data Integrity EdDSA Cryptosuites v1.0", B.1 "Representation: eddsa-rdfc-2022"."""

GUIDE: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", _GUIDE_CONTEXT],
    "id": "http://example.com/credentials/3527",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {
        "id": "https://example.edu/issuers/565049",
        "type": ["Profile"],
        "url": "https://www.imsglobal.org",
        "name": "Example Corp",
    },
    "validFrom": "2010-01-01T00:00:00Z",
    "name": "Teamwork Badge",
    "credentialSubject": {
        "id": "did:example:ebfeb1f712ebc6f1c276e12ec21",
        "type": ["AchievementSubject"],
        "achievement": {
            "id": "https://example.com/achievements/21st-century-skills/teamwork",
            "type": ["Achievement"],
            "criteria": {
                "narrative": "Team members are nominated for this badge by their peers and "
                "recognized upon review by Example Corp management."
            },
            "description": "This badge recognizes the development of the capacity to collaborate "
            "within a group environment.",
            "name": "Teamwork",
        },
    },
}
"""1EdTech, "Open Badges Specification Implementation Guide" 3.0, linked data proof test vector."""
GUIDE_HASH = "87f65a76d40146205e3b3e06cb0fbd153f97f9ce70372390f52566bb7f9e0773"
"""SHA-256 of the canonical form that the guide prints (``test-vectors/obv3p0/document-canon``)."""


def golden() -> dict[str, Any]:
    """A whole credential with its proof by the key of ``GOLDEN_SEED``; its own copy each time."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("golden.json").read_text("utf-8"))
    return found
