"""The console: whose key it makes and what that reaches; and, in a browser, what it sends."""

import json
import re
import shutil
import subprocess
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from rosette.api.reference.reading import chapters
from rosette.models import AccessToken, Assertion, AuditEntry, Issuer
from rosette.operations import api_keys, sandbox
from rosette.scopes import issuer_scope
from tests import factories
from tests.api.oauth.clients import person
from tests.environment import DATABASE, ORIGIN
from tests.environments import without_proxies
from tests.web.keyboard import Keyboard
from tests.web.town import Town
from tests.web.visits import signed_in, words

CONSOLE = "/developers/console"
HTMX = {"HX-Request": "true"}
in_browser = pytest.mark.skipif(
    DATABASE != "sqlite", reason="what a browser does is no matter of the database"
)


def made_key(shown: Any) -> str:
    (text,) = re.findall(r'id="made">(\w+)<', shown.text)
    return str(text)


def body_of(shown: Any) -> str:
    (text,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", shown.text, re.S)
    return unescape(text)


# ---- The page ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_whoever_is_signed_in_finds_all_calls_by_tag(client: Client) -> None:
    shown = signed_in(person()).get(CONSOLE)

    calls = [call for chapter in chapters(ORIGIN) for call in chapter.calls]
    assert re.findall(r' data-call="(\w+)" data-text', shown.text) == [
        call.anchor for call in calls
    ]
    assert [name.strip() for name in re.findall(r'<summary lang="en">([^<]+)<', shown.text)] == [
        chapter.name for chapter in chapters(ORIGIN)
    ]
    assert "Sign in" in words(client.get(CONSOLE))


@pytest.mark.django_db
def test_calls_are_looked_for_without_a_script_too() -> None:
    ada = signed_in(person())

    found = ada.get(CONSOLE, {"find": "Revoke MANY"})
    nothing = ada.get(CONSOLE, {"find": "zebra \0"})

    assert re.findall(r'data-call="(\w+)" data-text', found.text) == ["postAssertionsRevoke"]
    assert '<h2 id="call-title" tabindex="-1" lang="en">Revoke many awards</h2>' in found.text
    assert "No call has all of these words." in words(nothing)
    in_order = ada.get(CONSOLE, {"find": "revoke an award"})
    assert in_order.text.count(' data-text="') > 1
    assert 'data-path="/v2/assertions/{assertionId}"' in in_order.text


@pytest.mark.django_db
@pytest.mark.parametrize("call", [call for part in chapters(ORIGIN) for call in part.calls])
def test_each_call_is_shown_with_its_command_and_says_that_sending_needs_a_script(
    call: Any, client: Client
) -> None:
    ada = factories.user()
    client.force_login(ada)

    shown = client.get(CONSOLE, {"call": call.anchor})

    (command,) = re.findall(r'id="curl" tabindex="0">(.*?)</pre>', shown.text, re.S)
    assert unescape(command) == call.curl
    assert "Sending from this page needs JavaScript" in words(shown)


@pytest.mark.django_db
def test_there_is_no_call_of_another_name() -> None:
    ada = signed_in(person())

    asked = [ada.get(CONSOLE, {"call": "getEverything"}), ada.post(CONSOLE, {"call": "\0"})]

    assert [answer.status_code for answer in asked] == [404, 404]
    assert not AccessToken.objects.exists()
    assert not Issuer.objects.exists()


@pytest.mark.django_db
def test_the_examples_are_about_the_things_of_the_sandbox() -> None:
    ada = person()
    mine = sandbox.open_for(ada)
    badge = mine.badgeclasses.get()
    award = factories.assertion(badge, to="bob@example.org")
    browser = signed_in(ada)

    of_issuer = browser.get(CONSOLE, {"call": "postBadgeclasses"})
    revoking = browser.get(CONSOLE, {"call": "deleteAssertionsById"})
    awarding = browser.get(CONSOLE, {"call": "postIssuersByIdAssertions"}, headers=HTMX)

    assert json.loads(body_of(of_issuer))["issuer"] == mine.entity_id
    assert f'value="{award.entity_id}"' in revoking.text
    assert json.loads(body_of(awarding))["badgeclass"] == badge.entity_id
    assert awarding.text.lstrip().startswith("<article")


# ---- The key ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_key_reaches_the_sandbox_and_nothing_else_for_a_day(client: Client) -> None:
    ada = person()
    real = factories.badgeclass(factories.issuer(ada))
    begun = timezone.now()

    shown = signed_in(ada).post(CONSOLE, {"call": "getUsersSelf"})

    mine = sandbox.of_person(ada)
    assert mine is not None
    kept = AccessToken.objects.get()
    assert kept.scope == issuer_scope(mine.entity_id)
    day = timedelta(days=1)
    assert begun + day <= kept.expires <= timezone.now() + day
    assert "no-store" in shown["Cache-Control"]
    assert '<h2 id="call-title" tabindex="-1" lang="en">You</h2>' in shown.text
    bearer = {"Authorization": f"Bearer {made_key(shown)}", "Accept": "application/json"}
    award = {"recipient": {"identity": "bob@example.org"}}

    def awarded(badge: Any) -> int:
        path = f"/v2/badgeclasses/{badge.entity_id}/assertions"
        return client.post(path, award, "application/json", headers=bearer).status_code

    assert (awarded(mine.badgeclasses.get()), awarded(real)) == (201, 404)
    assert client.get("/v2/users/self", headers=bearer).status_code == 404
    assert {item.issuer_id for item in Assertion.objects.all()} == {mine.pk}


@pytest.mark.django_db
def test_the_key_is_shown_once_and_noted_without_its_text() -> None:
    browser = signed_in(person())
    first = made_key(browser.post(CONSOLE, {}))

    again = browser.get(CONSOLE)

    assert first not in again.text
    assert 'id="made"' not in again.text
    noted = AuditEntry.objects.filter(action="api-key.create")
    assert len(noted) == 1
    assert first not in "".join(entry.details for entry in AuditEntry.objects.all())
    assert Issuer.objects.filter(sandbox=True).count() == 1


@pytest.mark.django_db
def test_htmx_gets_the_key_and_the_call_with_what_the_key_reaches() -> None:
    ada = person()

    shown = signed_in(ada).post(CONSOLE, {"call": "getIssuersById"}, headers=HTMX)

    mine = sandbox.of_person(ada)
    assert mine is not None
    assert len(made_key(shown)) > 20
    assert f'value="{mine.entity_id}"' in shown.text
    assert "<main" not in shown.text


@pytest.mark.django_db
@pytest.mark.parametrize(("headers", "status"), [({}, 400), (HTMX, 200)])
def test_too_many_keys_are_refused_in_words(
    headers: dict[str, str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "MOST", 0)

    shown = signed_in(person()).post(CONSOLE, {}, headers=headers)

    assert shown.status_code == status
    assert "At most 0 keys can be kept" in shown.text
    assert not AccessToken.objects.exists()


@pytest.mark.django_db
def test_whoever_has_proven_no_address_is_told_to_do_so_first(client: Client) -> None:
    client.force_login(factories.user("una@example.org", verified=False))

    shown = client.get(CONSOLE)

    assert "verify an email address" in words(shown)
    assert 'id="make-key"' not in shown.text
    assert client.post(CONSOLE, {}).status_code == 404


# ---- In a browser -----------------------------------------------------------------------------


def opened(town: Town, browser: Browser, who: str = "ada", path: str = CONSOLE) -> Page:
    page = town.window(browser, who).new_page()
    page.on("pageerror", lambda error: pytest.fail(f"the script broke: {error}"))
    page.goto(path)
    return page


def answer_of(page: Page) -> Any:
    return json.loads(page.locator("#answer-body").inner_text())


def key_made(page: Page) -> str:
    page.get_by_role("button", name="Make a key for my sandbox").click()
    key = page.locator("#made").inner_text()
    expect(page.locator("#key-in-use")).to_contain_text(f"…{key[-4:]}")
    return key


@in_browser
def test_a_key_is_made_and_an_award_sent(town: Town, browser: Browser) -> None:
    page = opened(town, browser)
    asked: list[Any] = []
    page.on("request", lambda request: asked.append(request))

    key = key_made(page)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#status")).to_have_text("201 Created")

    expect(page.locator("#said")).to_have_text("It is done.")
    expect(page.locator("#took")).to_have_text(re.compile(r"^\d+ ms$"))
    expect(page.locator("#headers")).to_contain_text("application/ld+json")
    (award,) = answer_of(page)["result"]
    assert award["recipient"]["plaintextIdentity"] == "bob@example.org"
    (sent,) = [request for request in asked if "/v2/" in request.url]
    assert sent.headers["authorization"] == f"Bearer {key}"
    assert "cookie" not in sent.all_headers()
    assert not any(key in request.url for request in asked)
    stored = page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
    )
    assert key not in stored
    page.get_by_role("searchbox").fill("revoke an award")
    page.keyboard.press("Enter")
    expect(page.get_by_label("assertionId")).to_have_value(award["entityId"])
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#status")).to_have_text("200 OK")
    assert answer_of(page)["result"][0]["revoked"] is True


@in_browser
def test_the_key_is_gone_with_the_page(town: Town, browser: Browser) -> None:
    page = opened(town, browser, "carol")
    key_made(page)

    page.reload()
    page.get_by_role("button", name="Send").click()

    expect(page.locator("#said")).to_contain_text("This call needs a key.")
    expect(page.locator("#made")).to_have_count(0)


@in_browser
def test_with_a_key_of_ones_own_nothing_is_sent_without_the_tick(
    town: Town, browser: Browser
) -> None:
    page = opened(town, browser, path=f"{CONSOLE}?call=getIssuers")
    asked: list[str] = []
    # A browser fetches a page's icon when it likes, also after the page has loaded.
    page.on(
        "request",
        lambda request: asked.append(request.url) if "/static/" not in request.url else None,
    )
    page.get_by_text("Use a key of your own").click()
    page.get_by_label("Key or token").fill("schlüssel")
    page.get_by_role("button", name="Use this key").click()
    expect(page.locator("#pasted-error")).to_contain_text("This is no key")
    page.get_by_label("Key or token").fill("there-is-no-such-key")
    page.get_by_role("button", name="Use this key").click()
    assert page.get_by_label("Key or token", exact=True).input_value() == ""

    page.get_by_role("button", name="Send").click()

    expect(page.locator("#said")).to_contain_text("Not sent: this key is your own.")
    assert asked == []
    page.get_by_label("This key reaches real issuers").check()
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#said")).to_have_text("The key is unknown, or has ended.")
    assert asked == [f"{town.url}/v2/issuers"]
    key_made(page)
    expect(page.get_by_label("This key reaches real issuers")).not_to_be_visible()


@in_browser
def test_mistakes_are_told_in_words_with_the_envelope(town: Town, browser: Browser) -> None:
    page = opened(town, browser)
    key_made(page)

    page.get_by_label("Body").fill('{"recipient": ')
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#body-error")).to_contain_text("This is not valid JSON")
    page.get_by_label("badgeClassId").fill("..")
    page.get_by_label("Body").fill('{"recipient": {"identity": "bob"}}')
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#part-1-error")).to_have_text("This cannot be part of an address.")
    page.get_by_label("badgeClassId").fill("no such badge")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#said")).to_contain_text("this key does not reach it")
    page.go_back()
    page.goto(CONSOLE)
    key_made(page)
    page.get_by_label("Body").fill('{"recipient": {"identity": "bob"}}')
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#status")).to_have_text("400 Bad Request")
    expect(page.locator("#mistakes")).to_have_text("recipient: Enter a valid email address.")
    assert answer_of(page)["status"] == {"success": False, "description": "bad request"}
    page.context.set_offline(True)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#said")).to_contain_text("No answer came")


@in_browser
def test_what_leads_elsewhere_and_what_needs_no_key(town: Town, browser: Browser) -> None:
    page = opened(town, browser, path=f"{CONSOLE}?call=getWellKnownBadgeconnectJson")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#said")).to_contain_text("The answer leads to another address.")

    page.goto(f"{CONSOLE}?call=getImsObV3p0Discovery")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#status")).to_have_text("200 OK")
    assert answer_of(page)["info"]["title"]


@in_browser
def test_the_command_is_the_call_that_is_sent(town: Town, browser: Browser) -> None:
    assert shutil.which("curl")
    page = opened(town, browser)
    key = key_made(page)
    narrative = "Bob's $HOME `knots` \\ “done”"
    page.get_by_label("Body").fill(
        json.dumps({"recipient": {"identity": "b+1@example.org"}, "narrative": narrative})
    )
    page.get_by_label("Idempotency-Key").fill("it's once")

    def run() -> Any:
        command = page.locator("#curl").inner_text()
        env = {**without_proxies(), "TOKEN": key}
        done = subprocess.run(
            ["bash", "-euc", command], env=env, capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)["result"]

    (by_shell,) = run()
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#headers")).to_contain_text("Idempotent-Replayed")

    assert by_shell["narrative"] == narrative
    assert answer_of(page)["result"] == [by_shell]
    page.get_by_role("searchbox").fill("awards of one badge class")
    page.keyboard.press("Enter")
    expect(page.locator("#call-title")).to_contain_text("The awards of one badge class")
    page.get_by_label("recipient (optional)").fill("b+1@example.org, nobody@example.org")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#status")).to_have_text("200 OK")
    # Meanwhile the worker may have dealt with its mail.
    listed, by_shell_again = answer_of(page)["result"], run()
    for (award,) in (listed, by_shell_again):
        assert award == {**by_shell, "notification": award["notification"]}


@in_browser
def test_by_keys_alone(town: Town, browser: Browser) -> None:
    page = opened(town, browser, "bob")
    keyboard = Keyboard(page)

    keyboard.press("button", "Make a key for my sandbox")
    page.locator("#made").wait_for()
    keyboard.fill("Look for a call", "create badge class issuer of this")
    expect(page.locator("#found")).to_have_text("Calls found: 1")
    page.keyboard.press("Enter")
    expect(page.locator("#call-title")).to_have_text("Create a badge class of this issuer")
    expect(page.locator("#call-title")).to_be_focused()
    keyboard.press("button", "Send")

    expect(page.locator("#status")).to_have_text("201 Created")
    assert answer_of(page)["result"][0]["entityType"] == "BadgeClass"
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    keyboard.reach(page.locator("#answer-body"))
    keyboard.reach(page.locator("#curl"))


@in_browser
def test_without_a_script_the_call_is_a_command(town: Town, browser: Browser) -> None:
    with town.window(browser, "ada", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(CONSOLE)
        page.get_by_role("searchbox").fill("suspend an award")
        page.get_by_role("button", name="Look").click()
        page.get_by_role("link", name="Suspend an award until").click()

        page.wait_for_url("**?call=postAssertionsByIdSuspend")
        expect(page.get_by_text("Sending from this page needs JavaScript")).to_be_visible()
        expect(page.locator("#curl")).to_contain_text("/suspend")
        expect(page.locator("#sending")).not_to_be_visible()
        page.get_by_role("button", name="Make a key for my sandbox").click()
        expect(page.locator("#made")).to_be_visible()
        expect(page.locator("#curl")).to_contain_text("/suspend")
