"""/issuers/:id/insights and /manage/insights, and their files."""

import io

import pytest
from django.test import Client
from PIL import Image

from rosette.models import Tally
from rosette.operations import insights, pictures
from tests import factories
from tests.environment import ORIGIN
from tests.web.hands import SVG, browser, hired, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def award():
    made = factories.assertion(factories.badgeclass(image=pictures.keep(SVG)))
    insights.count_up()
    return made


def page(award):
    return f"/issuers/{award.issuer.entity_id}/insights"


def test_an_issuer_without_awards_is_told_what_will_be_here():
    issuer = factories.issuer()

    shown = words(browser(issuer.created_by).get(f"/issuers/{issuer.entity_id}/insights"))

    assert "Nothing happened in this time" in shown
    assert "After the first award you see here" in shown


def test_a_chart_has_a_title_a_description_and_every_number_in_a_table(award):
    shown = browser(award.issuer.created_by).get(page(award))

    assert '<title id="chart-awards-name">Awards</title>' in shown.text
    assert '<desc id="chart-awards-said">1 in all, ' in shown.text
    assert 'aria-labelledby="chart-awards-name chart-awards-said"' in shown.text
    assert shown.text.count('data-label="Awards">') == 31  # thirty days, and the badge
    assert "Claims 0 0 % Usual time until a claim –" in words(shown)
    assert "style=" not in shown.text.partition("<main")[2].partition("</main")[0]


def test_the_filters_stand_in_the_address_and_go_along_to_the_files(award):
    other = factories.assertion(factories.badgeclass(award.issuer, name="Splicing"))
    insights.count_up()
    ada = browser(award.issuer.created_by)
    query = f"days=7&badge={other.badgeclass.entity_id}"

    shown = ada.get(f"{page(award)}?{query}")
    table = ada.get(f"{page(award)}/awards.csv?{query}").content.decode("utf-8-sig").splitlines()

    assert f"/awards.csv?{query}".replace("&", "&amp;") in shown.text
    assert '<option value="7" selected>' in shown.text
    assert "· Splicing" in words(shown)
    assert (len(table), table[0], table[-1].partition(",")[2]) == (8, "day,awards", "1")


def test_the_table_of_badges_begins_no_formula(award):
    award.badgeclass.name = "=SUM(A1)"
    award.badgeclass.save()

    table = browser(award.issuer.created_by).get(f"{page(award)}/top.csv")

    assert table.content.decode("utf-8-sig").splitlines() == [
        "badge,name,awards,claims",
        f"{award.badgeclass.entity_id},'=SUM(A1),1,0",
    ]


@pytest.mark.parametrize("chart", ["awards", "top"])
def test_a_chart_is_a_picture_with_its_words(award, chart):
    award.badgeclass.name = '<b>&"Κόμποι' * 20
    award.badgeclass.save()

    answer = browser(award.issuer.created_by).get(f"{page(award)}/{chart}.png")

    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1280, 720))
        colours = picture.convert("RGB").getcolors(1_000_000)
    assert (0x8C, 0x27, 0x52) in [colour for _, colour in colours]  # a bar is drawn
    assert answer["Content-Disposition"].startswith("attachment; ")


@pytest.mark.parametrize("path", ["/nothing.csv", "/awards.csv?badge=unknown", "?badge=%00"])
def test_what_there_is_not_is_not_found(award, path):
    expected = 200 if "%00" in path else 404

    assert browser(award.issuer.created_by).get(page(award) + path).status_code == expected


def test_a_badge_class_of_somebody_else_is_not_found(award):
    pier = factories.badgeclass(factories.issuer(factories.user("carol@example.org")))
    ada = browser(award.issuer.created_by)

    assert ada.get(f"{page(award)}?badge={pier.entity_id}").status_code == 404


def test_viewers_read_it_and_strangers_do_not(award):
    assert hired(award.issuer, "viewer").get(page(award)).status_code == 200
    stranger = browser(factories.user("carol@example.org"))
    assert stranger.get(page(award)).status_code == 404
    assert stranger.get("/manage/insights").status_code == 404


def test_whoever_runs_the_site_sees_all_of_it(award):
    root = browser(factories.user("root@example.org", is_superuser=True))

    shown = words(root.get("/manage/insights?days=365"))

    assert "Awards 1" in shown
    assert "Knot Tying" in shown


def test_the_verifier_counts_and_keeps_nothing_else(award):
    address = f"{ORIGIN}/public/assertions/{award.entity_id}"

    Client().post("/verify", {"text": address})
    Client().post("/public/verify", {"url": address})
    Client().post("/verify", {"text": "no badge"})

    assert [row.verifications for row in Tally.objects.all()] == [2]
