"""A newer copy of a credential, from where its issuer says that there is one."""

import json
from typing import Any

import pytest

from tests.openbadges.verification.signing import (
    ED,
    LIST,
    OTHER_ED,
    credential,
    entry,
    pages,
    signed,
    status_list,
    token,
    verdict,
)

URL = "https://badges.example.org/awards/1/now"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
SERVICE = {"id": URL, "type": "1EdTechCredentialRefresh"}
LATER = "2026-03-01T00:00:00Z"
BOB = "bob@example.org"

Document = dict[str, Any]


def refreshable(**members: Any) -> Document:
    """A credential, not signed yet, that names the place of newer copies."""
    contexts = [*credential()["@context"], EXTENSIONS]
    return credential(**{"@context": contexts, "refreshService": SERVICE, **members})


def told(found: Any) -> list[tuple[str, str, bool]]:
    """What the check says."""
    return [
        (check.state, check.said, check.decisive)
        for check in found.checks
        if check.subject == "refresh"
    ]


@pytest.mark.parametrize("before", ["document", "token"])
@pytest.mark.parametrize("after", ["document", "token"])
def test_the_newer_copy_counts_in_whatever_form_it_comes(before: str, after: str) -> None:
    older, newer = refreshable(), refreshable(validFrom=LATER, name="Bread baking, again")
    handed_in: Any = signed(older) if before == "document" else token(older)
    there: Any = signed(newer) if after == "document" else token(newer).encode()

    found = verdict(handed_in, pages(**{URL: there}), recipient=BOB)

    assert found.is_valid
    assert told(found) == [("passed", f"The issuer's copy of now is at {URL}; it counts.", True)]
    assert found.assertion is not None
    assert found.assertion.source["name"] == "Bread baking, again"
    assert (found.jws.encode() if after == "token" else json.loads(found.jws)) == there


def test_one_that_has_expired_is_good_if_its_newer_copy_is() -> None:
    expired = signed(refreshable(validUntil="2026-02-02T00:00:00Z"))
    renewed = signed(refreshable(validUntil="2027-01-01T00:00:00Z"))

    assert verdict(expired, pages()).outcome == "expired"
    assert verdict(expired, pages(**{URL: renewed})).outcome == "verified"


def test_it_is_the_status_of_the_newer_copy_that_counts() -> None:
    older = signed(refreshable())
    newer = signed(refreshable(validFrom=LATER, credentialStatus=entry(5)))
    listed = signed(status_list(5))

    assert verdict(older, pages(listed=listed, **{URL: newer})).outcome == "revoked"
    assert LIST in json.dumps(newer)


def test_where_nothing_is_newer_it_stays_as_it_came() -> None:
    same = signed(refreshable())

    found = verdict(same, pages(**{URL: same}))

    assert found.is_valid
    assert told(found) == [("passed", f"There is nothing newer at {URL}.", True)]


def test_a_copy_that_does_not_count_is_a_remark_and_the_first_one_is_verified() -> None:
    newer = refreshable(validFrom=LATER)
    elsewhere: Document = {**newer, "issuer": {**newer["issuer"], "id": "did:web:evil.example"}}
    for there, state, said in (
        ({**signed(newer), "name": "Captain"}, "failed", f"The copy at {URL} does not count: "),
        (newer, "failed", f"The copy at {URL} does not count: Nobody has signed"),
        (signed(newer, OTHER_ED), "failed", f"The copy at {URL} does not count: "),
        (signed(elsewhere), "failed", f"The copy at {URL} does not count: "),
        ({**newer, "@context": []}, "failed", f"The copy at {URL} does not count: "),
        (
            signed(refreshable(id="https://badges.example.org/awards/2")),
            "failed",
            f"What is at {URL} is another credential.",
        ),
        (
            signed(refreshable(validFrom="2026-01-01T00:00:00Z", awardedDate=None)),
            "failed",
            f"The copy at {URL} is an older one.",
        ),
        (b"{", "failed", f"There is no credential at {URL}."),
        (b"[]", "failed", f"There is no credential at {URL}."),
        (b"a.b.c", "failed", f"There is no credential at {URL}."),
        (b"\xff\xfe", "failed", f"There is no credential at {URL}."),
        (404, "unknown", f"There is no newer copy: {URL} answers 404."),
        (None, "unknown", f"A newer copy could not be had at {URL}: there is nothing."),
    ):
        served = pages() if there is None else pages(**{URL: there})
        handed_in = signed(refreshable())

        found = verdict(handed_in, served, recipient=BOB)

        [(found_state, found_said, decisive)] = told(found)
        assert (found_state, decisive) == (state, False), there
        assert found_said.startswith(said), found_said
        assert found.is_valid
        assert json.loads(found.jws) == handed_in


def test_another_way_to_refresh_is_remarked_upon() -> None:
    service = {"id": URL, "type": "1EdTechRevocationList"}

    found = verdict(signed(refreshable(refreshService=service)), pages())

    said = "How to ask for a newer copy by '1EdTechRevocationList' is not known here."
    assert (found.is_valid, told(found)) == (True, [("unknown", said, False)])


def test_nobody_is_sent_anywhere_by_a_text_that_is_not_signed() -> None:
    asked: list[str] = []

    class Pages(dict[str, Any]):
        def __contains__(self, url: object) -> bool:
            asked.append(str(url))
            return super().__contains__(url)

    forged = {**signed(refreshable()), "name": "Captain"}

    assert verdict(forged, Pages(pages())).outcome == "bad-signature"
    assert URL not in asked


def test_it_is_asked_once_also_if_the_newer_copy_names_another_place() -> None:
    further = f"{URL}/2"
    newer = signed(refreshable(validFrom=LATER, refreshService={**SERVICE, "id": further}), ED)
    newest = signed(refreshable(validFrom="2026-04-01T00:00:00Z"))

    found = verdict(signed(refreshable()), pages(**{URL: newer, further: newest}))

    assert found.assertion is not None
    assert found.assertion.source == newer
