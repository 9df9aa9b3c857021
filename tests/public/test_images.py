"""Every public image: plain, in fixed sizes, baked, and out of the store."""

from io import BytesIO
from typing import Any

import openbadges_bakery
import orjson
import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from rosette.models import BadgeClass
from rosette.operations import pictures
from tests import published
from tests.openbadges.facts import SVG, png
from tests.operations.test_baking import encoded, unbaked_from_svg
from tests.operations.test_pictures import SHAPELESS
from tests.public.test_assertions import (
    ASSERTION,
    ASSERTION_1_1,
    BADGECLASS_1_1,
    ISSUER_1_1,
    NOT_FOUND,
)
from tests.published import AWARD, HARBOR, KNOTS

pytestmark = pytest.mark.django_db

ISSUER_IMAGE = f"/public/issuers/{HARBOR}/image"
CLASS_IMAGE = f"/public/badges/{KNOTS}/image"
AWARD_IMAGE = f"/public/assertions/{AWARD}/image"
BAKED = f"/public/assertions/{AWARD}/baked"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def size(response: Any) -> tuple[int, int]:
    return Image.open(BytesIO(response.content)).size


def unbaked(response: Any) -> Any:
    return orjson.loads(openbadges_bakery.unbake(BytesIO(response.content)))


@pytest.mark.parametrize(
    ("address", "sent", "media_type", "filename"),
    [
        (ISSUER_IMAGE, SVG, "image/svg+xml", "harbor-learning.svg"),
        (CLASS_IMAGE, png(), "image/png", "knot-tying.png"),
    ],
)
def test_the_image_as_it_was_kept(
    client: Client,
    django_assert_num_queries: Any,
    address: str,
    sent: bytes,
    media_type: str,
    filename: str,
) -> None:
    published.knots()

    with django_assert_num_queries(1):
        response = client.get(address)

    assert response.status_code == 200
    assert response.content == pictures.read(pictures.keep(sent))
    assert response["Content-Type"] == media_type
    assert response["Content-Disposition"] == f'inline; filename="{filename}"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize("address", [ISSUER_IMAGE, CLASS_IMAGE, AWARD_IMAGE])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("type=png", (400, 400)),
        ("type=png&fmt=square", (400, 400)),
        ("type=png&fmt=wide", (764, 400)),
        ("fmt=wide", (764, 400)),
        ("preview=social", (1200, 630)),
    ],
)
def test_a_png_in_a_fixed_size(
    client: Client, address: str, query: str, expected: tuple[int, int]
) -> None:
    published.award()

    response = client.get(f"{address}?{query}")

    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert size(response) == expected


@pytest.mark.parametrize("address", [ISSUER_IMAGE, CLASS_IMAGE, AWARD_IMAGE])
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("type=gif", "invalid image type: gif"),
        ("fmt=tall", "invalid image format: tall"),
        ("preview=x", "invalid image preview: x"),
    ],
)
def test_other_sizes_are_refused(client: Client, address: str, query: str, message: str) -> None:
    published.award()

    response = client.get(f"{address}?{query}")

    assert response.status_code == 400
    assert response.json() == {
        "status": {"success": False, "description": "bad request"},
        "result": [],
        "fieldErrors": {},
        "validationErrors": [message],
    }


def test_an_image_that_cannot_be_drawn_is_sent_as_it_is(client: Client) -> None:
    name = pictures.keep(SHAPELESS)
    published.knots(image=name)

    response = client.get(f"{CLASS_IMAGE}?type=png")

    assert (response.status_code, response["Content-Type"]) == (200, "image/svg+xml")
    assert response.content == pictures.read(name)


@pytest.mark.parametrize("address", [ISSUER_IMAGE, CLASS_IMAGE, AWARD_IMAGE, BAKED])
def test_without_an_image_there_is_none(client: Client, address: str) -> None:
    published.award(published.knots(published.harbor(image=""), image=""))

    response = client.get(address)

    assert (response.status_code, response.json()) == (404, NOT_FOUND)


def test_w2_a_new_image_of_the_class_shows_at_once_everywhere(client: Client) -> None:
    published.award(published.knots(image=pictures.keep(encoded("red"))))
    addresses = [CLASS_IMAGE, f"{CLASS_IMAGE}?preview=social", AWARD_IMAGE, BAKED]
    had = {address: client.get(address)["ETag"] for address in addresses}

    BadgeClass.objects.update(image=pictures.keep(encoded("blue")), updated_at=timezone.now())

    for address in addresses:
        assert client.get(address, headers={"If-None-Match": had[address]}).status_code == 200
    for address in [CLASS_IMAGE, AWARD_IMAGE]:
        shown = Image.open(BytesIO(client.get(address).content))
        assert shown.getpixel((45, 45)) == (0, 0, 255, 255)


def test_w21_the_baked_image_is_sent_at_once_and_not_by_a_redirect_for_ever(
    client: Client, django_assert_num_queries: Any
) -> None:
    published.award()

    with django_assert_num_queries(1):
        response = client.get(BAKED)

    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"] == 'inline; filename="knot-tying.png"'
    assert unbaked(response) == ASSERTION
    assert client.get(f"{BAKED}?v=2_0").content == response.content
    assert client.get(AWARD_IMAGE).content == response.content


def test_the_baked_image_of_1_1_holds_all(client: Client) -> None:
    published.award()

    assert unbaked(client.get(f"{BAKED}?v=1_1")) == ASSERTION_1_1 | {
        "badge": BADGECLASS_1_1 | {"issuer": ISSUER_1_1}
    }


def test_a_baked_svg(client: Client) -> None:
    published.award(published.knots(image=pictures.keep(SVG)))

    response = client.get(BAKED)

    assert response["Content-Type"] == "image/svg+xml"
    assert response["Content-Disposition"] == 'inline; filename="knot-tying.svg"'
    assert unbaked_from_svg(response.content) == ASSERTION


def test_w1_the_baked_image_has_evidence_and_extensions(client: Client) -> None:
    published.award(extensions={"extensions:x": {"n": 1}})

    assert unbaked(client.get(BAKED)) == ASSERTION | {"extensions:x": {"n": 1}}


@pytest.mark.parametrize("address", [BAKED, AWARD_IMAGE, CLASS_IMAGE])
def test_a_download_is_saved_under_the_name_of_the_badge(client: Client, address: str) -> None:
    published.award(published.knots(name='Knots "n" Ropes / Seile ü'))

    response = client.get(f"{address}?download=1")

    assert response["Content-Disposition"] == 'attachment; filename="knots-n-ropes-seile-u.png"'


def test_a_name_without_latin_letters_makes_a_file_all_the_same(client: Client) -> None:
    published.award(published.knots(name="結び目"))

    assert client.get(BAKED)["Content-Disposition"] == 'inline; filename="badge.png"'


@pytest.mark.parametrize("version", ["3.0", "", "1.1"])
def test_another_version_cannot_be_baked(client: Client, version: str) -> None:
    published.award()

    response = client.get(f"{BAKED}?v={version}")

    assert response.status_code == 400
    assert response.json()["validationErrors"] == ["Invalid OpenBadges version"]


@pytest.mark.parametrize(
    "address", [BAKED, f"{BAKED}?v=1_1", AWARD_IMAGE, f"{AWARD_IMAGE}?type=png"]
)
def test_e12_a_revoked_award_has_no_image(client: Client, address: str) -> None:
    published.award(revoked_at=published.CHANGED)

    response = client.get(address)

    assert (response.status_code, response.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("address", [BAKED, AWARD_IMAGE, CLASS_IMAGE])
def test_304_is_one_query(client: Client, django_assert_num_queries: Any, address: str) -> None:
    published.award()
    had = client.get(address)["ETag"]

    with django_assert_num_queries(1):
        response = client.get(address, headers={"If-None-Match": had})

    assert response.status_code == 304


@pytest.mark.parametrize(
    ("sent", "media_type"), [(png(), "image/png"), (SVG, "image/svg+xml")], ids=["png", "svg"]
)
def test_the_store_is_served_for_ever(
    client: Client, django_assert_num_queries: Any, sent: bytes, media_type: str
) -> None:
    name = pictures.keep(sent)

    with django_assert_num_queries(0):
        response = client.get(f"/media/{name}", headers={"Origin": "https://elsewhere.example"})

    assert response.status_code == 200
    assert response.content == pictures.read(name)
    assert response["Content-Type"] == media_type
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Content-Security-Policy"] == POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Access-Control-Allow-Origin"] == "*"


def test_x11_what_runs_in_an_svg_is_neither_kept_nor_would_it_run(client: Client) -> None:
    evil = SVG.replace(
        b"<circle", b'<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script><circle'
    )

    response = client.get(f"/media/{pictures.keep(evil)}")

    assert b"alert" not in response.content
    assert response["Content-Security-Policy"] == POLICY


def test_w20_a_type_is_served_by_what_the_content_is(client: Client) -> None:
    response = client.get(f"/media/{pictures.keep(SVG)}")

    assert response["Content-Type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "name", ["0" * 64 + ".png", "..%2Fsecret.key", "../../secret.key", "x", "%00"]
)
def test_the_store_gives_out_nothing_else(client: Client, name: str) -> None:
    assert client.get(f"/media/images/{name}").status_code == 404
