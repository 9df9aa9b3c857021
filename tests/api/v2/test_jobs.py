"""Award jobs by the API: begun in three formats, worked off, read line by line, stopped, undone."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from rosette.models import Assertion, AwardJob, BadgeClass, IssuerStaff, Notice, User
from rosette.models.jobs import LINES_PER_STRETCH
from rosette.operations import bulk
from tests import factories
from tests.api.client import NOT_FOUND, Api, bad_request
from tests.environment import ORIGIN

pytestmark = pytest.mark.django_db

NDJSON = "application/x-ndjson"
REVOKED = "Awarded in error"


@pytest.fixture
def ada() -> User:
    return factories.user()


@pytest.fixture
def knots(ada: User) -> BadgeClass:
    return factories.badgeclass(factories.issuer(ada))


def wish(number: int, **more: Any) -> dict[str, Any]:
    return {"recipient": {"identity": f"person-{number}@example.org"}, **more}


def send(
    person: User,
    knots: BadgeClass,
    body: str | bytes,
    media_type: str,
    query: str = "",
    **headers: str,
) -> Any:
    """The answer to a body that is no JSON."""
    return Client().post(
        f"/v2/badgeclasses/{knots.entity_id}/jobs{query}",
        data=body,
        content_type=media_type,
        headers={**factories.bearer(person), **headers},
    )


def begun(person: User, knots: BadgeClass, *lines: dict[str, Any]) -> AwardJob:
    answer = Api(person).post(f"/v2/badgeclasses/{knots.entity_id}/jobs", list(lines))
    assert answer.status == 202, answer.body
    return AwardJob.objects.get(entity_id=answer.one["entityId"])


def worked(job: AwardJob) -> AwardJob:
    """The job after a worker had its time."""
    bulk.carry_on(job.pk)
    job.refresh_from_db()
    return job


def results(person: User, job: AwardJob, **query: Any) -> list[dict[str, Any]]:
    return Api(person).get(f"/v2/jobs/{job.entity_id}/results", **query).result


def test_a_job_is_answered_at_once_and_does_its_work_later(ada: User, knots: BadgeClass):
    api = Api(ada)
    answer = api.post(
        f"/v2/badgeclasses/{knots.entity_id}/issue?async=1", {"assertions": [wish(1), wish(2)]}
    )
    job = AwardJob.objects.get()
    address = f"{ORIGIN}/v2/jobs/{job.entity_id}"
    queued = {
        "entityType": "AwardJob",
        "entityId": job.entity_id,
        "badgeclass": knots.entity_id,
        "createdAt": answer.one["createdAt"],
        "createdBy": ada.entity_id,
        "state": "queued",
        "total": 2,
        "done": 0,
        "awarded": 0,
        "failed": 0,
        "problem": None,
        "finishedAt": None,
        "undoUntil": None,
        "statusUrl": address,
        "resultsUrl": f"{address}/results",
    }

    assert answer.status == 202
    assert answer.one == queued
    assert Assertion.objects.count() == 0
    assert [line["state"] for line in results(ada, job)] == ["waiting", "waiting"]

    worked(job)
    done = api.get(f"/v2/jobs/{job.entity_id}").one
    assert done == queued | {
        "state": "done",
        "done": 2,
        "awarded": 2,
        "finishedAt": done["finishedAt"],
        "undoUntil": done["undoUntil"],
    }
    assert api.get(f"/v2/badgeclasses/{knots.entity_id}/jobs").result == [done]


def test_an_award_of_a_job_is_that_of_a_single_call(ada: User, knots: BadgeClass):
    story = {
        "narrative": "Tied them **all**",
        "evidence": [{"url": "https://e.example.org/1", "narrative": "e1"}],
        "issuedOn": "2024-05-02T09:30:00+02:00",
        "expires": "2030-01-01T00:00:00Z",
        "extensions": {"extensions:X": {"type": ["Extension", "extensions:X"]}},
        "recipient": {"identity": "https://bob.example.org", "type": "url", "hashed": False},
    }
    api = Api(ada)
    single = api.post(f"/v2/badgeclasses/{knots.entity_id}/assertions", story).one
    job = worked(begun(ada, knots, story))
    [line] = results(ada, job)
    award = api.get(f"/v2/assertions/{line['assertion']}").one
    own = ("entityId", "openBadgeId", "image", "createdAt")

    assert line == {
        "line": 1,
        "state": "awarded",
        "assertion": award["entityId"],
        "openBadgeId": award["openBadgeId"],
        "errors": {},
    }
    assert {name: award[name] for name in award if name not in own} == {
        name: single[name] for name in single if name not in own
    }


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (
            NDJSON,
            '{"recipient": {"identity": "bob@example.org"}, "narrative": "a\\nb",'
            ' "evidence": [{"url": "https://e.example.org/1"}]}\n\n'
            '{"recipient": {"identity": "+4930123456", "type": "telephone"}}',
        ),
        (
            "text/csv",
            "\ufeffEmail;Type;Narrative;Evidence;Shoe size\r\n"
            'bob@example.org;;"a\r\nb";https://e.example.org/1;44\r\n'
            ";;;;\r\n"
            "+4930123456;telephone;;;\r\n",
        ),
        (
            "text/csv; charset=utf-8",
            "recipient.identity,recipient.type,narrative,evidence url\n"
            'bob@example.org,email,"a\nb",https://e.example.org/1\n'
            "+4930123456,telephone\n",
        ),
    ],
)
def test_lines_of_json_and_tables_say_the_same(
    ada: User, knots: BadgeClass, media_type: str, body: str
):
    answer = send(ada, knots, body.encode(), media_type)
    assert answer.status_code == 202, answer.content
    worked(AwardJob.objects.get())

    assert [
        (award.recipient_identity, award.recipient_kind, award.narrative.split(), award.evidence)
        for award in Assertion.objects.order_by("pk")
    ] == [
        (
            "bob@example.org",
            "email",
            ["a", "b"],
            [{"url": "https://e.example.org/1", "narrative": None}],
        ),
        ("+4930123456", "telephone", [], []),
    ]


def test_a_wrong_line_hinders_no_other(ada: User, knots: BadgeClass):
    factories.assertion(knots, recipient_identity="person-5@example.org")
    lines = [
        wish(1),
        {"recipient": {"identity": "nobody"}},
        {"narrative": "to nobody"},
        wish(4, expires="soon"),
        wish(5, allowDuplicateAwards=False),
        wish(6, badgeclass=knots.entity_id),
        wish(7),
        "not json",
    ]
    body = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    send(ada, knots, body, NDJSON)
    job = AwardJob.objects.get()
    before = results(ada, job, failed=1)
    worked(job)
    api = Api(ada)
    # The words are those of a batch.
    batch = api.post(
        f"/v2/badgeclasses/{knots.entity_id}/issue",
        [{} if isinstance(line, str) else line for line in lines],
    )
    told = [line["errors"] for line in results(ada, job)]

    assert (job.total, job.done, job.awarded, job.failed) == (8, 8, 2, 6)
    assert [line["line"] for line in before] == [2, 3, 4, 6, 8]  # known before anything is done
    assert told[1:4] == batch.body["fieldErrors"][1:4]
    assert told[4] == {
        "non_field_errors": ["A previous award of this badge already exists for this recipient."]
    }
    assert told[5] == batch.body["fieldErrors"][5]
    assert told[7]["non_field_errors"]
    assert [line["line"] for line in results(ada, job, failed=1)] == [2, 3, 4, 5, 6, 8]


def test_lines_are_read_from_anywhere(ada: User, knots: BadgeClass):
    count = LINES_PER_STRETCH + 5
    lines = "\n".join(json.dumps(wish(number)) for number in range(1, count + 1))
    send(ada, knots, lines, NDJSON)
    job = worked(AwardJob.objects.get())
    names = dict(Assertion.objects.values_list("recipient_identity", "entity_id"))

    assert job.awarded == count
    assert len(results(ada, job)) == 1000
    last = results(ada, job, first=LINES_PER_STRETCH - 1, num=4)
    assert [line["line"] for line in last] == [999, 1000, 1001, 1002]
    assert all(line["assertion"] == names[f"person-{line['line']}@example.org"] for line in last)
    assert len(results(ada, job, first=1001, num=10_000)) == 5
    assert results(ada, job, first=5000) == []


@pytest.mark.parametrize("query", ["?first=0", "?first=x", "?num=0", "?num=10001"])
def test_what_is_no_part_of_the_lines_is_refused(ada: User, knots: BadgeClass, query: str):
    job = begun(ada, knots, wish(1))
    assert Api(ada).get(f"/v2/jobs/{job.entity_id}/results{query}").status == 400


@pytest.mark.parametrize(
    ("media_type", "body", "status", "said"),
    [
        (NDJSON, "\n \n", 400, "There is nothing to award."),
        ("text/csv", "\n", 400, "The first line must name a column `email`."),
        ("text/csv", "name\nBob\n", 400, "The first line must name a column `email`."),
        ("text/csv", "email\n", 400, "There is nothing to award."),
        ("text/csv", b"email,narrative\nb@example.org,\xff\n", 400, "The table must be in UTF-8."),
        (NDJSON, "x" * 1_000_100, 413, "The request body is too large."),
        ("text/plain", "x", 415, 'Unsupported media type "text/plain" in request.'),
    ],
)
def test_a_body_that_cannot_be_read_begins_nothing(
    ada: User, knots: BadgeClass, media_type: str, body: str | bytes, status: int, said: str
):
    answer = send(ada, knots, body, media_type)

    assert answer.status_code == status
    assert answer.json()["validationErrors"] == [said]
    assert not AwardJob.objects.exists()


def test_a_job_is_as_long_as_the_site_allows(
    ada: User, knots: BadgeClass, monkeypatch: pytest.MonkeyPatch
):
    small = settings.ROSETTE.model_copy(update={"job_max_awards": 2, "job_max_bytes": 200})
    monkeypatch.setattr(settings, "ROSETTE", small)
    three = "\n".join(json.dumps(wish(number)) for number in range(3))
    many = send(ada, knots, three, NDJSON)
    long = send(ada, knots, json.dumps(wish(1, narrative="x" * 200)), NDJSON)

    assert many.json() == bad_request(general=["No more than 2 awards can be made in one job."])
    assert long.status_code == 413
    assert not AwardJob.objects.exists()


def test_the_same_key_begins_one_job(ada: User, knots: BadgeClass):
    line = json.dumps(wish(1))
    first, again = (send(ada, knots, line, NDJSON, **{"Idempotency-Key": "a"}) for _ in range(2))
    other = send(ada, knots, line + "\n" + line, NDJSON, **{"Idempotency-Key": "a"})

    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    assert other.status_code == 422
    assert AwardJob.objects.count() == 1


def test_awards_are_announced_as_in_a_batch(ada: User, knots: BadgeClass):
    for number in (1, 2, 3):
        factories.assertion(knots, recipient_identity=f"person-{number}@example.org")
    lines = json.dumps(wish(1)) + "\n" + json.dumps(wish(2, notify=False))
    send(ada, knots, lines, NDJSON, "?notify=1")
    worked(AwardJob.objects.get())
    begun(ada, knots, wish(3))
    worked(AwardJob.objects.last() or AwardJob())

    assert [notice.to for notice in Notice.objects.all()] == ["person-1@example.org"]


def test_strangers_learn_nothing_and_staff_may_not_undo(ada: User, knots: BadgeClass):
    job = begun(ada, knots, wish(1))
    carol, bob = factories.user("carol@example.org"), factories.user("bob@example.org")
    IssuerStaff.objects.create(issuer=knots.issuer, user=bob, role="staff")
    stranger, staff = Api(carol), Api(bob)
    path = f"/v2/jobs/{job.entity_id}"

    for answer in (
        stranger.get(path),
        stranger.get(f"{path}/results"),
        stranger.post(f"{path}/cancel"),
        stranger.post(f"{path}/undo"),
        stranger.get(f"/v2/badgeclasses/{knots.entity_id}/jobs"),
        stranger.post(f"/v2/badgeclasses/{knots.entity_id}/jobs", [wish(1)]),
        staff.post(f"{path}/undo"),
        Api(ada).get("/v2/jobs/unknown"),
    ):
        assert (answer.status, answer.body) == (404, NOT_FOUND)
    assert staff.get(path).one["state"] == "queued"
    assert staff.post(f"{path}/cancel").one["state"] == "cancelled"


def test_who_may_not_award_any_more_awards_nothing(ada: User, knots: BadgeClass):
    bob = factories.user("bob@example.org")
    staff = IssuerStaff.objects.create(issuer=knots.issuer, user=bob, role="staff")
    job = begun(bob, knots, wish(1))
    staff.delete()
    worked(job)

    assert job.state == "failed"
    assert job.problem == "Whoever asked for these awards may not award any more."
    assert Assertion.objects.count() == 0
    assert Api(ada).get(f"/v2/jobs/{job.entity_id}").one["problem"] == job.problem


def test_who_was_let_in_by_a_token_of_the_issuer_awards(knots: BadgeClass):
    carol = factories.user("carol@example.org")
    api = Api(carol, scope=f"rw:issuer:{knots.issuer.entity_id}")
    answer = api.post(f"/v2/badgeclasses/{knots.entity_id}/jobs", [wish(1)])
    assert worked(AwardJob.objects.get(entity_id=answer.one["entityId"])).awarded == 1


def test_a_cancelled_job_awards_no_more(ada: User, knots: BadgeClass):
    job = begun(ada, knots, wish(1))
    cancelled = Api(ada).post(f"/v2/jobs/{job.entity_id}/cancel").one
    worked(job)
    again = Api(ada).post(f"/v2/jobs/{job.entity_id}/cancel")

    assert cancelled["state"] == "cancelled"
    assert Assertion.objects.count() == 0
    assert [line["state"] for line in results(ada, job)] == ["waiting"]
    assert again.body == bad_request(general=["The job has ended already."])


def test_undoing_revokes_and_announces_nothing_more(ada: User, knots: BadgeClass):
    job = worked(begun(ada, knots, wish(1), wish(2), {"recipient": {"identity": "x"}}))
    other = factories.assertion(knots)
    assert Notice.objects.filter(state="queued").count() == 2  # the first ever to these addresses
    api = Api(ada)
    undoing = api.post(f"/v2/jobs/{job.entity_id}/undo").one
    worked(job)
    other.refresh_from_db()
    awards = Assertion.objects.exclude(pk=other.pk)

    assert (undoing["state"], job.state) == ("undoing", "undone")
    assert {(award.revocation_reason, award.revoked_at is None) for award in awards} == {
        (REVOKED, False)
    }
    assert other.revoked_at is None
    assert {notice.state for notice in Notice.objects.all()} == {"skipped"}
    assert api.post(f"/v2/jobs/{job.entity_id}/undo").body == bad_request(
        general=["The job is undone already."]
    )


def test_a_job_is_undone_once_it_has_ended_and_while_it_is_fresh(ada: User, knots: BadgeClass):
    api, job = Api(ada), begun(ada, knots, wish(1))
    early = api.post(f"/v2/jobs/{job.entity_id}/undo")
    worked(job)
    AwardJob.objects.update(finished_at=timezone.now() - timedelta(seconds=86_401))
    late = api.post(f"/v2/jobs/{job.entity_id}/undo")

    assert early.body == bad_request(general=["Cancel the job first."])
    assert late.body == bad_request(general=["It is too late to undo this job."])


def test_a_job_is_worked_on_by_one_at_a_time(ada: User, knots: BadgeClass):
    job = begun(ada, knots, wish(1))
    AwardJob.objects.update(busy_until=timezone.now() + timedelta(seconds=5))
    assert worked(job).state == "queued"

    AwardJob.objects.update(busy_until=timezone.now() - timedelta(seconds=1))
    assert worked(job).state == "done"


def test_lines_of_people_are_forgotten_and_awards_stay(ada: User, knots: BadgeClass):
    job = worked(begun(ada, knots, wish(1)))
    bulk.forget(before=timezone.now() - timedelta(days=1))
    assert AwardJob.objects.filter(pk=job.pk).exists()

    bulk.forget(before=timezone.now() + timedelta(days=1))
    assert not AwardJob.objects.exists()
    assert Assertion.objects.count() == 1


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        ("email,Recipient,narrative", "`email`, `Recipient`"),
        ("email,narrative,Narrative", "`narrative`, `Narrative`"),
    ],
)
def test_columns_that_mean_the_same_are_refused_instead_of_one_being_taken(
    ada: User, knots: BadgeClass, names: str, meant: str
) -> None:
    answer = send(ada, knots, f"{names}\nbob@example.org,,x\n", "text/csv")

    said = f"These columns mean the same; keep one of them: {meant}."
    assert (answer.status_code, answer.json()) == (400, bad_request(general=[said]))
    assert not AwardJob.objects.exists()
