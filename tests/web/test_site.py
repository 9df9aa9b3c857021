"""The start page, the language of pages, and the brand of a site."""

import pytest
from django.test import Client

from rosette.config import Config, WrongSetting, config
from tests import factories
from tests.api.oauth.clients import person

pytestmark = pytest.mark.django_db


def branded(settings, **values):
    settings.ROSETTE = settings.ROSETTE.model_copy(update=values)


def test_a_stranger_is_told_what_this_is(client):
    shown = client.get("/")

    assert shown.status_code == 200
    assert "Badges that speak for what people can do" in shown.text


def test_whoever_is_signed_in_is_led_to_where_they_work(client):
    ada, bob = person(), person("bob@example.org")
    factories.issuer(ada)

    led = []
    for who in (ada, bob):
        client.force_login(who, backend="rosette.operations.accounts.IdentityBackend")
        led.append(client.get("/")["Location"])

    assert led == ["/issuers", "/backpack"]


def test_pages_speak_the_language_that_was_chosen_then_the_browsers_then_the_sites(
    client, settings
):
    def language(client, **headers):
        return client.get("/", headers=headers).text.partition('<html lang="')[2][:2]

    assert language(client) == "en"
    assert language(client, accept_language="de-AT,en;q=0.5") == "de"
    assert language(client, accept_language="fr, *;q=0.1") == "en"
    branded(settings, default_language="de")
    assert language(client, accept_language="fr, *;q=0.1") == "de"
    assert client.post("/language", {"language": "en"})["Location"] == "/"
    assert language(client, accept_language="de") == "en"


@pytest.mark.parametrize(
    ("back", "led"),
    [
        ("/design/?a=1", "/design/?a=1"),
        ("//evil.example.org/", "/"),
        ("https://evil.example.org/", "/"),
        ("/\\evil.example.org", "/"),
        ("javascript:alert(1)", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
    ],
)
def test_a_change_of_language_leads_to_nowhere_else(client, back, led):
    answer = client.post("/language", {"language": "xx", "back": back})

    assert (answer.status_code, answer["Location"], list(answer.cookies)) == (303, led, [])


def test_a_form_of_another_site_changes_nothing():
    answer = Client(enforce_csrf_checks=True).post("/language", {"language": "de"})

    assert (answer.status_code, "rosette_language" in answer.cookies) == (403, False)


def test_the_brand_is_a_stylesheet_that_caches_may_keep(client, settings):
    plain = client.get("/brand.css")
    branded(settings, brand_color="#005a9c")
    own = client.get("/brand.css")
    again = client.get("/brand.css", headers={"If-None-Match": own["ETag"]})

    assert (plain.content, plain["Content-Type"]) == (b"", "text/css; charset=utf-8")
    assert "--brand: #005a9c;" in own.text
    assert (again.status_code, again.content) == (304, b"")
    assert own["ETag"] != plain["ETag"]


def test_a_logo_stands_beside_the_name(client, settings, tmp_path):
    assert client.get("/brand/logo").status_code == 404
    picture = tmp_path / "logo.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    branded(settings, brand_logo=picture, footer_links=())

    shown = client.get("/brand/logo")

    assert '<img src="/brand/logo" alt=""' in client.get("/").text
    assert (shown["Content-Type"], shown.content) == ("image/svg+xml", picture.read_bytes())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BRAND_COLOR", "red"),
        ("BRAND_LOGO", "/etc/passwd"),
        ("FOOTER_LINKS", '[{"text": "x", "url": "javascript:alert(1)"}]'),
        ("FOOTER_LINKS", '[{"text": "x", "url": "//evil.example.org"}]'),
        ("FOOTER_LINKS", "[{"),
        ("DEFAULT_LANGUAGE", "xx"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch, name, value):
    monkeypatch.setenv(f"ROSETTE_{name}", value)

    with pytest.raises(WrongSetting, match=f"ROSETTE_{name}"):
        config.__wrapped__()


def test_footer_links_are_read(monkeypatch):
    monkeypatch.setenv(
        "ROSETTE_FOOTER_LINKS", '[{"text": "Imprint", "url": "https://example.org/imprint"}]'
    )

    (link,) = Config().footer_links

    assert (link.text, link.url) == ("Imprint", "https://example.org/imprint")
