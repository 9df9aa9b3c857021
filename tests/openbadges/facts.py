"""Facts and pictures that the tests share: Ada owns the issuer, Bob earns."""

import struct
import zlib
from datetime import UTC, datetime

from rosette.openbadges.credential import (
    Achievement,
    Alignment,
    Collection,
    Credential,
    Evidence,
    Profile,
)
from rosette.openbadges.recipient import Recipient

HARBOR = Profile(
    id="https://badges.example.org/public/issuers/3kQv0bXUQ4mXkJtN9yq0Zw",
    name="Harbor Learning",
    url="https://harbor.example.org",
    email="ada@example.org",
    description="Night school",
    image="https://badges.example.org/public/issuers/3kQv0bXUQ4mXkJtN9yq0Zw/image",
)

KNOTS = Achievement(
    id="https://badges.example.org/public/badges/TtrgLOe1Q2y-NNS2c1uVLA",
    name="Knot Tying",
    description="Ties knots",
    issuer=HARBOR,
    image="https://badges.example.org/public/badges/TtrgLOe1Q2y-NNS2c1uVLA/image",
    criteria_url="https://harbor.example.org/knots",
    criteria_narrative="Tie **ten** knots",
    alignments=(Alignment("Std 1", "https://std.example.org/1", code="1.a"),),
    tags=("rope",),
)

BOB = Recipient("email", "bob@example.org", True, "ea74d461486d4f95bf544294623b5416")
BOB_PUBLISHED = {
    "hashed": True,
    "type": "email",
    "identity": "sha256$42ad988a747e1045a7ce09e9a485cd51cf673179c812a495301068a1df79961c",
    "salt": "ea74d461486d4f95bf544294623b5416",
}

AWARD = Credential(
    id="https://badges.example.org/public/assertions/9C26ASCCTR2I6Iwm-jsPXQ",
    uid="9C26ASCCTR2I6Iwm-jsPXQ",
    achievement=KNOTS,
    recipient=BOB,
    issued_on=datetime(2024, 5, 2, 9, 30, 0, 134978, UTC),
    expires_on=datetime(2030, 1, 1, tzinfo=UTC),
    image="https://badges.example.org/public/assertions/9C26ASCCTR2I6Iwm-jsPXQ/image",
    narrative="nn",
    evidence=(Evidence("https://e.example.org/1", "e1"), Evidence(narrative="two")),
)

SHOWN = Collection(
    id="https://badges.example.org/public/collections/56a86b6d",
    uid="qG1nAqmcTNGTZCKe4Hnx9Q",
    name="Ropes",
    description="What I can do",
    owner_first_name="Bob",
    owner_last_name="Vale",
    credentials=(AWARD,),
)

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>'


def chunk(kind: bytes, content: bytes) -> bytes:
    """A PNG chunk."""
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def png(*chunks: bytes) -> bytes:
    """A red dot as a PNG, with more chunks between its header and its picture."""
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
            *chunks,
            chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")),
            chunk(b"IEND", b""),
        ]
    )
