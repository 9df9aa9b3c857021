"""Rows become facts and facts become documents; every published field crosses the bridge."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from rosette.models.assertions import published_assertion, published_assertions_in
from rosette.models.badgeclasses import published_badgeclass, published_badgeclasses
from rosette.models.issuers import published_issuer
from rosette.openbadges.credential import Alignment, Credential, Evidence, Revocation
from rosette.openbadges.documents import VERSIONS, Version, render
from rosette.openbadges.recipient import Recipient
from rosette.operations import publishing
from tests import published
from tests.openbadges import facts

pytestmark = pytest.mark.django_db


def award(**fields: Any) -> Credential:
    """The facts of an award with these columns."""
    published.award(**fields)
    row = published_assertion(published.AWARD)
    assert row is not None
    return publishing.credential(row)


def test_an_issuer() -> None:
    published.harbor()

    row = published_issuer(published.HARBOR)

    assert row is not None
    assert publishing.profile(row) == facts.HARBOR
    assert publishing.changes(row) == (published.CHANGED,)


def test_an_issuer_of_few_words() -> None:
    published.harbor(description="", image="", extensions={"extensions:x": {"n": 1}})

    row = published_issuer(published.HARBOR)

    assert row is not None
    assert publishing.profile(row) == replace(
        facts.HARBOR, description=None, image=None, extensions={"extensions:x": {"n": 1}}
    )


def test_a_badge_class() -> None:
    published.knots()

    row = published_badgeclass(published.KNOTS)

    assert row is not None
    assert publishing.achievement(row) == facts.KNOTS
    assert publishing.changes(row) == (published.CHANGED,) * 2


def test_a_badge_class_of_many_words() -> None:
    alignment = {
        "target_name": "Rope",
        "target_url": "https://std.example.org/2",
        "target_description": "Work with rope",
        "target_framework": "Standards",
        "target_code": "2",
    }
    published.knots(alignments=[alignment], extensions={"extensions:x": {"n": 1}}, criteria_url="")

    row = published_badgeclass(published.KNOTS)

    assert row is not None
    assert publishing.achievement(row) == replace(
        facts.KNOTS,
        criteria_url="",
        alignments=(
            Alignment("Rope", "https://std.example.org/2", "Work with rope", "Standards", "2"),
        ),
        extensions={"extensions:x": {"n": 1}},
    )


def test_an_award() -> None:
    assert award() == facts.AWARD


def test_an_award_of_few_words() -> None:
    assert award(narrative="", evidence=[], expires_on=None) == replace(
        facts.AWARD, narrative="", evidence=(), expires_on=None
    )


def test_a_revoked_award() -> None:
    revoked_at = datetime(2025, 1, 1, tzinfo=UTC)

    assert award(revoked_at=revoked_at, revocation_reason="Issued in error") == replace(
        facts.AWARD, revocation=Revocation("Issued in error")
    )


@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        ("telephone", "+15551234567"),
        ("url", "https://bob.example.org"),
        ("openBadgeId", "https://id.example.org/bob"),
    ],
)
def test_every_kind_of_recipient(kind: Any, identity: str) -> None:
    fields = {"recipient_kind": kind, "recipient_identity": identity, "recipient_hashed": False}

    assert award(**fields).recipient == Recipient(kind, identity, False, facts.BOB.salt)


def test_extensions_of_an_award() -> None:
    assert award(extensions={"extensions:x": {"n": 1}}) == replace(
        facts.AWARD, extensions={"extensions:x": {"n": 1}}
    )


def test_evidence_without_text() -> None:
    assert award(evidence=[{"url": "https://e.example.org/1", "narrative": None}]) == replace(
        facts.AWARD, evidence=(Evidence("https://e.example.org/1"),)
    )


def test_a_collection_in_its_order_without_revoked_and_rejected_awards() -> None:
    knots = published.knots()
    first = published.award(knots)
    second = published.award(knots, entity_id="second")
    revoked = published.award(knots, entity_id="third", revoked_at=published.CHANGED)
    rejected = published.award(knots, entity_id="fourth", acceptance="Rejected")
    row = published.collection(revoked, second, rejected, first)

    shown = publishing.collection(row, published_assertions_in(row.pk))

    later = replace(
        facts.AWARD,
        id="https://badges.example.org/public/assertions/second",
        uid="second",
        image="https://badges.example.org/public/assertions/second/image",
    )
    assert shown == replace(facts.SHOWN, credentials=(later, facts.AWARD))


def test_an_issuers_badge_classes_are_the_present_ones_the_oldest_first() -> None:
    harbor = published.harbor()
    published.knots(harbor, created_at=datetime(2025, 1, 1, tzinfo=UTC))
    published.knots(harbor, entity_id="older")
    published.knots(harbor, entity_id="gone", deleted_at=published.CHANGED)

    found = published_badgeclasses(published.HARBOR)

    assert [row.entity_id for row in found] == ["older", published.KNOTS]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_same_rows_give_the_same_bytes(version: Version) -> None:
    credential = award(extensions={"extensions:b": {"z": 1, "a": [2]}, "extensions:a": {}})
    row = published_assertion(published.AWARD)
    assert row is not None

    first = publishing.written(credential, version, expand=("badge", "badge.issuer"))
    again = publishing.written(
        publishing.credential(row), version, expand=("badge", "badge.issuer")
    )

    assert first == again
    expected = render(credential, version, expand=("badge", "badge.issuer"))
    # As lists, so that the order of members counts.
    assert list(orjson.loads(first).items()) == list(expected.items())


def test_names_of_nothing_give_nothing() -> None:
    assert published_issuer("x") is published_badgeclass("x") is published_assertion("x") is None


@pytest.mark.parametrize("pieces", [0, 1, 30])
def test_an_award_is_one_query_whatever_its_evidence(
    django_assert_num_queries: Any, pieces: int
) -> None:
    published.award(evidence=[{"url": f"https://e.example.org/{n}"} for n in range(pieces)])

    with django_assert_num_queries(1):
        row = published_assertion(published.AWARD)

    assert row is not None
    assert len(publishing.credential(row).evidence) == pieces
