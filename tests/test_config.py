"""Settings: read once, checked, named when wrong."""

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
        "email_url",
    ]
