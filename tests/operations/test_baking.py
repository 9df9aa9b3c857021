"""Baked images, unbaked by another implementation (``openbadges_bakery``)."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import openbadges_bakery
import orjson
import pytest
from django.utils import timezone
from PIL import Image

from rosette.errors import NotFound
from rosette.models import Assertion, BadgeClass
from rosette.models.assertions import PublishedAssertion, published_assertion
from rosette.openbadges.documents import render
from rosette.operations import pictures, publishing
from rosette.operations.baking import baked
from tests import published
from tests.openbadges.facts import SVG

pytestmark = pytest.mark.django_db


def encoded(colour: str) -> bytes:
    """A square of this colour as PNG."""
    written = BytesIO()
    Image.new("RGBA", (90, 90), colour).save(written, "PNG")
    return written.getvalue()


def found() -> PublishedAssertion:
    row = published_assertion(published.AWARD)
    assert row is not None
    return row


def unbaked(image: bytes) -> Any:
    return orjson.loads(openbadges_bakery.unbake(BytesIO(image)))


def unbaked_from_svg(image: bytes) -> Any:
    """The document in the SVG's element, which any reader of XML finds."""
    (element,) = ElementTree.fromstring(image).findall("{http://openbadges.org}assertion")
    return orjson.loads(element.text or "")


def test_the_document_of_2_0_is_in_a_png() -> None:
    published.award()

    assert unbaked(baked(found())) == render(publishing.credential(found()))


def test_the_document_of_2_0_is_in_an_svg() -> None:
    published.award(published.knots(image=pictures.keep(SVG)))

    image = baked(found())

    document = render(publishing.credential(found()))
    assert unbaked_from_svg(image) == document
    # The other implementation says where to look, as it does for every SVG.
    assert openbadges_bakery.unbake(BytesIO(image)) == document["id"]


def test_the_document_of_1_1_brings_badge_and_issuer_along() -> None:
    published.award()

    image = baked(found(), "1_1")

    assert unbaked(image) == render(
        publishing.credential(found()), "1_1", expand=("badge", "badge.issuer")
    )


def test_the_document_in_the_image_is_laid_out_for_reading() -> None:
    published.award()

    text = openbadges_bakery.unbake(BytesIO(baked(found())))

    assert text.startswith('{\n  "@context": "https://w3id.org/openbadges/v2",\n  "type"')


def test_the_picture_stays_as_it_is() -> None:
    name = pictures.keep(encoded("red"))
    published.award(published.knots(image=name))

    image = baked(found())

    assert Image.open(BytesIO(image)).tobytes() == Image.open(BytesIO(encoded("red"))).tobytes()


def test_w1_evidence_and_extensions_are_in_the_image_from_the_first() -> None:
    published.award(extensions={"extensions:x": {"type": ["Extension"], "n": 1}})

    document = unbaked(baked(found()))

    assert document["evidence"] == [
        {"type": "Evidence", "id": "https://e.example.org/1", "narrative": "e1"},
        {"type": "Evidence", "narrative": "two"},
    ]
    assert document["extensions:x"] == {"type": ["Extension"], "n": 1}


def test_w2_a_new_image_of_the_class_shows_at_once() -> None:
    published.award(published.knots(image=pictures.keep(encoded("red"))))
    baked(found())

    BadgeClass.objects.update(image=pictures.keep(encoded("blue")), updated_at=timezone.now())

    assert Image.open(BytesIO(baked(found()))).getpixel((45, 45)) == (0, 0, 255, 255)


def test_a_changed_award_shows_at_once() -> None:
    published.award()
    baked(found())

    Assertion.objects.update(narrative="in the rain", updated_at=timezone.now())

    assert unbaked(baked(found()))["narrative"] == "in the rain"


def test_e12_a_revoked_award_has_no_image() -> None:
    published.award(revoked_at=datetime(2025, 1, 1, tzinfo=UTC))

    with pytest.raises(NotFound):
        baked(found())


@pytest.mark.parametrize(
    "sent", [None, b'<svg xmlns="http://www.w3.org/2000/svg"/>'], ids=["none", "empty svg"]
)
def test_without_an_image_that_can_carry_it_there_is_none(sent: bytes | None) -> None:
    published.award(published.knots(image=pictures.keep(sent) if sent else ""))

    with pytest.raises(NotFound):
        baked(found())


def test_the_same_rows_give_the_same_image() -> None:
    published.award()

    assert baked(found()) == baked(found())
