"""Domains that issuers prove to be theirs, by real name servers and real web servers."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from rosette.errors import InvalidInput, NotPermitted, TryLater
from rosette.models import Backoff, DomainProof, Issuer, IssuerStaff, Notice
from rosette.operations import domains, issuers, notices, upkeep
from rosette.operations.policies import Actor
from tests import factories
from tests.domains import answering, naming
from tests.environment import ORIGIN

pytestmark = pytest.mark.django_db

RECORD = "_rosette-issuer.harbor.example.org"


@pytest.fixture
def ada():
    return factories.user()


@pytest.fixture
def harbor(ada):
    return factories.issuer(ada)


@pytest.fixture
def records(settings):
    """The text records that the world knows; the test puts them in."""
    known: dict[str, list[str]] = {}
    with naming(known) as server:
        set_to(settings, dns_server=server)
        yield known


def set_to(settings, **change):
    settings.ROSETTE = settings.ROSETTE.model_copy(update=change)


def content(issuer):
    return domains.standing(issuer).content


def check(issuer, way="record"):
    person = issuer.created_by
    domains.check(Issuer.objects.get(pk=issuer.pk), way, by=Actor.person(person))
    return Issuer.objects.get(pk=issuer.pk)


def problem(issuer, way="record"):
    Backoff.objects.all().delete()
    with pytest.raises(InvalidInput) as refused:
        check(issuer, way)
    return refused.value.general


def age(by: timedelta):
    """Let the time pass since the last look."""
    for proof in DomainProof.objects.all():
        proof.checked_at -= by
        proof.failing_since = proof.failing_since and proof.failing_since - by
        proof.save()


def state(issuer):
    return domains.standing(Issuer.objects.get(pk=issuer.pk)).state


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://harbor.example.org", "harbor.example.org"),
        ("https://www.Example.org:8443/school?x=1", "example.org"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
        ("https://example.org./", "example.org"),
        ("https://localhost/", ""),
        ("https://192.0.2.7/", ""),
        ("https://[2001:db8::1]/", ""),
        ("https://" + "a" * 300 + ".org/", ""),
        ("https://..org/", ""),
        ("https://[x/", ""),
        ("ftp://example.org/", ""),
        ("", ""),
    ],
)
def test_the_domain_is_that_of_the_website(url, domain):
    assert domains.domain_of(url) == domain


def test_a_record_proves_the_domain_and_is_the_issuers_alone(harbor, records):
    other = factories.issuer(name="Pier School")
    records[RECORD] = ["v=spf1 -all", content(harbor)]

    proven = check(harbor)

    assert (proven.proven_domain, proven.proof_lost_at) == ("harbor.example.org", None)
    assert timezone.now() - proven.proven_at < timedelta(minutes=1)
    assert state(harbor) == "proven"
    assert proven.updated_at == harbor.updated_at  # nothing changed that is published
    assert problem(other) == ["There is no such text record, or it says something else."]
    assert state(other) == "none"


def test_what_is_not_found_says_why(harbor, records, settings):
    assert problem(harbor) == ["There is no such text record, or it says something else."]
    records[RECORD] = [content(harbor) + "x"]
    assert problem(harbor) == ["There is no such text record, or it says something else."]
    with naming(records, broken=True) as server:
        set_to(settings, dns_server=server)
        assert problem(harbor) == ["The name servers of the domain did not answer."]
    Issuer.objects.update(url="https://192.0.2.7")
    assert problem(harbor) == ["The website of the issuer has no domain that could be proven."]
    assert not DomainProof.objects.exists()


def test_a_file_proves_the_domain(harbor, settings):
    set_to(settings, fetch_loopback=True)
    pages: dict[str, tuple[int, bytes]] = {}
    with answering(pages) as url:
        Issuer.objects.update(url=url)
        harbor.refresh_from_db()
        assert problem(harbor, "file") == ["There is no such file, or it says something else."]
        pages["/.well-known/rosette-issuer.txt"] = (200, content(harbor).encode() + b"\r\n")
        proven = check_file(harbor)

    assert proven.proven_domain == url.removeprefix("http://")
    assert DomainProof.objects.get().way == "file"
    assert problem(harbor, "file") == [
        "The website did not answer, or not by a valid https address."
    ]
    assert state(harbor) == "failing"


def check_file(issuer):
    Backoff.objects.all().delete()
    return check(issuer, "file")


def test_a_file_that_lies_elsewhere_proves_nothing(harbor, settings):
    set_to(settings, fetch_loopback=True)
    pages: dict[str, tuple[int, bytes]] = {}
    with answering(pages) as url:
        Issuer.objects.update(url=url)
        harbor.refresh_from_db()
        pages["/upload.txt"] = (200, content(harbor).encode())
        pages["/.well-known/rosette-issuer.txt"] = (302, b"/upload.txt")

        assert problem(harbor, "file") == ["The address of the file leads to another website."]


def test_a_website_of_the_inner_network_is_never_asked(harbor):
    Issuer.objects.update(url="https://localhost.localdomain")
    harbor.refresh_from_db()

    assert problem(harbor, "file") == [
        "The website did not answer, or not by a valid https address."
    ]


def test_only_editors_ask_for_a_look_and_not_without_end(harbor, records):
    sam = factories.user("sam@example.org")
    IssuerStaff.objects.create(issuer=harbor, user=sam, role="staff")

    with pytest.raises(NotPermitted):
        domains.check(harbor, "record", by=Actor.person(sam))
    problem(harbor)
    with pytest.raises(TryLater):
        check(harbor)
    with pytest.raises(InvalidInput):
        domains.check(harbor, "", by=Actor.person(harbor.created_by))


def test_another_website_has_to_be_proven_anew(ada, harbor, records):
    records[RECORD] = [content(harbor)]
    check(harbor)

    issuers.change(harbor, {"url": "https://harbor.example.org/school"}, by=Actor.person(ada))
    assert state(harbor) == "proven"
    issuers.change(harbor, {"url": "https://pier.example.org"}, by=Actor.person(ada))

    harbor.refresh_from_db()
    assert (harbor.proven_domain, harbor.proven_at, state(harbor)) == ("", None, "none")
    age(timedelta(days=2))
    domains.recheck()
    assert not DomainProof.objects.exists()


def test_it_is_looked_at_daily_and_lost_after_a_week_with_a_mail_to_the_owners(harbor, records):
    dora = factories.user("dora@example.org")
    IssuerStaff.objects.create(issuer=harbor, user=dora, role="editor")
    line = content(harbor)
    records[RECORD] = [line]
    check(harbor)
    upkeep.keep_house()
    assert asked() == 0  # it is not due

    records.clear()
    age(timedelta(days=1, minutes=1))
    upkeep.keep_house()
    assert asked() == 1
    domains.recheck()
    assert state(harbor) == "failing"
    assert not Notice.objects.exists()
    age(timedelta(days=7))
    domains.recheck()
    domains.recheck()

    harbor.refresh_from_db()
    assert state(harbor) == "lost"
    notice = Notice.objects.get()
    assert (notice.kind, notice.to) == ("domain_lost", "ada@example.org")
    notices.send([notice.pk])
    (letter,) = mail.outbox
    assert letter.subject == "[Rosette] The proof of harbor.example.org is gone"
    assert f"{ORIGIN}/issuers/{harbor.entity_id}/domain" in letter.body

    records[RECORD] = [line]
    age(timedelta(days=2))
    domains.recheck()
    assert state(harbor) == "proven"


def test_a_proof_that_comes_back_within_the_week_was_never_lost(harbor, records):
    records[RECORD] = [content(harbor)]
    first = check(harbor).proven_at
    line = records.pop(RECORD)
    age(timedelta(days=2))
    domains.recheck()
    records[RECORD] = line
    age(timedelta(days=2))
    domains.recheck()

    harbor.refresh_from_db()
    assert (state(harbor), harbor.proven_at) == ("proven", first)
    assert DomainProof.objects.get().failing_since is None


def test_a_letter_about_a_proof_that_is_back_is_not_sent(harbor, records):
    records[RECORD] = [content(harbor)]
    check(harbor)
    at = timezone.now()
    notice = Notice.objects.create(
        kind="domain_lost", user=harbor.created_by, to="ada@example.org", created_at=at
    )

    notices.send([notice.pk])

    notice.refresh_from_db()
    assert (notice.state, mail.outbox) == ("skipped", [])


def test_no_transaction_is_open_while_others_are_asked(harbor, records, monkeypatch):
    open_blocks = []
    real = domains._problem
    before = len(connection.savepoint_ids)
    monkeypatch.setattr(
        domains,
        "_problem",
        lambda *said: open_blocks.append(len(connection.savepoint_ids)) or real(*said),
    )
    records[RECORD] = [content(harbor)]
    check(harbor)

    assert open_blocks == [before]


def test_a_run_does_some_and_asks_for_the_rest(harbor, records, monkeypatch):
    records[RECORD] = [content(harbor)]
    check(harbor)
    monkeypatch.setattr(domains, "_AT_A_TIME", 1)
    other = factories.issuer(name="Pier School")
    records[RECORD].append(content(other))
    check(other)
    age(timedelta(days=2))

    with CaptureQueriesContext(connection):
        domains.recheck()

    assert asked() == 1


def asked():
    return DBTaskResult.objects.filter(task_path="rosette.tasks.recheck_domains").count()
