"""Settings: read once, checked, named when wrong."""

import json

import pytest

from rosette.config import Config, WrongSetting, config, is_secret, secret_key


@pytest.fixture
def fresh(monkeypatch):
    config.cache_clear()
    yield monkeypatch
    config.cache_clear()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ROSETTE_PORT", "door", "ROSETTE_PORT: Input should be a valid integer"),
        ("ROSETTE_PORT", "0", "ROSETTE_PORT: Input should be greater than or equal to 1"),
        ("ROSETTE_PUBLIC_URL", "badges.example.org", "ROSETTE_PUBLIC_URL: must be an http"),
        ("ROSETTE_PUBLIC_URL", "https://a.example.org/x", "ROSETTE_PUBLIC_URL: must have no path"),
        ("ROSETTE_DATABASE_URL", "mysql://x", "ROSETTE_DATABASE_URL: must begin with postgresql"),
        ("ROSETTE_EMAIL_URL", "imap://x", "ROSETTE_EMAIL_URL: must begin with smtp"),
        ("ROSETTE_ALLOW_SIGNUP", "perhaps", "ROSETTE_ALLOW_SIGNUP: Input should be a valid bool"),
    ],
)
def test_a_wrong_value_is_named(fresh, variable, value, said):
    fresh.setenv(variable, value)

    with pytest.raises(WrongSetting) as refusal:
        config()

    assert str(refusal.value).startswith(said)


def test_every_wrong_value_is_named_at_once_and_no_secret_is_shown(fresh):
    fresh.setenv("ROSETTE_PORT", "door")
    fresh.setenv("ROSETTE_DATABASE_URL", "mysql://user:hunter2@host")

    with pytest.raises(WrongSetting) as refusal:
        config()

    assert "ROSETTE_PORT" in str(refusal.value)
    assert "ROSETTE_DATABASE_URL" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


def test_a_value_may_come_from_a_file(fresh, tmp_path):
    secret = tmp_path / "url"
    secret.write_text("postgresql://rosette:secret@db/rosette\n")
    fresh.delenv("ROSETTE_DATABASE_URL", raising=False)
    fresh.setenv("ROSETTE_DATABASE_URL_FILE", str(secret))

    assert config().database_url == "postgresql://rosette:secret@db/rosette"


def test_a_file_that_is_not_there_is_named(fresh, tmp_path):
    fresh.setenv("ROSETTE_SECRET_KEY_FILE", str(tmp_path / "nothing"))

    with pytest.raises(WrongSetting, match="ROSETTE_SECRET_KEY_FILE: No such file"):
        config()


def test_an_empty_variable_means_the_default(fresh):
    fresh.setenv("ROSETTE_PORT", "")

    assert config().port == 8000


def test_without_a_public_address_the_server_is_local():
    assert Config(port=8123, public_url="").origin == "http://localhost:8123"
    assert Config(public_url="https://b.example.org/").origin == "https://b.example.org"


def test_the_secret_is_the_setting_or_the_kept_file(tmp_path):
    assert secret_key(Config(secret_key="given", data_dir=tmp_path)) == "given"
    assert secret_key(Config(secret_key="", data_dir=tmp_path)) == ""
    (tmp_path / "secret.key").write_text("kept\n")
    assert secret_key(Config(secret_key="", data_dir=tmp_path)) == "kept"


def test_every_setting_has_a_meaning():
    assert [name for name, field in Config.model_fields.items() if not field.description] == []
    assert [name for name in Config.model_fields if is_secret(name)] == [
        "secret_key",
        "master_key",
        "database_url",
        "cache_url",
        "storage_url",
        "email_url",
        "sign_in_providers",
        "sms_token",
        "metrics_token",
        "otlp_headers",
    ]


GUILD = {"id": "guild", "issuer": "https://guild.example.org", "client_id": "rosette"}


def test_providers_to_sign_in_with_come_from_one_setting(fresh, tmp_path):
    kept = tmp_path / "providers"
    google = {"id": "google", "kind": "google", "client_id": "a", "client_secret": "b"}
    kept.write_text(json.dumps([GUILD, google]))
    fresh.setenv("ROSETTE_SIGN_IN_PROVIDERS_FILE", str(kept))

    guild, second = config().sign_in_providers

    assert (guild.id, guild.kind, guild.issuer, guild.believed) == (
        "guild",
        "oidc",
        "https://guild.example.org",
        True,
    )
    assert (second.kind, second.client_secret) == ("google", "b")


@pytest.mark.parametrize(
    ("providers", "said"),
    [
        ("nonsense", "Invalid JSON"),
        ([{"id": "guild"}], "0: a client_id is needed"),
        ([GUILD | {"issuer": ""}], "an oidc provider needs the https address of its issuer"),
        ([GUILD | {"issuer": "http://guild.example.org"}], "the address of guild must be https"),
        ([GUILD | {"id": "Not good"}], "0.id: String should match"),
        ([GUILD | {"id": "google"}], "the id of google is google"),
        ([GUILD | {"kind": "google"}], "the id of google is google"),
        ([GUILD | {"client_secrets": "hush"}], "0.client_secrets: Extra inputs"),
        ([{"id": "uni", "kind": "saml", "issuer": "x"}], "needs issuer, sso_url and certificate"),
        (
            [
                {"id": "uni", "kind": "saml", "issuer": "x", "certificate": "y"}
                | {"sso_url": "http://uni.example.org"}
            ],
            "the address of uni must be https",
        ),
        ([GUILD, GUILD], "two providers have the same id"),
    ],
)
def test_a_provider_that_cannot_be_is_named_and_no_secret_is_shown(fresh, providers, said):
    text = providers if isinstance(providers, str) else json.dumps(providers)
    fresh.setenv("ROSETTE_SIGN_IN_PROVIDERS", text.replace('"rosette"', '"hush"'))

    with pytest.raises(WrongSetting) as refusal:
        config()

    assert said in str(refusal.value)
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UI_URL", "ui.example.org"),
        ("TERMS_URL", "javascript:alert(1)"),
        ("SMS_URL", "http://gateway.example.org"),
        ("TERMS_VERSION", "-1"),
    ],
)
def test_an_address_that_is_none_is_refused(fresh, name, value):
    fresh.setenv(f"ROSETTE_{name}", value)

    with pytest.raises(WrongSetting, match=f"ROSETTE_{name}"):
        config()
