"""Pathways: who has completed them, and that a badge for it is awarded exactly once."""

from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from rosette import tasks
from rosette.errors import InvalidInput, NotPermitted, StillInUse
from rosette.models import Assertion, BadgeClass, EmailAddress, Issuer, Pathway, PathwayCompletion
from rosette.models.badgeclasses import badgeclass_record
from rosette.operations import assertions, backpack, badgeclasses, pathways, progress
from rosette.operations.assertions import Award
from rosette.operations.pathways import PathwayWish, StepWish
from rosette.operations.policies import Actor
from tests import factories

pytestmark = pytest.mark.django_db
BOB = "bob@example.org"


@pytest.fixture
def harbor() -> Issuer:
    return factories.issuer()


def badge(of: Issuer, name: str) -> BadgeClass:
    return factories.badgeclass(of, name=name)


def ada(issuer: Issuer) -> Actor:
    assert issuer.created_by is not None
    return Actor.person(issuer.created_by)


def way(
    issuer: Issuer, end: BadgeClass | None, *steps: StepWish, name: str = "Sailor", go: bool = True
) -> Pathway:
    wish = PathwayWish(name, "", end and end.pk, steps)
    made = pathways.save(issuer, None, wish, by=ada(issuer))
    if go:
        pathways.publish(made, is_published=True, by=ada(issuer))
        work()
    return made


def step(*badges: BadgeClass, needed: int = 0, optional: bool = False) -> StepWish:
    return StepWish("", tuple(each.pk for each in badges), needed or len(badges), optional)


def award(badgeclass: BadgeClass, to: str = BOB, **how: Any) -> str:
    by = ada(badgeclass.issuer)
    record = badgeclass_record(badgeclass.entity_id, by.user_id)
    assert record is not None
    return assertions.award(record, Award(to, **how), by=by).entity_id


def work() -> None:
    """Do all jobs about pathways, and those that follow, twice: a job may be done again."""
    while waiting := list(DBTaskResult.objects.filter(task_path__contains="pathway")):
        for job in waiting:
            job.delete()
            do = getattr(tasks, job.task_path.rpartition(".")[2])
            for _ in range(2):
                do.func(**job.args_kwargs["kwargs"])


def ends(end: BadgeClass) -> list[str]:
    found = Assertion.objects.filter(badgeclass=end).order_by("pk")
    return list(found.values_list("recipient_identity", flat=True))


def test_the_last_step_awards_the_badge_exactly_once(harbor):
    knots, sails, end = (badge(harbor, name) for name in ("Knots", "Sails", "Sailor"))
    way(harbor, end, step(knots), step(sails))

    award(knots)
    work()
    assert ends(end) == []
    award(sails)
    award(sails, allow_duplicates=True)
    work()
    award(knots)
    work()

    assert ends(end) == [BOB]
    completion = PathwayCompletion.objects.get()
    assert completion.assertion == Assertion.objects.get(badgeclass=end)


def test_the_job_is_asked_for_with_the_award_and_for_nothing_else(harbor):
    knots, other = badge(harbor, "Knots"), badge(harbor, "Other")
    way(harbor, None, step(knots))
    by = ada(harbor)

    award(other)
    assert not DBTaskResult.objects.filter(task_path__contains="pathway").exists()
    record = badgeclass_record(knots.entity_id, by.user_id)
    assert record is not None
    wishes = [Award(f"b{number}@example.org") for number in range(250)]
    made = assertions.award_many(record, wishes, by=by)

    jobs = DBTaskResult.objects.filter(task_path="rosette.tasks.complete_pathways")
    asked = [number for job in jobs for number in job.args_kwargs["kwargs"]["assertion_ids"]]
    assert sorted(asked) == [item.id for item in made]
    assert len(jobs) == 2


@pytest.mark.parametrize(("held", "done"), [((0,), False), ((0, 2), True), ((1, 2), True)])
def test_n_of_m_are_enough_and_branches_may_be_left_out(harbor, held, done):
    some = [badge(harbor, name) for name in "ABC"]
    end = badge(harbor, "End")
    way(harbor, end, step(*some, needed=2), step(badge(harbor, "D"), optional=True))

    for at in held:
        award(some[at])
    work()

    assert ends(end) == ([BOB] if done else [])


def test_whoever_was_there_before_completes_it_when_it_is_published(harbor):
    knots, end = badge(harbor, "Knots"), badge(harbor, "Sailor")
    award(knots)
    way(harbor, end, step(knots), go=False)
    work()
    assert ends(end) == []

    pathways.publish(Pathway.objects.get(), is_published=True, by=ada(harbor))
    work()

    assert ends(end) == [BOB]


def test_many_who_were_there_before_are_followed_some_at_a_time(harbor, monkeypatch):
    monkeypatch.setattr(progress, "_AT_A_TIME", 2)
    knots, end = badge(harbor, "Knots"), badge(harbor, "Sailor")
    people = [f"b{number}@example.org" for number in range(5)]
    for email in people:
        award(knots, email)

    way(harbor, end, step(knots))

    assert ends(end) == people


def test_a_badge_of_one_pathway_is_a_step_of_the_next(harbor):
    one, two, three = (badge(harbor, name) for name in ("One", "Two", "Three"))
    way(harbor, two, step(one))
    way(harbor, three, step(two), name="Captain")

    award(one)
    work()

    assert (ends(two), ends(three)) == ([BOB], [BOB])


def test_what_does_not_stand_does_not_count(harbor):
    knots, end = badge(harbor, "Knots"), badge(harbor, "Sailor")
    way(harbor, end, step(knots))
    now = timezone.now()
    for number, fields in enumerate(
        (
            {"revoked_at": now},
            {"suspended_at": now},
            {"expires_on": now},
            {"acceptance": "Rejected"},
        )
    ):
        made = factories.assertion(knots, f"b{number}@example.org", **fields)
        progress.complete([made.pk])

    assert ends(end) == []


def test_what_is_revoked_later_takes_nothing_back_and_nothing_is_awarded_again(harbor):
    knots, end = badge(harbor, "Knots"), badge(harbor, "Sailor")
    way(harbor, end, step(knots))
    names = [award(knots)]
    work()
    names.append(Assertion.objects.get(badgeclass=end).entity_id)

    for name in names:
        found = assertions.find(name, by=ada(harbor), reach=pathways.Reach.EDITOR)
        assertions.revoke(found, reason="An error", by=ada(harbor))
    award(knots)
    work()

    assert ends(end) == [BOB]
    assert PathwayCompletion.objects.count() == 1


def test_awards_to_several_proven_addresses_of_a_person_count_together(harbor):
    bob = factories.user(BOB)
    EmailAddress.objects.create(user=bob, email="rob@example.org", verified=True, primary=False)
    knots, sails, end = (badge(harbor, name) for name in ("Knots", "Sails", "Sailor"))
    way(harbor, end, step(knots), step(sails))

    award(knots, "rob@example.org")
    award(sails)
    work()
    award(knots)
    work()

    assert len(ends(end)) == 1
    [mine] = progress.of_person(Actor.person(bob))
    assert mine.next is None
    assert mine.completed_at == PathwayCompletion.objects.get().completed_at


def test_an_address_that_is_not_proven_counts_for_itself_alone(harbor):
    bob = factories.user(BOB)
    EmailAddress.objects.create(user=bob, email="rob@example.org", verified=False, primary=False)
    knots, sails, end = (badge(harbor, name) for name in ("Knots", "Sails", "Sailor"))
    way(harbor, end, step(knots), step(sails))

    award(knots, "rob@example.org")
    award(sails)
    work()

    assert ends(end) == []


def test_accepting_what_was_declined_is_a_step_as_well(harbor):
    bob = factories.user(BOB)
    knots, end = badge(harbor, "Knots"), badge(harbor, "Sailor")
    way(harbor, end, step(knots))
    name = award(knots)
    Assertion.objects.update(acceptance="Rejected")
    work()
    assert ends(end) == []

    backpack.accept(backpack.find(name, by=Actor.person(bob)))
    work()

    assert ends(end) == [BOB]


def test_a_pathway_that_is_published_no_longer_awards_nothing(harbor):
    knots, end = badge(harbor, "Knots"), badge(harbor, "Sailor")
    made = way(harbor, end, step(knots))
    award(knots)
    pathways.publish(made, is_published=False, by=ada(harbor))
    work()

    award(knots)

    assert ends(end) == []
    assert not DBTaskResult.objects.filter(task_path__contains="pathway").exists()
    assert not BadgeClass.objects.filter(is_step=True).exists()


def test_a_badge_that_was_archived_while_its_pathway_was_published_is_not_given(harbor):
    knots, end = badge(harbor, "Knots"), badge(harbor, "Sailor")
    way(harbor, end, step(knots))
    BadgeClass.objects.filter(pk=end.pk).update(archived_at=timezone.now())

    award(knots)
    work()

    assert ends(end) == []
    assert PathwayCompletion.objects.get().assertion_id is None


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (lambda own, other: PathwayWish("", "", None, (step(own),)), "Give the pathway a name."),
        (lambda own, other: PathwayWish("P", "", None, ()), "A pathway needs a step"),
        (lambda own, other: PathwayWish("P", "", None, (step(own, optional=True),)), "a step"),
        (lambda own, other: PathwayWish("P", "", None, (StepWish("", (), 1),)), "has no badge"),
        (
            lambda own, other: PathwayWish("P", "", None, (step(own, needed=2),)),
            "Step 1 asks for 2 badges and has 1.",
        ),
        (lambda own, other: PathwayWish("P", "", None, (step(other),)), "not one of this issuer"),
        (lambda own, other: PathwayWish("P", "", other.pk, (step(own),)), "not one of this issuer"),
        (
            lambda own, other: PathwayWish("P", "", own.pk, (step(own),)),
            "“Knots” is given for this pathway, so it cannot be a step of it.",
        ),
        (lambda own, other: PathwayWish("P", "", None, (step(own),) * 21), "twenty steps at most"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(harbor, wish, said):
    other = badge(factories.issuer(factories.user("carol@example.org")), "Other")

    with pytest.raises(InvalidInput) as refused:
        pathways.save(harbor, None, wish(badge(harbor, "Knots"), other), by=ada(harbor))

    assert said in " ".join(refused.value.general)
    assert not Pathway.objects.exists()


def test_a_circle_is_refused_in_words(harbor):
    one, two, three = (badge(harbor, name) for name in ("One", "Two", "Three"))
    way(harbor, two, step(one), name="First")
    way(harbor, three, step(two), name="Second", go=False)

    with pytest.raises(InvalidInput) as refused:
        pathways.save(harbor, None, PathwayWish("P", "", one.pk, (step(three),)), by=ada(harbor))

    assert refused.value.general == [
        "These pathways would lead round in a circle: “One” is given for this one, "
        "and is needed for “First”, “Second”, whose badge is a step here."
    ]


def test_a_badge_stays_while_it_is_a_step_of_a_published_pathway(harbor):
    knots = badge(harbor, "Knots")
    made = way(harbor, None, step(knots))

    with pytest.raises(StillInUse):
        badgeclasses.remove(knots, by=ada(harbor))
    pathways.publish(made, is_published=False, by=ada(harbor))
    badgeclasses.remove(knots, by=ada(harbor))

    assert not BadgeClass.objects.exists()


def test_only_editors_make_and_publish(harbor):
    carol = Actor.person(factories.user("carol@example.org"))
    wish = PathwayWish("P", "", None, (step(badge(harbor, "Knots")),))
    made = pathways.save(harbor, None, wish, by=ada(harbor))

    for do in (
        lambda: pathways.save(harbor, made, wish, by=carol),
        lambda: pathways.publish(made, is_published=True, by=carol),
        lambda: pathways.remove(made, by=carol),
    ):
        with pytest.raises(NotPermitted):
            do()
