"""/issuers: the issuers that somebody works for."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from rosette.models import Issuer, IssuerStaff
from tests import factories
from tests.web.hands import HTMX, SVG, browser, hidden, hired, words

pytestmark = pytest.mark.django_db
HARBOR = {
    "name": "Harbor Learning",
    "description": "Night school for sailors",
    "url": "https://harbor.example.org",
    "email": "ada@example.org",
}


def logo(content=SVG):
    return SimpleUploadedFile("logo.svg", content, "image/svg+xml")


def test_who_has_no_issuer_is_asked_to_make_one():
    shown = browser(factories.user()).get("/issuers")

    assert "Make your first issuer" in words(shown)


def test_who_has_not_proven_an_address_is_told_so_first():
    una = browser(factories.user("una@example.org", verified=False))

    assert "Prove your address first" in words(una.get("/issuers"))
    assert una.get("/issuers/new").status_code == 403
    assert una.post("/issuers/new", HARBOR).status_code in (400, 403)
    assert list(Issuer.objects.all()) == []


def test_the_home_shows_each_issuer_with_role_and_numbers():
    ada = factories.user()
    knots = factories.badgeclass(factories.issuer(ada))
    for to in ("bob@example.org", "bob@example.org", "carol@example.org"):
        factories.assertion(knots, to)
    factories.issuer(factories.user("carol@example.org"), name="Pier School")

    shown = words(browser(ada).get("/issuers"))

    assert "Harbor Learning 1 badge · 2 recipients 3 awards in the last 30 days Owner" in shown
    assert "Pier School" not in shown


def test_an_issuer_is_made_with_its_logo():
    ada = factories.user()

    made = browser(ada).post("/issuers/new", {**HARBOR, "image": logo(), "step": "save"})

    issuer = Issuer.objects.get()
    assert (made.status_code, made["Location"]) == (303, f"/issuers/{issuer.entity_id}")
    assert {name: getattr(issuer, name) for name in HARBOR} == HARBOR
    assert issuer.image.endswith(".svg")
    assert list(IssuerStaff.objects.values_list("user", "role")) == [(ada.pk, "owner")]


def test_a_mistake_keeps_everything_that_was_typed_and_the_logo():
    ada = browser(factories.user())

    wrong = ada.post("/issuers/new", {**HARBOR, "url": "no address", "image": logo()})

    assert wrong.status_code == 400
    assert wrong.text.count("Enter a valid URL.") == 2  # above all, and beside the field
    assert 'value="no address"' in wrong.text
    assert "<title>Error: New issuer" in wrong.text
    ada.post("/issuers/new", {**HARBOR, "kept_picture": hidden(wrong, "kept_picture")})
    assert Issuer.objects.get().image.endswith(".svg")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("1337", "1337"),
        (" 162479 ", "162479"),
        ("https://www.linkedin.com/company/1337/admin/dashboard/", "1337"),
        ("linkedin.com/school/1646?trk=x", "1646"),
        ("HTTPS://de.LinkedIn.com/showcase/9", "9"),
        ("", ""),
    ],
)
def test_the_page_at_linkedin_is_kept_by_its_number(said, kept):
    ada = browser(factories.user())
    ada.post("/issuers/new", {**HARBOR, "linkedin": "42"})
    issuer = Issuer.objects.get()
    settings = f"/issuers/{issuer.entity_id}/settings"
    assert 'value="42"' in ada.get(settings).text

    assert ada.post(settings, {**HARBOR, "linkedin": said}).status_code == 303

    issuer.refresh_from_db()
    assert issuer.linkedin_id == kept


@pytest.mark.parametrize(
    "said", ["harbor", "0", "-1", "٣", "1" * 21, "linkedin.com/company/harbor", "evil.example/1"]
)
def test_what_is_no_page_at_linkedin_is_refused(said):
    ada = browser(factories.user())

    refused = ada.post("/issuers/new", {**HARBOR, "linkedin": said})

    assert refused.status_code == 400
    assert "This is not the number of a page at LinkedIn" in refused.text
    assert list(Issuer.objects.all()) == []


@pytest.mark.parametrize("picture", [b"", b"GIF89a", b"<svg", b"\x89PNG\r\n\x1a\n"])
def test_a_logo_that_is_no_picture_is_refused(picture):
    refused = browser(factories.user()).post("/issuers/new", {**HARBOR, "image": logo(picture)})

    assert refused.status_code == 400
    assert list(Issuer.objects.all()) == []


def test_the_address_of_somebody_else_is_refused():
    factories.user("bob@example.org")

    refused = browser(factories.user()).post("/issuers/new", {**HARBOR, "email": "bob@example.org"})

    assert refused.status_code == 400
    assert list(Issuer.objects.all()) == []


def test_the_preview_is_the_public_page_and_keeps_nothing():
    ada = browser(factories.user())

    shown = ada.post("/issuers/new", {"name": "<b>Pier</b>", "step": "preview"}, headers=HTMX)

    assert "Issuer &lt;b&gt;Pier&lt;/b&gt;" in shown.text.replace("\n", " ") or (
        "&lt;b&gt;Pier&lt;/b&gt;" in shown.text
    )
    assert "<main" not in shown.text
    assert list(Issuer.objects.all()) == []


def test_an_editor_changes_it_and_a_staff_member_reads_it():
    issuer = factories.issuer()
    address = f"/issuers/{issuer.entity_id}/settings"

    editor, staff = hired(issuer, "editor"), hired(issuer, "staff")

    assert editor.post(address, {**HARBOR, "name": "Pier School"}).status_code == 303
    assert Issuer.objects.get().name == "Pier School"
    assert "Editors and owners can change it." in words(staff.get(address))
    refused = staff.post(address, HARBOR)
    assert (refused.status_code, Issuer.objects.get().name) == (403, "Pier School")


def test_an_issuer_whose_awards_stand_is_not_deleted_and_says_why():
    award = factories.assertion()
    address = f"/issuers/{award.issuer.entity_id}/delete"
    ada = browser(award.issuer.created_by)

    assert "This issuer cannot be deleted yet 1 award of Harbor Learning stands." in words(
        ada.get(address)
    )
    assert ada.post(address)["Location"] == address
    assert Issuer.objects.get().deleted_at is None
    award.revoked_at = timezone.now()
    award.save()
    assert ada.post(address)["Location"] == "/issuers"
    assert Issuer.objects.get().deleted_at is not None


def test_only_an_owner_deletes_it():
    issuer = factories.issuer()

    refused = hired(issuer, "editor").post(f"/issuers/{issuer.entity_id}/delete")

    assert (refused.status_code, Issuer.objects.count()) == (403, 1)


def test_strangers_sign_in_at_the_same_address():
    issuer = factories.issuer()

    shown = Client().get(f"/issuers/{issuer.entity_id}")

    assert shown.status_code == 200
    assert "Harbor Learning" not in shown.text
