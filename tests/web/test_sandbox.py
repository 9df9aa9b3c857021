"""A sandbox on the pages: opening one's own, its mails, emptying it, and what others see."""

import re
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from rosette.models import Assertion, BadgeClass, CapturedMail, Issuer, Notice, User
from rosette.models.assertions import AssertionRecord
from rosette.operations import claim_links, pictures, sandbox, unsubscribing
from rosette.operations.policies import Actor
from tests import factories, sandboxes
from tests.api.client import Api, bad_request
from tests.sandboxes import BOB
from tests.web.hands import browser, hired, told, words

pytestmark = pytest.mark.django_db
TEST = "Sandbox : this is a test, it says nothing about anybody."


@pytest.fixture
def ada() -> User:
    return factories.user()


@pytest.fixture
def tried(ada: User) -> Issuer:
    return sandbox.open_for(ada)


def award(tried: Issuer, to: str = BOB) -> AssertionRecord:
    """An award, and its mail is captured."""
    made = sandboxes.award(tried, to)
    sandboxes.work()
    return made


def test_a_sandbox_is_made_with_one_button_and_opened_with_the_same(ada: User) -> None:
    mine = browser(ada)
    assert "Make my sandbox" in words(mine.get("/issuers"))
    shown = words(told(mine, "/issuers/sandbox"))
    assert "Your sandbox is ready." in shown
    assert "Example badge" in shown
    home = words(mine.get("/issuers"))
    assert "Open my sandbox" in home
    told(mine, "/issuers/sandbox")
    assert Issuer.objects.filter(sandbox=True).count() == 1


def test_whoever_has_proven_no_address_is_told_so() -> None:
    una = browser(factories.user("una@example.org", verified=False))
    assert "Try it in a sandbox" not in words(una.get("/issuers"))
    answer = una.post("/issuers/sandbox")
    assert (answer.status_code, Issuer.objects.count()) == (403, 0)


def test_an_empty_inbox_says_what_fills_it(ada: User, tried: Issuer) -> None:
    shown = browser(ada).get(f"/issuers/{tried.entity_id}/inbox")
    assert "Award a badge to any address: the mail lands here, and nobody gets it." in words(shown)
    badge = BadgeClass.objects.get(issuer=tried)
    assert f'href="/badges/{badge.entity_id}/award"' in shown.text


def test_the_inbox_lists_the_newest_first_page_by_page(ada: User, tried: Issuer) -> None:
    for number in range(52):
        CapturedMail.objects.create(
            issuer=tried,
            kind="award",
            to=f"b{number}@example.org",
            subject=f"Mail {number}",
            text="",
            html="",
            at=tried.created_at,
        )
    mine = browser(ada)
    first = mine.get(f"/issuers/{tried.entity_id}/inbox")
    found = re.findall(r">Mail (\d+)<", first.text)
    assert found == [str(number) for number in range(51, 1, -1)]
    (older,) = re.findall(r'href="([^"]+)" rel="next"', first.text)
    second = mine.get(older)
    assert re.findall(r">Mail (\d+)<", second.text) == ["1", "0"]
    assert mine.get(f"{older}x").status_code == 200


def test_a_mail_is_shown_with_its_texts_and_its_letter_in_a_frame_of_no_origin(
    ada: User, tried: Issuer
) -> None:
    award(tried)
    mail = CapturedMail.objects.get()
    mine = browser(ada)
    at = f"/issuers/{tried.entity_id}/inbox/{mail.pk}"
    shown = mine.get(at)
    assert f"To {BOB}" in words(shown)
    assert f'src="{at}/html" sandbox="allow-popups allow-popups-to-escape-sandbox"' in shown.text
    assert shown["Content-Security-Policy"].endswith("frame-ancestors 'none'; frame-src 'self'")

    letter = mine.get(f"{at}/html")
    assert letter["Content-Security-Policy"] == (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        "img-src 'self' data:; style-src 'unsafe-inline'; form-action 'none'; "
        "frame-ancestors 'self'"
    )
    assert letter["Cache-Control"] == "no-store"
    assert 'src="data:image/png;base64,' in letter.text
    assert "cid:" not in letter.text
    assert '<base target="_blank">' in letter.text


def test_only_those_who_work_there_read_the_mails(tried: Issuer) -> None:
    award(tried)
    mail = CapturedMail.objects.get()
    at = f"/issuers/{tried.entity_id}/inbox"
    places = (at, f"{at}/{mail.pk}", f"{at}/{mail.pk}/html")
    viewer = hired(tried, "viewer")
    assert [viewer.get(place).status_code for place in places] == [200, 200, 200]
    person = factories.user("carol@example.org")
    carol = browser(person)
    assert [carol.get(place).status_code for place in places] == [404, 404, 404]
    # Nor under the name of another sandbox, nor by anything that is no number.
    other = sandbox.open_for(person)
    elsewhere = f"/issuers/{other.entity_id}/inbox/{mail.pk}"
    assert [carol.get(place).status_code for place in (elsewhere, f"{at}/x", f"{at}/9")] == [
        *(404, 404, 404)
    ]


def test_an_issuer_in_earnest_has_no_inbox_and_is_not_emptied(ada: User) -> None:
    harbor = factories.issuer(ada)
    mine = browser(ada)
    for place in ("inbox", "inbox/1", "inbox/1/html", "empty"):
        assert mine.get(f"/issuers/{harbor.entity_id}/{place}").status_code == 404
    assert mine.post(f"/issuers/{harbor.entity_id}/empty").status_code == 404
    assert "Inbox" not in words(mine.get(f"/issuers/{harbor.entity_id}"))


def test_what_will_go_is_named_and_then_goes(ada: User, tried: Issuer, client: Client) -> None:
    made = award(tried)
    public = f"/public/assertions/{made.entity_id}"
    assert client.get(public).status_code == 200
    mine = browser(ada)
    at = f"/issuers/{tried.entity_id}/empty"
    shown = words(mine.get(at))
    assert "cannot be taken back: 1 award 1 captured mail Public pages" in shown

    assert "The sandbox is empty." in words(told(mine, at))
    assert (Assertion.objects.count(), Notice.objects.count()) == (0, 0)
    assert BadgeClass.objects.filter(issuer=tried).count() == 1
    assert client.get(public).status_code == 404
    told(mine, at, {"badges": "yes"})
    assert not BadgeClass.objects.filter(issuer=tried).exists()


def test_emptying_very_much_shows_how_far_it_is(
    ada: User, tried: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "AT_ONCE_MAX", 0)
    award(tried)
    mine = browser(ada)
    at = f"/issuers/{tried.entity_id}/empty"
    shown = words(told(mine, at))
    assert "1 award is left. You can close this page; it goes on." in shown
    part = mine.get(at, headers={"HX-Request": "true"})
    assert "1 award is left." in " ".join(part.text.split())
    sandboxes.work()
    done = mine.get(at, headers={"HX-Request": "true"})
    assert done["HX-Redirect"] == f"/issuers/{tried.entity_id}"


def test_the_captured_claim_link_opens_and_says_what_it_is(
    tried: Issuer, client: Client, ada: User
) -> None:
    award(tried)
    factories.user(BOB)
    (claim,) = re.findall(r"/claim/\S+", CapturedMail.objects.get().text)
    for person in (client, browser(factories.user("carol@example.org"))):
        shown = words(person.get(claim))
        assert TEST in shown
        assert "b•••@example.org" in shown
        assert "account here" not in shown
        # Nobody makes an account by it.
        sent = {"step": "join", "name": "Eve", "password": "knots and splices"}
        person.post(claim, sent)
    assert User.objects.count() == 3


def test_who_works_there_claims_what_they_awarded_to_themselves(ada: User, tried: Issuer) -> None:
    award(tried, "ada@example.org")
    (claim,) = re.findall(r"/claim/\S+", CapturedMail.objects.get().text)
    shown = words(told(browser(ada), claim, {"step": "accept"}))
    assert "The badge is in your backpack." in shown


def test_a_link_to_a_badge_of_a_sandbox_is_tried_to_its_end(
    ada: User, tried: Issuer, client: Client
) -> None:
    badge = BadgeClass.objects.get(issuer=tried)
    link = claim_links.make(badge, claim_links.Wish("Fair"), by=Actor.person(ada))
    assert TEST in words(client.get(f"/c/{link.entity_id}"))
    client.post(f"/c/{link.entity_id}", {"email": "carol@example.org"})
    sandboxes.work()
    (confirm,) = re.findall(r"/c/confirm/\S+", CapturedMail.objects.get().text)
    led = client.post(confirm)
    assert led.status_code == 303
    assert TEST in words(client.get(led["Location"]))
    assert Assertion.objects.get().recipient_identity == "carol@example.org"

    bob = browser(factories.user(BOB))
    assert TEST in words(bob.post(f"/c/{link.entity_id}", {"email": BOB}))
    again = bob.get(f"/c/{link.entity_id}")
    assert f'href="/public/assertions/{Assertion.objects.latest("pk").entity_id}"' in again.text


def test_public_pages_say_that_it_is_a_test(tried: Issuer, client: Client) -> None:
    made = award(tried)
    badge = BadgeClass.objects.get(issuer=tried).entity_id
    for place in (
        f"/public/assertions/{made.entity_id}",
        f"/public/assertions/{made.entity_id}?embedVersion=1",
        f"/public/badges/{badge}",
        f"/public/badges/{badge}/criteria",
        f"/public/issuers/{tried.entity_id}",
    ):
        answer = client.get(place, headers={"Accept": "text/html"})
        assert answer.status_code == 200, place
        assert TEST in words(answer), place
    shown = client.get(f"/public/assertions/{made.entity_id}", headers={"Accept": "text/html"})
    assert shown["X-Robots-Tag"] == "noindex"


def test_public_documents_bear_no_foreign_property(tried: Issuer, client: Client) -> None:
    found = client.get(f"/public/issuers/{tried.entity_id}.json").json()
    assert found == {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Issuer",
        "id": f"https://badges.example.org/public/issuers/{tried.entity_id}",
        "name": "Sandbox",
        "url": "https://badges.example.org",
        "email": "badges@localhost",
        "description": "For trying things out. What it awards says nothing about anybody.",
    }


def test_the_verifier_says_that_it_is_a_test_and_gives_no_receipt(
    tried: Issuer, client: Client
) -> None:
    made = award(tried)
    address = f"https://badges.example.org/public/assertions/{made.entity_id}"
    answer = client.post("/verify", {"text": address})
    shown = words(answer)
    assert "This badge is genuine, but it is a test: it says nothing about anybody." in shown
    assert "The issuer is a sandbox: this is a test" in shown
    assert 'name="receipt"' not in answer.text


def test_a_certificate_says_that_it_is_a_test(tried: Issuer, client: Client) -> None:
    made = award(tried)
    answer = client.get(f"/public/assertions/{made.entity_id}/certificate")
    assert TEST.replace(" :", ":") in " ".join(pdf_text(answer.content).split())


def pdf_text(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def test_a_badge_made_on_the_page_of_a_sandbox_is_marked(ada: User, tried: Issuer) -> None:
    badge = BadgeClass.objects.get(issuer=tried)
    assert b"#ffd23f" in pictures.read(badge.image)


def test_the_desk_says_what_became_of_the_mail(ada: User, tried: Issuer) -> None:
    made = award(tried)
    mine = browser(ada)
    assert "Mail captured" in words(mine.get(f"/issuers/{tried.entity_id}/awards"))
    assert "Mail captured in the inbox" in words(mine.get(f"/awards/{made.entity_id}"))
    after = words(mine.get(f"/awards/{made.entity_id}/made"))
    assert "It lands in the inbox of the sandbox." in after


def test_unsubscribing_by_a_captured_mail_is_answered_as_ever(
    tried: Issuer, client: Client
) -> None:
    award(tried)
    token = unsubscribing.unsubscribe_token(Notice.objects.get())
    assert client.post(f"/unsubscribe/{token}").status_code == 200
    assert not unsubscribing.is_unsubscribed(BOB)


WISH: dict[str, Any] = {
    "name": "Trials",
    "url": "https://harbor.example.org",
    "email": "ada@example.org",
    "description": "For our integration",
}


def test_programs_make_a_sandbox_and_only_a_sandbox_says_so(ada: User) -> None:
    made = Api(ada).post("/v2/issuers", {**WISH, "sandbox": True})
    (shown,) = made.body["result"]
    assert (made.status, shown["sandbox"]) == (201, True)
    row = Issuer.objects.get()
    assert (row.sandbox, sandbox.of_person(ada)) == (True, row)

    for sent in ({}, {"sandbox": False}):
        other = Api(ada).post("/v2/issuers", {**WISH, **sent})
        assert set(shown) - set(other.body["result"][0]) == {"sandbox"}


def test_a_sandbox_that_is_no_boolean_is_refused(ada: User) -> None:
    answer = Api(ada).post("/v2/issuers", {**WISH, "sandbox": "perhaps"})
    assert answer.status == 400
    assert answer.body == bad_request({"sandbox": ["Must be a valid boolean."]})
    assert not Issuer.objects.exists()


def test_the_flag_never_changes(ada: User) -> None:
    api = Api(ada)
    (made,) = api.post("/v2/issuers", {**WISH, "sandbox": True}).body["result"]
    (same,) = api.put(f"/v2/issuers/{made['entityId']}", {"sandbox": False}).body["result"]
    assert same["sandbox"] is True
    harbor = factories.issuer(ada)
    (plain,) = api.put(f"/v2/issuers/{harbor.entity_id}", {"sandbox": True}).body["result"]
    assert "sandbox" not in plain


def test_programs_see_that_a_mail_was_captured(ada: User, tried: Issuer) -> None:
    made = award(tried)
    (shown,) = Api(ada).get(f"/v2/assertions/{made.entity_id}").body["result"]
    assert shown["notification"] == "captured"
