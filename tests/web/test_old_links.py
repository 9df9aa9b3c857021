"""Links into Badgr's web interface lead to the page for the same thing here."""

import pytest
from django.test import Client

from tests import factories

LINKS = [
    ("/recipient", "/backpack"),
    ("/recipient/badges", "/backpack"),
    ("/recipient/badges/import", "/backpack/import"),
    ("/recipient/earned-badge/abc", "/backpack/abc"),
    ("/recipient/badge-collections", "/collections"),
    ("/recipient/badge-collections/create", "/collections/new"),
    ("/recipient/badge-collections/collection/create", "/collections/new"),
    ("/recipient/badge-collections/abc", "/collections/abc"),
    ("/recipient/badge-collections/collection/abc", "/collections/abc"),
    ("/recipient/badge-collections/collection/abc/edit", "/collections/abc"),
    ("/earner", "/backpack"),
    ("/earner/badges", "/backpack"),
    ("/earner/collections", "/collections"),
    ("/issuer", "/issuers"),
    ("/issuer/issuers", "/issuers"),
    ("/issuer/create", "/issuers/new"),
    ("/profile", "/account"),
    ("/profile/profile", "/account"),
    ("/profile/app-integrations/x", "/account"),
    ("/auth", "/auth/login"),
    ("/auth/welcome", "/auth/login"),
    ("/auth/request-password-reset/x", "/auth/login"),
]
WITH_NAMES = [
    ("/issuer/issuers/abc", "/issuers/abc"),
    ("/issuer/issuers/abc/staff", "/issuers/abc"),
    ("/issuer/issuers/harbor-learning", "/issuers/harbor"),
    ("/issuer/issuers/abc/badges/xyz", "/badges/xyz"),
    ("/issuer/issuers/abc/badges/xyz/issue", "/badges/xyz/award"),
    ("/issuer/issuers/abc/badges/xyz/edit", "/badges/xyz"),
    ("/issuer/issuers/harbor-learning/badges/knot-tying", "/badges/knots"),
    ("/issuer/issuers/harbor-learning/badges/knot-tying/issue", "/badges/knots/award"),
]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("old", "new"), LINKS)
def test_an_old_link_leads_to_the_new_page(old: str, new: str, slash: str) -> None:
    led = Client().get(f"{old}{slash}")

    assert (led.status_code, led["Location"]) == (302, new)


@pytest.mark.django_db
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("old", "new"), WITH_NAMES)
def test_an_old_link_with_a_name_of_old_leads_to_the_new_one(
    old: str, new: str, slash: str
) -> None:
    harbor = factories.issuer(entity_id="harbor", slug="harbor-learning")
    factories.badgeclass(harbor, entity_id="knots", slug="knot-tying")

    led = Client().get(f"{old}{slash}")

    assert (led.status_code, led["Location"]) == (302, new)


@pytest.mark.parametrize("name", ["%0d%0aX-Evil:1", "%2e%2e", "//evil.example.org", "%22"])
def test_no_old_link_leads_off_the_site(name: str) -> None:
    led = Client().get(f"/recipient/earned-badge/{name}")

    assert led.status_code in (302, 404)
    assert led.status_code == 404 or led["Location"].startswith("/backpack")
    assert "X-Evil" not in led


@pytest.mark.django_db
def test_the_addresses_of_today_are_no_old_links() -> None:
    for path in ("/auth/login", "/auth/oauth2/authorize"):
        assert Client().get(path).status_code != 302
