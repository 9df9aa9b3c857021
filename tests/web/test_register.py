"""/issuers/:id/awards: the awards of an issuer as a table, and as a file; and its recipients."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from rosette.models import Notice
from rosette.models.assertions import assertion_record
from rosette.operations import recipients, register
from rosette.operations.policies import Actor
from rosette.operations.register import STATES, Filters
from rosette.web.register import safe
from tests import factories
from tests.web.hands import browser, hired, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def badge():
    return factories.badgeclass()


@pytest.fixture
def ada(badge):
    return browser(badge.issuer.created_by)


def table(badge):
    return f"/issuers/{badge.issuer.entity_id}/awards"


def one_of_each(badge):
    """An award in each state, to ``<state>@example.org``."""
    past = timezone.now() - timedelta(days=1)
    fields = {
        "claimed": {"acceptance": "Accepted"},
        "rejected": {"acceptance": "Rejected"},
        "revoked": {"revoked_at": past, "acceptance": "Accepted", "suspended_at": past},
        "suspended": {"suspended_at": past, "expires_on": past},
        "expired": {"expires_on": past, "acceptance": "Accepted"},
    }
    for state in STATES:
        award = factories.assertion(badge, f"{state}@example.org", **fields.get(state, {}))
        if state in ("queued", "held", "sent", "failed", "bounced", "skipped", "captured"):
            Notice.objects.create(kind="award", to=award.recipient_identity, assertion=award)
            Notice.objects.create(
                kind="award", to=award.recipient_identity, assertion=award, state=state
            )


def found(ada, badge, **query):
    """The recipients in the table, in its order."""
    text = ada.get(table(badge), query).text.partition("<tbody>")[2]
    return [part.partition("</a>")[0].partition(">")[2] for part in text.split("/awards/")[1:]]


@pytest.mark.parametrize("state", STATES)
def test_each_award_is_in_one_state_which_the_database_and_the_page_agree_upon(badge, ada, state):
    one_of_each(badge)
    by = Actor.person(badge.issuer.created_by)

    page = register.page(badge.issuer, Filters(state=state), by=by, size=50)

    assert [row.recipient_identity for row in page.awards] == [f"{state}@example.org"]
    now = timezone.now()
    assert [register.state_of(row, at=now) for row in page.awards] == [state]
    assert found(ada, badge, state=state) == [f"{state}@example.org"]


def test_filters_stand_in_the_address_and_a_person_sealed(badge, ada):
    bob = factories.assertion(badge)
    factories.assertion(factories.badgeclass(badge.issuer, name="Splicing"), "carol@example.org")

    led = ada.post(
        table(badge),
        {"person": "BOB@", "badge": badge.entity_id, "state": "made", "since": "2026-01-01"},
    )["Location"]

    assert led.startswith(
        f"{table(badge)}?badge={badge.entity_id}&state=made&since=2026-01-01&who="
    )
    assert "@" not in led
    assert "%40" not in led
    shown = ada.get(led)
    assert "bob@example.org" in words(shown)
    assert "carol@example.org" not in words(shown)
    assert 'value="BOB@"' in shown.text
    assert f"/awards/{bob.entity_id}" in shown.text
    assert ada.post(table(badge), {})["Location"] == table(badge)


def test_a_name_is_found_as_well(badge, ada):
    factories.assertion(badge, extensions=recipients.profile("Bob Reed"))
    factories.assertion(badge, "carol@example.org")

    led = ada.post(table(badge), {"person": "reed"})["Location"]

    assert "Bob Reed" in words(ada.get(led))
    assert "carol@example.org" not in words(ada.get(led))


def test_days_bound_the_day_of_the_award(badge, ada):
    for day in (1, 2, 3):
        factories.assertion(
            badge, f"d{day}@example.org", issued_on=datetime(2026, 1, day, 12, tzinfo=UTC)
        )

    assert found(ada, badge, since="2026-01-02", until="2026-01-02") == ["d2@example.org"]
    assert found(ada, badge, until="2026-01-01") == ["d1@example.org"]


@pytest.mark.parametrize(
    "query",
    [
        {"badge": "nothing"},
        {"state": "nonsense"},
        {"since": "yesterday", "until": "9999-99-99"},
        {"since": "0001-01-01", "until": "9999-12-31"},
        {"who": "nonsense"},
        {"who": "v1.x.y"},
        {"older": "nonsense"},
        {"newer": "WzEsMl0"},
        {"older": "WzFlOTk5LC0xXQ"},
        {"badge": "a\0b"},
    ],
)
def test_nonsense_in_the_address_is_no_error(badge, ada, query):
    factories.assertion(badge)

    assert ada.get(table(badge), query).status_code == 200


def test_pages_follow_each_other_without_a_gap_and_back(badge, ada, monkeypatch):
    monkeypatch.setattr("rosette.web.register._ROWS", 3)
    same = timezone.now()
    for number in range(7):
        factories.assertion(badge, f"n{number}@example.org", created_at=same)

    def beside(text, word):
        link = text.partition(f'rel="{word}"')[0].rpartition('href="')[2].partition('"')[0]
        return link.replace("&amp;", "&") if f'rel="{word}"' in text else ""

    def walk(word, address):
        seen = []
        while address:
            text = ada.get(address).text
            rows = text.partition("<tbody>")[2].split("/awards/")[1:]
            seen.append([row.partition(">")[2][:2] for row in rows])
            address, back = beside(text, word), beside(text, "prev")
        return seen, back

    older, back = walk("next", table(badge))
    newer, _ = walk("prev", back)

    assert older == [["n6", "n5", "n4"], ["n3", "n2", "n1"], ["n0"]]
    assert newer == [["n3", "n2", "n1"], ["n6", "n5", "n4"]]


def test_the_file_has_every_award_that_fits_and_no_formula(badge, ada):
    evil = recipients.profile('=HYPERLINK("https://evil.example.org")')
    factories.assertion(badge, extensions=evil)
    factories.assertion(badge, "+49301234", recipient_kind="telephone")
    factories.assertion(badge, "carol@example.org", revoked_at=timezone.now())

    answer = ada.get(f"{table(badge)}.csv?state=made")

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="harbor-learning-')
    assert [(row["recipient"], row["name"], row["state"]) for row in rows] == [
        ("'+49301234", "", "made"),
        ("bob@example.org", '\'=HYPERLINK("https://evil.example.org")', "made"),
    ]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_begins_a_formula(begin):
    assert safe(f"{begin}1") == f"'{begin}1"
    assert (safe("1=2"), safe(None), safe(7)) == ("1=2", "", "7")


def test_recipients_are_people_by_address_the_latest_first(badge, ada):
    first = factories.assertion(badge, extensions=recipients.profile("Bob Reed"))
    factories.assertion(badge, "carol@example.org")
    factories.assertion(badge)
    people = f"/issuers/{badge.issuer.entity_id}/recipients"

    said = words(ada.get(people))
    led = ada.post(people, {"person": "REED"})["Location"]

    assert said.index("Bob Reed bob@example.org 2") < said.index("carol@example.org 1")
    assert "carol@example.org" not in words(ada.get(led))
    assert "@" not in led
    one = words(ada.get(f"{people}/{first.entity_id}"))
    assert one.startswith(
        "Issue badges Harbor Learning Recipients Bob Reed bob@example.org · 2 awards"
    )


def test_recipients_of_another_issuer_are_not_found(badge, ada):
    foreign = factories.assertion(factories.badgeclass(factories.issuer(name="Pier")))

    here = f"/issuers/{badge.issuer.entity_id}/recipients/{foreign.entity_id}"

    assert ada.get(here).status_code == 404
    assert recipients.name_of(assertion_record(foreign.entity_id)) == ""


def test_pages_of_recipients_follow_each_other(badge, ada, monkeypatch):
    monkeypatch.setattr("rosette.web.recipients._ROWS", 2)
    for number in range(5):
        factories.assertion(badge, f"n{number}@example.org")
    address = f"/issuers/{badge.issuer.entity_id}/recipients"

    seen = []
    while address:
        text = ada.get(address).text
        seen.append([f"n{n}" for n in reversed(range(5)) if f">n{n}@example.org</a>" in text])
        link = text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        address = link if 'rel="next"' in text else ""

    assert seen == [["n4", "n3"], ["n2", "n1"], ["n0"]]


def test_a_viewer_reads_all_of_it(badge):
    factories.assertion(badge)
    viewer = hired(badge.issuer, "viewer")

    for path in (table(badge), f"{table(badge)}.csv", table(badge).replace("awards", "recipients")):
        assert viewer.get(path).status_code == 200
