"""The designer's page and the pictures that the server makes for it."""

import base64
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from rosette.models import BadgeClass
from rosette.operations import pictures
from tests import factories
from tests.web.hands import SVG, browser, hidden, hired

pytestmark = pytest.mark.django_db

DESIGN = base64.urlsafe_b64encode(json.dumps({"layers": []}).encode()).decode().rstrip("=")
DESIGNED = SVG.replace(b"<svg ", f'<svg data-design="1.{DESIGN}" '.encode())


@pytest.fixture
def issuer():
    return factories.issuer()


@pytest.fixture
def ada(issuer):
    return browser(issuer.created_by)


def at(issuer, more=""):
    return f"/issuers/{issuer.entity_id}/badges/{more}"


def file(content=DESIGNED):
    return SimpleUploadedFile("badge.svg", content, "image/svg+xml")


def test_what_was_typed_in_the_editor_goes_through_the_designer_and_comes_back(issuer, ada):
    typed = {
        "name": "Knots <b>",
        "description": "Ties",
        "criteria_narrative": "Tie ten",
        "expires_amount": "2",
        "expires_duration": "months",
        "suspendable": "on",
        "alignment-TOTAL_FORMS": "1",
        "alignment-0-target_name": "Ropes",
        "alignment-0-target_url": "https://frame.example.org/ropes",
    }

    designer = ada.post(at(issuer, "design"), typed | {"step": "design"})
    carried = {name: hidden(designer, name) for name in typed}
    editor = ada.post(at(issuer, "new"), carried | {"step": "designed", "image": file()})
    made = ada.post(at(issuer, "new"), carried | {"kept_picture": hidden(editor, "kept_picture")})

    badge = BadgeClass.objects.get()
    assert (designer.status_code, editor.status_code, made.status_code) == (200, 200, 303)
    assert carried == typed | {"suspendable": "True"}
    assert (badge.expires_amount, badge.suspendable) == (2, True)
    assert badge.alignments[0]["target_name"] == "Ropes"
    assert f'data-design="1.{DESIGN}"'.encode() in pictures.read(badge.image)


def test_a_designed_picture_is_opened_again_and_another_is_not(issuer, ada):
    badge = factories.badgeclass(issuer)
    address = f"/badges/{badge.entity_id}/design"
    plain = ada.get(address)
    badge.image = pictures.keep(DESIGNED)
    badge.save()
    designed = ada.get(address)
    chosen = ada.post(address, {"image": file(DESIGNED.replace(b"9 9", b"8 8"))})

    assert hidden(designed, "name") == badge.name
    assert 'data-source=""' in plain.text
    assert f"data-design=&quot;1.{DESIGN}&quot;" in designed.text
    assert "0 0 8 8" in chosen.text
    assert "0 0 8 8" not in designed.text


def test_the_server_draws_a_design_as_png_of_fixed_sizes(issuer, ada):
    made = ada.post(at(issuer, "design/picture"), {"image": file(), "size": "256"})

    assert made["Content-Type"] == "image/png"
    assert made["Content-Disposition"] == 'attachment; filename="badge-256.png"'
    assert made.content[16:24] == (256).to_bytes(4, "big") * 2  # PNG, "IHDR Image header"


@pytest.mark.parametrize(
    ("size", "content"),
    [("9999", DESIGNED), ("٢٥٦", DESIGNED), ("256", b"no picture"), ("256", b"")],
)
def test_other_sizes_and_what_is_no_picture_are_refused(issuer, ada, size, content):
    refused = ada.post(at(issuer, "design/picture"), {"image": file(content), "size": size})

    assert refused.status_code == 400


def test_a_file_that_is_no_picture_is_refused_by_the_designer(issuer, ada):
    assert ada.post(at(issuer, "design"), {"image": file(b"no picture")}).status_code == 400


def test_who_cannot_edit_finds_no_designer(issuer):
    staff = hired(issuer, "staff")

    assert staff.get(at(issuer, "design")).status_code == 403
    assert staff.post(at(issuer, "design/picture"), {"image": file()}).status_code == 403
    assert browser(factories.user("carol@example.org")).get(at(issuer, "design")).status_code == 404


def test_icons_and_letters_are_kept_by_browsers_for_ever(issuer, ada, client):
    page = ada.get(at(issuer, "design")).text
    icons = page.partition('data-icons="')[2].partition('"')[0]

    answer = client.get(icons)
    assert json.loads(answer.getvalue())["anchor"]
    assert "immutable" in answer["Cache-Control"]
