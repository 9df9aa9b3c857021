"""A whole server before the independent reference validator of Open Badges 2.0."""

from pathlib import Path
from typing import Any

import pytest

from rosette.operations import pictures
from tests import published
from tests.openbadges.facts import SVG, png
from tests.published import AWARD
from tests.validators.reference import validate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def origin(live_server: Any, settings: Any) -> str:
    """A started server, in whose badges stands its own address."""
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"public_url": live_server.url})
    address: str = live_server.url
    return address


@pytest.mark.parametrize("image", [png(), SVG], ids=["png", "svg"])
def test_a_hosted_award_is_valid(origin: str, image: bytes) -> None:
    published.award(published.knots(image=pictures.keep(image)))

    report = validate(f"{origin}/public/assertions/{AWARD}")

    assert (report.valid, report.errors, report.warnings) == (True, (), ())


def test_a_downloaded_award_is_valid(origin: str, tmp_path: Path, client: Any) -> None:
    published.award()
    file = tmp_path / "badge.png"
    file.write_bytes(client.get(f"/public/assertions/{AWARD}/baked").content)

    report = validate(file)

    assert (report.valid, report.errors, report.warnings) == (True, (), ())


def test_a_revoked_award_is_invalid(origin: str) -> None:
    published.award(revoked_at=published.CHANGED, revocation_reason="Issued in error")

    assert validate(f"{origin}/public/assertions/{AWARD}").valid is False
