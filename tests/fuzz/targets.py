"""
The doors through which strangers hand in bytes, each as a function of bytes alone.

A target refuses what it must refuse, in the words that its door has for that; whatever else it
raises is a finding. ``SEEDS`` are good examples, which are changed and mixed.
"""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from rosette import images
from rosette.api.bodies import MalformedBody
from rosette.api.v2.requests import lines
from rosette.errors import InvalidInput
from rosette.images import InvalidImage
from rosette.openbadges import canonical, documents, keys
from rosette.openbadges.baking import bake, unbake
from rosette.openbadges.credential import Achievement, Credential, Profile
from rosette.openbadges.errors import BadProof, BrokenImage, OpenBadgesError, UnbakedImage
from rosette.openbadges.proofs import data_integrity, jwt
from rosette.openbadges.verification import OUTCOMES, verify
from rosette.openbadges.verification.loading import NotJson, json_object, nothing
from rosette.operations import bulk
from tests.openbadges import vectors
from tests.openbadges.facts import png
from tests.openbadges.verification.keys import sign
from tests.openbadges.verification.test_hostile import GOOD

Target = Callable[[bytes], None]

AT = datetime(2026, 11, 30, tzinfo=UTC)
_TEXT = '{"id": "https://badges.example.org/public/assertions/1"}'
_KEY = keys.read_jwk(keys.published(keys.new_key("jwt")))
_MULTIKEY = keys.read_multikey(str(keys.published(keys.new_key("key"))))


def unbaking(content: bytes) -> None:
    """Documents out of images."""
    for place in ("assertion", "credential"):
        try:
            unbake(content, place)  # type: ignore[arg-type]
        except UnbakedImage:
            continue


def baking(content: bytes) -> None:
    """Documents into images: what went in comes out."""
    try:
        baked = bake(content, _TEXT)
    except BrokenImage:
        return
    assert unbake(baked) == _TEXT


def cleaning(content: bytes) -> None:
    """Uploaded pictures: what was cleaned is clean, and can be carried."""
    limits = {"max_bytes": 100_000, "max_pixels": 1_000_000, "max_px": 100}
    try:
        first = images.cleaned(content, **limits)
    except InvalidImage:
        return
    shown = first.content.lower()
    if first.media_type == "image/svg+xml":
        assert not any(bad in shown for bad in (b"<script", b"<foreignobject", b"<!entity"))
    assert images.cleaned(first.content, **limits).media_type == first.media_type


def reading(content: bytes) -> None:
    """JSON-LD: facts of documents, and their canonical form."""
    try:
        document = json_object(content)
    except NotJson:
        return
    for kind in (Profile, Achievement, Credential):
        try:
            documents.read(document, kind)
        except OpenBadgesError:
            continue
    for work in (canonical.canonical, canonical.require_defined, data_integrity.proofs_of):
        try:
            work(document)
        except OpenBadgesError:
            continue
    try:
        proofs = data_integrity.proofs_of(document)
        for proof in proofs:
            data_integrity.check(document, proof, _MULTIKEY)
    except OpenBadgesError:
        return


def verifying(content: bytes) -> None:
    """Whatever is handed in to be verified or imported, as bytes and as text."""
    for source in (content, content.decode("utf-8", "replace")):
        verdict = verify(source, load=nothing, at=AT)
        assert verdict.outcome in OUTCOMES


def tokens(content: bytes) -> None:
    """Signed badges: as they are, and as header and payload, parted by a line end."""
    header, _, payload = content.partition(b"\n")
    parts = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (header, payload))
    made = ".".join((*parts, "c2ln"))
    for token in (content.decode("utf-8", "replace"), made):
        for work in (jwt.header_of, jwt.unproven, lambda text: jwt.check(text, _KEY)):
            try:
                work(token)
            except OpenBadgesError:
                continue
        verify(token, load=nothing, at=AT)


def key_documents(content: bytes) -> None:
    """Keys of strangers."""
    try:
        found: object = json.loads(content)
    except (ValueError, RecursionError):
        found = content.decode("utf-8", "replace")
    for work in (keys.read_jwk, lambda value: keys.read_multikey(str(value)[:200])):
        try:
            work(found)
        except BadProof:
            continue


def table(content: bytes) -> None:
    """Awards as lines of CSV, kept as they are for a job."""
    _kept_lines(lines.from_csv, content)


def json_lines(content: bytes) -> None:
    """Awards as lines of JSON, kept as they are for a job."""
    _kept_lines(lines.from_json, content)


def _kept_lines(read: Callable[..., object], content: bytes) -> None:
    try:
        packed = bulk.packed_lines(read(content.split(b"\n"), notify=True))  # type: ignore[arg-type]
    except (MalformedBody, InvalidInput):
        return
    assert packed.total >= 1


TARGETS: Mapping[str, Target] = {
    "unbaking": unbaking,
    "baking": baking,
    "cleaning": cleaning,
    "reading": reading,
    "verifying": verifying,
    "tokens": tokens,
    "keys": key_documents,
    "table": table,
    "jsonlines": json_lines,
}

_SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
    b'<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient></defs>'
    b'<style>rect{fill:url(#g)}</style><rect width="9" height="9"/><!-- c --></svg>'
)
_IMAGES = [image for plain in (png(), _SVG) for image in (plain, bake(plain, _TEXT))]
_DOCUMENTS = [json.dumps(document).encode() for document in (*GOOD.values(), vectors.golden())]
_HEADER = b'{"alg":"RS256","typ":"JWT","kid":"https://badges.example.org/keys/jwt-1"}'
_JWK = json.dumps(keys.published(keys.new_key("jwt"))).encode()
_CSV = (
    b"Email;narrative;evidence;issuedOn;expires\n"
    b'bob@example.org;"Tied; ten";https://e.example.org/1;2026-01-02T03:04:05Z;\n'
)
_LINE = b'{"recipient":{"identity":"bob@example.org","hashed":false},"evidence":[{"url":"x"}]}\n'

SEEDS: Mapping[str, list[bytes]] = {
    "unbaking": _IMAGES,
    "baking": _IMAGES,
    "cleaning": _IMAGES,
    "reading": _DOCUMENTS,
    "verifying": [*_IMAGES, *_DOCUMENTS],
    "tokens": [
        sign(GOOD["/signed"]).encode(),
        *(_HEADER + b"\n" + document for document in _DOCUMENTS),
    ],
    "keys": [_JWK, str(keys.published(keys.new_key("key"))).encode()],
    "table": [_CSV, _CSV.replace(b";", b",")],
    "jsonlines": [_LINE, _LINE * 2],
}

WORDS = (
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"<", b">", b'"', b"'", b"&#0;", b"&lt;", b"\r\n"),
    *(b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<script>", b"xlink:href", b"data:image/png;base64,AA"),
    *(b"iTXt", b"openbadges", b"IEND", b"tEXt", b"\x7f\xff\xff\xff", b"<![CDATA[", b"]]>", b"--"),
    *(b"null", b"true", b"1e999", b"-0", b"[]", b"{}", b'"\\ud800"', b'"@graph"', b'"@reverse"'),
    *(b'"@context"', b'"@id"', b'"@type"', b'"@list"', b'"@nest"', b'"@included"', b"[[[[[[[["),
    *(b'"9999-12-31T23:59:59-14:00"', b'"0001-01-01T00:00:00+14:00"', b"99999999999999999999"),
    *("٣".encode(), "İ".encode(), "\u2028".encode(), "\ue000".encode(), b"=", b".", b"none"),
)
"""What hurts, strewn among the rest."""
