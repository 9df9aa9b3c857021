"""/badges/:id/archive: a badge class that nobody shall be awarded any more, and that is kept."""

import pytest
from django.test import Client

from rosette.errors import InvalidInput
from rosette.models import Assertion, AuditEntry, AwardJob, BadgeClass, CatalogueTerm, ClaimLink
from rosette.models.badgeclasses import badgeclass_record
from rosette.operations import assertions, badgeclasses, bulk, catalogue, claim_links, pathways
from rosette.operations.assertions import Award
from rosette.operations.pathways import PathwayWish, StepWish
from rosette.operations.policies import Actor
from tests import factories
from tests.api.client import Api
from tests.web.hands import browser, hired, told, words

pytestmark = pytest.mark.django_db

ARCHIVED = "BadgeClass is archived. Bring it back before it is awarded."
TO_CAROL = {"recipient": {"identity": "carol@example.org", "type": "email"}}


@pytest.fixture
def knots():
    return factories.badgeclass()


@pytest.fixture
def ada(knots):
    return browser(knots.issuer.created_by)


def address(badgeclass, ending=""):
    return f"/badges/{badgeclass.entity_id}{ending}"


def owner(badgeclass):
    return Actor.person(badgeclass.issuer.created_by)


def archived(badgeclass):
    badgeclasses.archive(badgeclass, by=owner(badgeclass))
    badgeclass.refresh_from_db()
    return badgeclass


def known(badgeclass):
    return badgeclass_record(badgeclass.entity_id, badgeclass.issuer.created_by_id)


def test_it_leaves_the_list_and_is_brought_back(knots, ada):
    sails = factories.badgeclass(knots.issuer, name="Sails")
    home = f"/issuers/{knots.issuer.entity_id}"
    assert "You can bring it back at any time." in words(ada.get(address(knots, "/archive")))

    shown = told(ada, address(knots, "/archive"))

    assert "“Knot Tying” is archived." in shown.text
    assert "nobody can be awarded it, and what was awarded stands" in words(shown)
    assert address(knots, "/award") not in shown.text
    listed = ada.get(home)
    assert address(sails) in listed.text
    assert address(knots) not in listed.text
    assert "1 archived badge" in words(listed)
    kept = ada.get(home, {"use": "archived"})
    assert address(knots) in kept.text
    assert address(sails) not in kept.text
    for way in ("/award", "/award/many"):
        assert ada.get(address(knots, way))["Location"] == address(knots)

    shown = told(ada, address(knots, "/archive"), {"back": "1"})

    assert "“Knot Tying” can be awarded again." in shown.text
    assert address(knots, "/award") in shown.text
    assert address(knots) in ada.get(home).text
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")][-2:] == [
        "badgeclass.archive",
        "badgeclass.unarchive",
    ]


def test_an_issuer_whose_badges_are_all_archived_is_told_where_they_are(knots, ada):
    archived(knots)

    shown = ada.get(f"/issuers/{knots.issuer.entity_id}")

    assert "All badges are archived" in words(shown)
    assert 'href="?use=archived"' in shown.text


def test_done_twice_it_is_done_once(knots, ada):
    first = archived(knots).archived_at

    told(ada, address(knots, "/archive"))

    assert BadgeClass.objects.get().archived_at == first
    assert AuditEntry.objects.filter(action="badgeclass.archive").count() == 1


def test_staff_may_not(knots):
    staff = hired(knots.issuer, "staff")

    assert staff.post(address(knots, "/archive")).status_code == 403
    assert "Archive this badge" not in staff.get(address(knots)).text
    assert BadgeClass.objects.get().archived_at is None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2/badgeclasses/{0}/assertions", TO_CAROL),
        ("/v2/badgeclasses/{0}/assertions", TO_CAROL | {"allowDuplicateAwards": False}),
        ("/v2/badgeclasses/{0}/issue", {"assertions": [TO_CAROL]}),
        ("/v2/badgeclasses/{0}/issue?async=1", {"assertions": [TO_CAROL]}),
        ("/v2/badgeclasses/{0}/jobs", [TO_CAROL]),
    ],
)
def test_no_call_awards_it(knots, path, body):
    api = Api(archived(knots).issuer.created_by)

    refused = api.post(path.format(knots.entity_id), body)

    assert (refused.status, refused.body["validationErrors"]) == (400, [ARCHIVED])
    assert not Assertion.objects.exists()
    assert not AwardJob.objects.exists()


def test_a_badge_class_that_is_archived_is_read_and_listed_as_before(knots):
    api = Api(knots.issuer.created_by)
    before = api.get(f"/v2/badgeclasses/{knots.entity_id}").one
    world = Client().get(f"/public/badges/{knots.entity_id}.json").json()

    archived(knots)

    kept = {**before, "archived": True}
    assert api.get(f"/v2/badgeclasses/{knots.entity_id}").one == kept
    assert api.get(f"/v2/issuers/{knots.issuer.entity_id}/badgeclasses").result == [kept]
    assert Client().get(f"/public/badges/{knots.entity_id}.json").json() == world


def test_a_program_archives_it_and_brings_it_back(knots):
    api, path = Api(knots.issuer.created_by), f"/v2/badgeclasses/{knots.entity_id}"

    assert api.put(path, {"archived": True}).one["archived"] is True
    assert api.put(path, {"name": "Knots"}).one["archived"] is True
    assert api.post(f"{path}/assertions", TO_CAROL).status == 400
    assert api.put(path, {"archived": False}).one["archived"] is False
    assert api.post(f"{path}/assertions", TO_CAROL).status == 201
    refused = api.put(path, {"name": "Sails", "archived": "perhaps"})
    assert (refused.status, list(refused.body["fieldErrors"])) == (400, ["archived"])
    knots.refresh_from_db()
    assert knots.name == "Knots"


def test_what_was_awarded_stands_and_can_be_revoked(knots):
    award = factories.assertion(knots)
    shown = Client().get(f"/public/assertions/{award.entity_id}.json").json()

    api = Api(archived(knots).issuer.created_by)

    assert Client().get(f"/public/assertions/{award.entity_id}.json").json() == shown
    gone = api.delete(
        f"/v2/assertions/{award.entity_id}", {"revocation_reason": "Awarded in error"}
    )
    assert gone.status == 200
    assert Assertion.objects.get().revoked_at is not None


def test_an_award_that_was_sent_before_is_answered_once_more(knots):
    wish, name = Award("carol@example.org"), "uE0hBsVMSaeqA1pxYZ9x1A"
    first = assertions.award_once(known(knots), wish, by=owner(knots), name=name)

    archived(knots)

    assert assertions.award_once(known(knots), wish, by=owner(knots), name=name) == first
    with pytest.raises(InvalidInput):
        assertions.award_once(known(knots), Award("dan@example.org"), by=owner(knots), name=name)


def test_a_job_that_has_begun_stops_and_says_why(knots):
    lines = bulk.packed_lines([Award(f"person-{number}@example.org") for number in range(3)])
    job = bulk.begin(known(knots), lines, by=owner(knots))
    archived(knots)

    bulk.carry_on(job.pk)

    job.refresh_from_db()
    assert (job.state, job.problem, job.done) == ("failed", ARCHIVED, 0)
    assert not Assertion.objects.exists()


def test_its_links_are_closed_as_long(knots, ada):
    by = owner(knots)
    link = claim_links.make(knots, claim_links.Wish(title="Harbor day"), by=by)
    assert claim_links.state(link) == "open"

    link = ClaimLink.objects.get(badgeclass=archived(knots))

    assert claim_links.state(link) == "expired"
    asked = Client().post(f"/c/{link.entity_id}", {"email": "carol@example.org"})
    assert asked.status_code == 400
    refused = ada.post(address(knots, "/links"), {"title": "Next", "is_automatic": "True"})
    assert refused.status_code == 400
    assert ARCHIVED in words(refused)
    assert ClaimLink.objects.count() == 1


def test_it_leaves_the_catalogue_and_comes_back(knots):
    catalogue.enter(knots.issuer, is_in=True, language="", by=owner(knots))
    catalogue.index_issuer(knots.issuer_id)
    terms = CatalogueTerm.objects.filter(badgeclass=knots)
    assert terms.exists()

    archived(knots)
    catalogue.catch_up()
    assert not terms.exists()

    badgeclasses.archive(knots, by=owner(knots), archived=False)
    assert terms.exists()


@pytest.mark.parametrize("as_step", [True, False])
def test_what_a_published_pathway_wants_or_gives_is_not_archived(knots, ada, as_step):
    sails = factories.badgeclass(knots.issuer, name="Sails")
    step, end = (knots, sails) if as_step else (sails, knots)
    wish = PathwayWish("Sailor", "", end.pk, (StepWish("", (step.pk,), 1),))
    by = owner(knots)
    pathway = pathways.save(knots.issuer, None, wish, by=by)
    pathways.publish(pathway, is_published=True, by=by)

    assert "belongs to a published pathway" in words(ada.get(address(knots, "/archive")))
    assert ada.post(address(knots, "/archive")).status_code == 400
    refused = Api(knots.issuer.created_by).put(
        f"/v2/badgeclasses/{knots.entity_id}", {"name": "Bends", "archived": True}
    )
    assert refused.body["validationErrors"] == ["BadgeClass belongs to a published pathway."]
    assert BadgeClass.objects.get(pk=knots.pk).name == "Knot Tying"
    assert BadgeClass.objects.get(pk=knots.pk).archived_at is None

    pathways.publish(pathway, is_published=False, by=by)
    archived(knots)

    for again in (
        lambda: pathways.publish(pathway, is_published=True, by=by),
        lambda: pathways.save(knots.issuer, pathway, wish, by=by),
    ):
        with pytest.raises(InvalidInput) as refusal:
            again()
        assert refusal.value.general == [
            "“Knot Tying” is archived, so nobody can earn it. Bring it back first."
        ]
