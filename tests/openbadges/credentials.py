"""Random facts of awards, of every shape that rows can give: hypothesis makes them."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from rosette.openbadges.credential import Achievement, Alignment, Credential, Evidence, Profile
from rosette.openbadges.recipient import KINDS, Recipient

# What breaks canonical forms: quotes, backslashes, line ends of all sorts, controls, what looks
# like a template or a statement, combining marks, letters of many planes, and half a character.
_AWKWARD = st.sampled_from(
    [
        *('"', "\\", "\n", "\r\n", "\t", "\x00", "\x08", "\x1f", "\x7f", "\x85", "\u2028", "{0}"),
        *("{", "}", "%s", "_:a", "<x>", " .\n", "urn:x-rosette-slot:1:", "e\u0301", "ﬁ", "😀"),
        *("日本", "עברית", "\ud800", '"@en', "^^<x>", "\ufeff", "\U0010fffd", "\ue000", "@id"),
    ]
)
texts = st.lists(st.one_of(_AWKWARD, st.text(max_size=6)), max_size=4).map("".join)
words = texts.map(lambda text: text + "x")
addresses = st.one_of(
    st.just(""),
    st.builds("https://{0}.example/{1}".format, st.sampled_from(["a", "ü", "b:8443"]), texts),
    st.builds("urn:x:{0}".format, words),
    texts,
)
_names = st.text("abcXYZ019-_", min_size=22, max_size=22)
moments = st.datetimes(
    datetime(1000, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC), allow_imaginary=False
)


def _few(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """None to four, now and then the same one twice."""
    return st.lists(items, max_size=3).flatmap(
        lambda found: st.sampled_from([tuple(found), tuple(found + found[:1])])
    )


profiles = st.builds(
    Profile,
    id=_names.map("https://badges.example.org/public/issuers/{}".format),
    name=words,
    url=addresses,
    email=words,
    description=st.none() | texts,
    image=st.none() | addresses,
)
achievements = st.builds(
    Achievement,
    id=_names.map("https://badges.example.org/public/badges/{}".format),
    name=words,
    description=texts,
    issuer=profiles,
    image=st.none() | addresses,
    criteria_url=addresses,
    criteria_narrative=texts,
    alignments=_few(st.builds(Alignment, texts, addresses, texts, texts, texts)),
    tags=_few(texts),
)
credentials = st.builds(
    Credential,
    id=_names.map("https://badges.example.org/public/assertions/{}".format),
    uid=_names,
    achievement=achievements,
    recipient=st.builds(
        Recipient,
        st.sampled_from(KINDS),
        words.map(lambda text: text.encode(errors="replace").decode()),
        st.booleans(),
        st.sampled_from(["", "a1b2c3", "\x7f"]),
    ),
    issued_on=moments,
    expires_on=st.none() | moments,
    narrative=texts,
    evidence=_few(st.builds(Evidence, addresses, texts)),
)
