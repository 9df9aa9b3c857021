"""``/issuers/:id/domain``, and where the proof is shown: badge pages and the verifier."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from rosette.models import Backoff, Issuer
from rosette.operations import domains, pictures
from tests import factories
from tests.domains import naming
from tests.environment import ORIGIN
from tests.web.hands import SVG, browser, hired, told, words

pytestmark = pytest.mark.django_db

RECORD = "_rosette-issuer.harbor.example.org"
HTML = {"Accept": "text/html"}


@pytest.fixture
def records(settings):
    known: dict[str, list[str]] = {}
    with naming(known) as server:
        settings.ROSETTE = settings.ROSETTE.model_copy(update={"dns_server": server})
        yield known


def test_an_owner_proves_the_domain_and_badge_pages_say_so(records):
    award = factories.assertion()
    issuer = award.issuer
    ada = browser(issuer.created_by)
    page = f"/issuers/{issuer.entity_id}/domain"
    line = domains.standing(issuer).content

    asked = ada.get(page)
    assert (RECORD in asked.text, line in asked.text) == (True, True)
    missed = ada.post(page, {"way": "record"})
    assert missed.status_code == 400
    assert "There is no such text record, or it says something else." in words(missed)
    assert "<title>Error: Domain of Harbor Learning" in missed.text
    assert ada.post(page, {"way": "record"}).status_code == 429
    Backoff.objects.all().delete()
    records[RECORD] = [line]
    shown = told(ada, page, {"way": "record"})

    assert "The domain is proven." in shown.text
    said = "harbor.example.org, proven on"
    assert said in words(shown)
    assert said in words(ada.get(f"/issuers/{issuer.entity_id}/settings"))
    for public in (
        f"/public/assertions/{award.entity_id}",
        f"/public/badges/{award.badgeclass.entity_id}",
        f"/public/badges/{award.badgeclass.entity_id}/criteria",
        f"/public/issuers/{issuer.entity_id}",
    ):
        assert said in words(Client().get(public, headers=HTML)), public


def test_pages_are_made_anew_when_the_proof_comes_or_goes_and_documents_are_not():
    award = factories.assertion()
    for path in (
        f"/public/assertions/{award.entity_id}",
        f"/public/badges/{award.badgeclass.entity_id}",
        f"/public/issuers/{award.issuer.entity_id}",
    ):
        tags = []
        for change in (
            {"proven_domain": ""},
            {"proven_domain": "harbor.example.org", "proven_at": timezone.now()},
            {"proof_lost_at": timezone.now()},
        ):
            Issuer.objects.update(**change)
            page = Client().get(path, headers=HTML)
            tags.append((page["ETag"], Client().get(path)["ETag"]))
        assert "harbor.example.org, not proven any more since" in words(page)
        assert len({page for page, _ in tags}) == 3
        assert len({document for _, document in tags}) == 1
        Issuer.objects.update(proof_lost_at=None)


def test_whoever_may_not_edit_reads_how_it_goes_and_asks_for_nothing(records):
    issuer = factories.issuer()
    staff = hired(issuer, "staff")
    page = f"/issuers/{issuer.entity_id}/domain"

    assert "Editors and owners can ask for a look." in words(staff.get(page))
    assert staff.post(page, {"way": "record"}).status_code == 403


def test_an_issuer_without_a_domain_is_led_to_its_settings():
    issuer = factories.issuer(url="https://192.0.2.7")

    shown = browser(issuer.created_by).get(f"/issuers/{issuer.entity_id}/domain")

    assert "has no domain that could be proven" in words(shown)


def test_a_failing_proof_says_until_when_it_counts_and_a_lost_one_that_it_is_lost(records):
    issuer = factories.issuer()
    ada = browser(issuer.created_by)
    page = f"/issuers/{issuer.entity_id}/domain"
    records[RECORD] = [domains.standing(issuer).content]
    ada.post(page, {"way": "record"})
    records.clear()
    failing = ada.post(page, {"way": "record"})
    assert "It still counts until" in words(failing)

    issuer.domain_proof.refresh_from_db()
    issuer.domain_proof.checked_at -= timedelta(days=8)
    issuer.domain_proof.failing_since -= timedelta(days=8)
    issuer.domain_proof.save()
    domains.recheck()

    assert "The proof is lost: your badges say so." in words(ada.get(page))


@pytest.mark.parametrize("version", ["", "/ob3.json"])
def test_the_verifier_tells_of_the_domain_of_issuers_of_this_site(version):
    award = factories.assertion(factories.badgeclass(image=pictures.keep(SVG)))
    address = f"{ORIGIN}/public/assertions/{award.entity_id}"
    sent = {"text": address}
    if version:
        sent = {"text": Client().get(f"/public/assertions/{award.entity_id}{version}").text}
    before = words(Client().post("/verify", sent))
    assert "Domain" not in before

    Issuer.objects.update(proven_domain="harbor.example.org", proven_at=timezone.now())
    proven = words(Client().post("/verify", sent))
    assert "Domain Proven The issuer has proven that harbor.example.org is its own." in proven
    assert "This badge is genuine and valid." in proven

    Issuer.objects.update(proof_lost_at=timezone.now())
    lost = words(Client().post("/verify", sent))
    assert "Domain Lost The issuer had proven" in lost
    assert "This badge is genuine and valid." in lost  # it is a remark


def test_programs_read_it_among_the_checks():
    award = factories.assertion(factories.badgeclass(image=pictures.keep(SVG)))
    Issuer.objects.update(proven_domain="harbor.example.org", proven_at=timezone.now())
    address = f"{ORIGIN}/public/assertions/{award.entity_id}"

    answer = Client().post("/public/verify", {"url": address}).json()

    assert answer["report"]["valid"] is True
    assert answer["report"]["checks"][-1] == {
        "check": "domain",
        "state": "passed",
        "level": "INFO",
        "description": "The issuer has proven that the domain harbor.example.org is its own.",
        "code": None,
        "node": "harbor.example.org",
        "advice": None,
    }
