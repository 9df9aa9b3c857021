"""/manage and /staff: for those who run the server; for everybody else there is nothing."""

import re

import pytest
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from rosette.models import AwardJob, IssuerStaff, Notice, Session, User
from rosette.queue import enqueue
from tests import factories
from tests.api.oauth.clients import PASSWORD, person
from tests.web.visits import led_to, let_go, signed_in, words

pytestmark = pytest.mark.django_db

PAGES = (
    *("/manage", "/manage/users", "/manage/issuers", "/manage/mail", "/manage/jobs"),
    *("/manage/audit", "/manage/setup", "/staff/", "/staff/rosette/user/"),
)


@pytest.fixture(autouse=True)
def no_figures_kept():
    from django.core.cache import cache

    cache.clear()


@pytest.mark.parametrize("path", PAGES)
def test_only_administrators_find_anything_there(ada, root, path):
    assert signed_in(root).get(path).status_code == 200
    assert signed_in(ada).get(path).status_code == 404
    stranger = Client().get(path)
    assert words(stranger).startswith("Sign in to Rosette")


@pytest.mark.parametrize("path", PAGES)
def test_who_is_dismissed_finds_nothing_from_then_on(root, path):
    browser = signed_in(root)
    User.objects.update(is_superuser=False)

    assert browser.get(path).status_code == 404


def test_the_overview_counts_and_draws(root, ada):
    for _ in range(3):
        factories.assertion()
    Notice.objects.create(kind="award", to="x@example.org", state="failed")

    shown = signed_in(root).get("/manage")

    assert "Awards 3" in words(shown)
    assert "Mails that failed 1" in words(shown)
    bars = re.findall(
        r'<rect x="(\d+)" y="(\d+)" width="16" height="(\d+)"', shown.content.decode()
    )
    assert [bar for bar in bars if bar[2] != "0"] == [("582", "0", "120")]
    assert len(bars) == 30


def test_people_are_found_by_name_address_and_kind(root, ada):
    factories.user("zoe@example.org", verified=False, first_name="Zoë")
    browser = signed_in(root)

    def found(query):
        page = browser.get(f"/manage/users?{query}").content.decode()
        return re.findall(r'href="/manage/users/[^"]+">([^<]+)</a></th>', page)

    assert found("")[0] == "Zoë Vale"
    assert sorted(found("")) == ["Ada Vale", "Root Vale", "Zoë Vale"]
    assert found("q=zo%C3%AB") == ["Zoë Vale"]
    assert found("q=ada%40example") == ["Ada Vale"]
    assert found("kind=administrators") == ["Root Vale"]
    assert found("kind=unverified") == ["Zoë Vale"]
    assert found("q=nobody&kind=x") == []
    assert found("q=%00") != []


def test_a_long_list_goes_on_at_the_next_page_and_costs_the_same(root, django_assert_num_queries):
    browser = signed_in(root)
    for number in range(60):
        factories.user(f"p{number}@example.org")

    with django_assert_num_queries(5):
        first = browser.get("/manage/users?q=example.org")
    older = re.search(r'href="([^"]+)" rel="next"', first.content.decode())[1].replace("&amp;", "&")
    second = browser.get(older)

    def names(page):
        return set(re.findall(r'href="/manage/users/([^"]+)">', page.content.decode()))

    assert (len(names(first)), len(names(second))) == (50, 11)
    assert not names(first) & names(second)
    assert 'rel="next"' not in second.content.decode()


def test_an_account_is_switched_off_and_on(root, ada):
    browser, hers = signed_in(root), signed_in(ada)
    token = factories.bearer(ada)
    here = f"/manage/users/{ada.entity_id}"

    assert led_to(browser.post(here, {"step": "deactivate"})) == here

    assert words(hers.get("/account")).startswith("Sign in")
    assert Client().get("/v2/users/self", headers=token).status_code == 401
    assert "The account is switched off. Undo" in words(browser.get(here))
    assert led_to(browser.post(f"{here}/activate")) == here
    assert Client().get("/v2/users/self", headers=token).status_code == 200


def test_administrators_are_made_and_dismissed_but_never_oneself(root, ada):
    browser = signed_in(root)

    browser.post(f"/manage/users/{ada.entity_id}", {"step": "promote"})
    ada.refresh_from_db()
    assert ada.is_superuser
    browser.post(f"/manage/users/{ada.entity_id}", {"step": "demote"})
    ada.refresh_from_db()
    assert not ada.is_superuser
    for step in ("demote", "deactivate", "two-step-off"):
        refused = browser.post(f"/manage/users/{root.entity_id}", {"step": step})
        assert refused.status_code == 409
    root.refresh_from_db()
    assert (root.is_superuser, root.is_active) == (True, True)


def test_sessions_of_somebody_are_ended(root, ada):
    signed_in(ada)
    browser = signed_in(root)

    browser.post(f"/manage/users/{ada.entity_id}", {"step": "sign-out"})

    assert not Session.objects.filter(user=ada).exists()


def test_an_issuer_is_handed_over(root, ada):
    issuer = factories.issuer(ada)
    bob = person("bob@example.org")
    browser = signed_in(root)
    here = f"/manage/issuers/{issuer.entity_id}"

    assert "Harbor Learning" in words(browser.get("/manage/issuers?q=harbor"))
    assert browser.post(here, {"email": "nobody@example.org"}).status_code == 400
    assert led_to(browser.post(here, {"email": "Bob@Example.org"})) == here

    assert IssuerStaff.objects.get(user=bob).role == "owner"
    assert IssuerStaff.objects.filter(user=ada).exists()
    assert signed_in(ada).post(here, {"email": "ada@example.org"}).status_code == 404


def test_the_list_of_issuers_costs_the_same_however_long(root, ada, django_assert_num_queries):
    browser = signed_in(root)
    for _ in range(5):
        factories.issuer(ada)
    with django_assert_num_queries(4):
        browser.get("/manage/issuers")


@pytest.mark.parametrize(("state", "word"), [("failed", "Failed"), ("bounced", "Bounced")])
def test_a_mail_that_failed_is_tried_once_more(root, state, word):
    failed = Notice.objects.create(
        kind="award", to="x@example.org", state=state, attempts=7, last_error="550 no such box"
    )
    sent = Notice.objects.create(kind="award", to="y@example.org", state="sent")
    browser = signed_in(root)

    listed = words(browser.get(f"/manage/mail?state={state}"))
    assert f"x@example.org Award {word} 550 no such box" in listed
    assert "y@example.org" not in listed
    back = {"number": failed.pk, "back": "/manage/mail?state=failed"}
    assert led_to(browser.post("/manage/mail", back)) == "/manage/mail?state=failed"

    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == ("queued", 0)
    (job,) = DBTaskResult.objects.filter(task_path="rosette.tasks.send_notices")
    assert job.args_kwargs["kwargs"] == {"notice_ids": [failed.pk]}
    assert browser.post("/manage/mail", {"number": sent.pk}).status_code == 404
    elsewhere = {"number": failed.pk, "back": "https://evil.example.org"}
    Notice.objects.filter(pk=failed.pk).update(state="failed")
    assert led_to(browser.post("/manage/mail", elsewhere)) == "/manage/mail"


def test_a_job_that_failed_is_done_once_more(root):
    enqueue("start_password_reset", email="x@example.org")
    DBTaskResult.objects.update(
        status="FAILED", finished_at=timezone.now(), traceback="Boom", exception_class_path="E"
    )
    (job,) = DBTaskResult.objects.all()
    browser = signed_in(root)

    assert "Boom" in words(browser.get("/manage/jobs"))
    assert led_to(browser.post("/manage/jobs", {"number": str(job.pk)})) == "/manage/jobs"

    (again,) = DBTaskResult.objects.all()
    assert (again.status, again.args_kwargs, again.pk != job.pk) == ("READY", job.args_kwargs, True)
    for number in (str(job.pk), str(again.pk), "x"):
        assert browser.post("/manage/jobs", {"number": number}).status_code == 404


def test_jobs_of_awards_are_listed(root):
    rose = factories.badgeclass()
    now = timezone.now()
    AwardJob.objects.create(
        badgeclass=rose,
        by_grant=False,
        total=9,
        done=4,
        failed=1,
        created_at=now,
        updated_at=now,
    )

    assert "Knot Tying Harbor Learning Queued 4 / 9 1" in words(signed_in(root).get("/manage/jobs"))


def test_the_admin_shows_rows_and_changes_none(root, ada):
    rose = factories.assertion()
    factories.token(ada)
    browser = signed_in(root)

    from rosette.web.administration import site

    for model in site._registry:
        listed = browser.get(f"/staff/{model._meta.app_label}/{model._meta.model_name}/")
        assert listed.status_code == 200, model
        assert (
            "script-src 'self'; style-src 'self' 'unsafe-inline'"
            in (listed["Content-Security-Policy"])
        )
    shown = browser.get(f"/staff/rosette/assertion/{rose.pk}/change/")
    assert (shown.status_code, "bob@example.org" in shown.content.decode()) == (200, True)
    assert browser.get("/staff/rosette/assertion/add/").status_code == 403
    assert browser.post(f"/staff/rosette/assertion/{rose.pk}/delete/").status_code == 403
    assert (
        browser.post(f"/staff/rosette/user/{ada.pk}/change/", {"is_superuser": "on"}).status_code
        == 403
    )
    assert PASSWORD not in shown.content.decode()
    ada.refresh_from_db()
    assert not ada.is_superuser


def test_the_admin_shows_no_secret(root, ada):
    signed_in(ada)
    factories.token(ada)
    from rosette.models import AccessToken

    browser = signed_in(root)
    row = AccessToken.objects.get()
    hers = Session.objects.get(user=ada)

    tokens = browser.get(f"/staff/rosette/accesstoken/{row.pk}/change/").content.decode()
    person = browser.get(f"/staff/rosette/user/{ada.pk}/change/").content.decode()
    sessions = browser.get("/staff/rosette/session/").content.decode()

    assert row.token_checksum not in tokens
    assert ada.password not in person
    assert hers.session_key not in sessions


def test_the_admin_has_its_own_files():
    file = Client().get("/static/admin/css/base.css")
    let_go(file)
    assert file.status_code == 200


def test_the_admin_has_no_doors_of_its_own(root):
    browser = signed_in(root)

    assert led_to(Client().get("/staff/login/")) == "/auth/login"
    assert led_to(browser.post("/staff/password_change/")) == "/account/security/password"
    for nowhere in ("/staff/nothing/", "/staff/r/1/1/", "/staff/rosette/nothing/"):
        assert browser.get(nowhere).status_code == 404
    assert led_to(browser.post("/staff/logout/")) == "/"
    assert words(browser.get("/staff/")).startswith("Sign in to Rosette")
