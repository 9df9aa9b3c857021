"""
Every setting: its name, type, unit, default and meaning. The only reader of the environment.

A setting ``image_max_bytes`` is read from ``ROSETTE_IMAGE_MAX_BYTES``, or, so that a secret need
not stand in the environment, from the file that ``ROSETTE_IMAGE_MAX_BYTES_FILE`` names.
"""

import os
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX = "ROSETTE_"


class WrongSetting(Exception):
    """A setting has a value that cannot be; the text names the setting and what is wrong."""


class _FromFiles(PydanticBaseSettingsSource):
    """``ROSETTE_NAME_FILE``: the value is the content of that file, without the last line end."""

    def __call__(self) -> dict[str, Any]:
        return {
            name: content
            for name, field in self.settings_cls.model_fields.items()
            if (content := self.get_field_value(field, name)[0]) is not None
        }

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(variable)
        if path is None:
            return None, field_name, False
        try:
            return Path(path).read_text("utf-8").rstrip("\r\n"), field_name, False
        except OSError as error:
            raise WrongSetting(f"{variable}: {error.strerror}: {path}") from error


Secret = Annotated[str, Field(json_schema_extra={"secret": True})]


_OWN_IDS = ("google", "facebook")


class SignInProvider(BaseModel):
    """
    Somebody else who says who people are.

    ``id`` stands in addresses and rows and must never change. ``issuer`` is the address of an
    OpenID Connect provider, or the entity id of a SAML one, which has besides ``sso_url`` and
    ``certificate`` (PEM or its base64). ``trust_email``: whether addresses that it calls verified
    are believed; a SAML provider, which does not say so, is believed in all or, by default, none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,29}$")
    kind: Literal["oidc", "google", "facebook", "saml"] = "oidc"
    name: str = Field("", max_length=40)
    issuer: str = ""
    client_id: str = Field("", max_length=191)
    client_secret: str = Field("", max_length=191)
    sso_url: str = ""
    certificate: str = ""
    trust_email: bool | None = None

    @model_validator(mode="after")
    def _whole(self) -> "SignInProvider":
        if self.kind == "saml":
            if not (self.issuer and self.sso_url and self.certificate):
                raise ValueError("a saml provider needs issuer, sso_url and certificate")
            if urlsplit(self.sso_url).scheme not in ("http", "https"):
                raise ValueError("the sso_url must be an https address")
        elif not self.client_id:
            raise ValueError("a client_id is needed")
        if self.kind == "oidc" and urlsplit(self.issuer).scheme not in ("http", "https"):
            raise ValueError("an oidc provider needs the https address of its issuer")
        if (self.kind in _OWN_IDS or self.id in (*_OWN_IDS, "saml")) and self.kind != self.id:
            raise ValueError("the id of google is google, of facebook facebook, and no other's")
        return self

    @property
    def believed(self) -> bool:
        """Whether its word about addresses is taken."""
        return self.kind != "saml" if self.trust_email is None else self.trust_email


_PROVIDERS = TypeAdapter(tuple[SignInProvider, ...])


class FooterLink(BaseModel):
    """A link at the foot of every page, to another site or to a path of this one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(min_length=1, max_length=80)
    url: str = Field(pattern=r"^(https?://|mailto:|/[^/\s<>\"])[^\s<>\"]*$", max_length=1000)


_FOOTER_LINKS = TypeAdapter(tuple[FooterLink, ...])


class Config(BaseSettings):
    """All settings in force, frozen. Made once by ``config()``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    # Django's lazy settings look for this on every value they hand out, and pydantic is slow to
    # say that there is no such thing.
    _mask_wrapped: ClassVar[bool] = True

    data_dir: Path = Field(
        Path("data"), description="Folder for everything that is kept: database, files, keys, mail."
    )
    host: str = Field("127.0.0.1", description="Address that the server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the server listens on.")
    public_url: str = Field(
        "",
        description="Address under which the world reaches this server; it stands in every badge. "
        "Empty: http://localhost and the port.",
    )
    site_name: str = Field("Rosette", description="Name of the site, in pages and mails.")
    brand_color: str = Field(
        "#8c2752",
        pattern=r"^#[0-9A-Fa-f]{6}$",
        description="Colour of buttons and links, #rrggbb. Where it would be hard to read, pages "
        "show it darker or lighter.",
    )
    brand_accent: str = Field(
        "#b7791f",
        pattern=r"^#[0-9A-Fa-f]{6}$",
        description="Second colour, of ornaments and charts, #rrggbb.",
    )
    brand_logo: Path | None = Field(
        None, description="Picture file (PNG or SVG) that stands beside the name. Empty: a rosette."
    )
    footer_links: Annotated[tuple[FooterLink, ...], NoDecode] = Field(
        (),
        description="Links at the foot of every page: a JSON list of objects with text and url, "
        'such as [{"text": "Imprint", "url": "https://example.org/imprint"}].',
    )
    default_language: Literal["en", "de"] = Field(
        "en", description="Language of pages for whoever asks for none that there is."
    )
    terms_url: str = Field(
        "", description="Address of the terms of service. Empty: that of the server itself."
    )
    privacy_url: str = Field(
        "", description="Address of the privacy policy. Empty: that of the server itself."
    )
    secret_key: Secret = Field(
        "",
        description="Secret that signs links in mails. Empty: made by `rosette init` and kept in "
        "the data folder.",
    )
    master_key: Secret = Field(
        "",
        description="Secret that seals the keys with which issuers sign, at least 32 characters "
        "that nobody can guess. Empty: made by `rosette init` and kept in the data folder.",
    )
    credential_schema: bool = Field(
        False,
        description="Whether Open Badges 3.0 credentials name the JSON schema that they keep to.",
    )
    database_url: Secret = Field(
        "",
        description="postgresql://user:password@host/name or sqlite:FILE. "
        "Empty: rosette.sqlite3 in the data folder.",
    )
    cache_url: Secret = Field(
        "",
        description="redis://host:port/number, rediss://… (TLS) or unix:///path: a Redis or Valkey "
        "where all processes keep what they need not make or fetch again. It may be empty or gone "
        "at any time. Empty: each process keeps a little for itself.",
    )
    storage_url: Secret = Field(
        "",
        description="s3://key:secret@host/bucket: storage that speaks S3, where all nodes keep "
        "images; s3+http://… is not encrypted. Behind the bucket may stand a path, and "
        "?region=…; without key and secret, those of the surroundings (AWS) are taken. file:DIR is "
        "a folder that all nodes see. Empty: the media folder of the data folder.",
    )
    email_url: Secret = Field(
        "",
        description="smtp://user:password@host:port, smtps://… (TLS from the start), "
        "smtp+tls://… (STARTTLS), file:DIR (one file per message) or console:. "
        "Empty: files in the mail folder of the data folder.",
    )
    email_from: str = Field("badges@localhost", description="Address that mails are sent from.")
    email_timeout_seconds: int = Field(
        30, ge=1, le=60, description="How long, in seconds, an answer of the mail server may take."
    )
    digest_hour: int = Field(
        7,
        ge=0,
        le=23,
        description="Hour of the day, in UTC, at which people get what they want in one mail a "
        "day.",
    )
    web_workers: int = Field(2, ge=1, le=256, description="Processes that answer requests.")
    web_threads: int = Field(4, ge=1, le=256, description="Threads in each of these processes.")
    web_queue: int = Field(
        64,
        ge=1,
        le=1000,
        description="Requests that may wait, in each of these processes, for a thread; more are "
        "answered 503 at once, and 429 if half of these are one client's.",
    )
    web_queue_seconds: int = Field(
        10, ge=1, le=300, description="How long, in seconds, a request may wait there."
    )
    web_body_seconds: int = Field(
        30,
        ge=2,
        le=3600,
        description="How long, in seconds, a request body may come slower than a kilobyte a "
        "second. Behind a proxy (see ROSETTE_TRUSTED_PROXIES) that is the proxy's to see to.",
    )
    rate_per_token: int = Field(
        0, ge=0, description="Requests a minute of one token; more are answered 429. 0: any number."
    )
    rate_per_address: int = Field(
        0,
        ge=0,
        description="Requests a minute from one address (of IPv6, one network); more are answered "
        "429. 0: any number.",
    )
    fetch_loopback: bool = Field(
        False, description="Whether documents may be fetched from this machine (development only)."
    )
    dns_server: str = Field(
        "",
        pattern=r"^(|[0-9.]+:\d{1,5}|\[[0-9A-Fa-f:.]+\]:\d{1,5})$",
        description="Resolver that is asked for the text records by which issuers prove their "
        "domains, address:port. Empty: those of the system.",
    )
    allow_signup: bool = Field(True, description="Whether people may make accounts themselves.")
    ui_url: str = Field(
        "",
        description="Address of a web client made for Badgr, which links in mails and sign-in by "
        "other providers lead to. Empty: pages of this server.",
    )
    sign_in_providers: Annotated[tuple[SignInProvider, ...], NoDecode] = Field(
        (),
        json_schema_extra={"secret": True},
        description="Providers whose accounts people may sign in with: a JSON list of objects with "
        "id, kind (oidc, google, facebook, saml), name and what the kind wants; see "
        "docs/accounts.md.",
    )
    terms_version: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        description="Number of the terms of service in force; a higher one asks everybody to "
        "agree anew. 0: there are none.",
    )
    terms_description: str = Field(
        "", description="What is in these terms, or new in them, in a few words."
    )
    sms_url: str = Field(
        "",
        description="Address of a gateway that sends text messages: it gets JSON with to and text "
        "by POST. Empty: telephone numbers are verified by `rosette user verify`.",
    )
    sms_token: Secret = Field(
        "", description="Token for that gateway, sent as Authorization: Bearer."
    )
    export_max_bytes: int = Field(
        200_000_000,
        ge=1_000_000,
        description="Largest archive of one person's data, in bytes, that is made for them.",
    )
    anonymise_after_years: int = Field(
        0,
        ge=0,
        le=100,
        description="After how many years awards to people without an account here lose the "
        "recipient's address and name, and keep its hash. 0: never. See docs/privacy.md.",
    )
    approved_issuers_only: bool = Field(
        False, description="Whether only administrators may create issuers."
    )
    catalogue: bool = Field(
        True,
        description="Whether there is a catalogue (/catalog) of the badges of those issuers who "
        "wish to be in it.",
    )
    access_token_seconds: int = Field(
        86_400, ge=60, description="Lifetime, in seconds, of an OAuth2 access token; it slides."
    )
    login_backoff_max_seconds: int = Field(
        3600,
        ge=0,
        description="Longest wait, in seconds, after wrong passwords; 0 switches waiting off.",
    )
    legacy_token_login: bool = Field(
        True,
        description="Whether old clients may exchange a password for a token without end "
        "(POST /api-auth/token).",
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=16,
        description="How many reverse proxies stand before the server and append to "
        "X-Forwarded-For. 0: the header is not believed.",
    )
    notify_on_first_award: bool = Field(
        True,
        description="Whether the first award ever to an address is announced by mail, asked or "
        "not (a duty of information under the GDPR).",
    )
    idempotency_seconds: int = Field(
        86_400, ge=60, description="How long, in seconds, an Idempotency-Key is remembered."
    )
    batch_max_awards: int = Field(
        10_000, ge=1, description="Most awards in one call of the batch endpoint."
    )
    job_max_awards: int = Field(1_000_000, ge=1, description="Most awards in one award job.")
    job_max_bytes: int = Field(
        500_000_000, ge=1000, description="Largest request body, in bytes, of an award job."
    )
    job_undo_seconds: int = Field(
        86_400,
        ge=0,
        description="How long, in seconds, after its end an award job can be undone.",
    )
    body_max_bytes: int = Field(32_000_000, ge=1000, description="Largest request body, in bytes.")
    image_max_bytes: int = Field(
        4_000_000, ge=1000, description="Largest image, in bytes, accepted for a badge or issuer."
    )
    image_max_pixels: int = Field(
        40_000_000, ge=1000, description="Most pixels of an uploaded image."
    )
    image_max_px: int = Field(
        400,
        ge=90,
        le=4096,
        description="Side, in pixels, that uploaded PNG images are fitted into.",
    )
    signed_badge_algorithms: str = Field(
        "RS256",
        description="Algorithms of JWS, by commas, in which badges of others may be signed. Known "
        "are RS256, RS384, RS512, PS256, ES256 and EdDSA.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level of what is logged."
    )
    log_format: Literal["console", "json"] = Field(
        "console", description="Form of the log: lines for people, or one JSON object to the line."
    )
    access_log: bool = Field(False, description="Whether every request is logged.")
    audit_days: int = Field(
        0,
        ge=0,
        description="How long, in days, the audit log keeps who changed what. 0: for ever.",
    )
    audit_address_days: int = Field(
        90,
        ge=0,
        description="How long, in days, it keeps the network addresses that changes came from. "
        "0: as long as the rest.",
    )
    metrics_token: Secret = Field(
        "",
        description="Token by which a Prometheus server reads /metrics (Authorization: Bearer). "
        "Empty, with no metrics_networks: nothing is measured.",
    )
    metrics_networks: str = Field(
        "",
        description="Networks, by commas, from which /metrics is read without a token, such as "
        "10.0.0.0/8; behind a proxy trusted_proxies has to be set.",
    )
    otlp_url: str = Field(
        "",
        description="Address to which traces are sent (OpenTelemetry, OTLP over HTTP), such as "
        "http://collector:4318/v1/traces. Empty: none are made.",
    )
    otlp_headers: Secret = Field(
        "", description="Headers for it, name=value, by commas: a token, for example."
    )
    otlp_share: float = Field(
        1.0, ge=0, le=1, description="Share of the requests of which traces are made, 0 to 1."
    )

    @field_validator("public_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must be an http or https address, such as https://badges.example.org")
        if parts.query or parts.fragment or parts.path not in ("", "/"):
            raise ValueError("must have no path, query or fragment")
        return value.rstrip("/")

    @field_validator("metrics_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        for text in _by_commas(value):
            ip_network(text)  # raises ValueError, which names what is wrong
        return value

    @field_validator("otlp_headers")
    @classmethod
    def _headers(cls, value: str) -> str:
        if any("=" not in text for text in _by_commas(value)):
            raise ValueError("must be name=value, by commas")
        return value

    @field_validator("ui_url", "terms_url", "privacy_url", "sms_url", "otlp_url")
    @classmethod
    def _web(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must be an http or https address")
        return value.rstrip("/")

    @field_validator("sms_url")
    @classmethod
    def _encrypted(cls, value: str, info: ValidationInfo) -> str:
        if value.startswith("http:") and not info.data.get("fetch_loopback"):
            raise ValueError("must be an https address")
        return value

    @field_validator("footer_links", mode="before")
    @classmethod
    def _links(cls, value: Any) -> Any:
        return _FOOTER_LINKS.validate_json(value) if isinstance(value, str) else value

    @field_validator("brand_logo")
    @classmethod
    def _logo(cls, value: Path | None) -> Path | None:
        if value is not None and value.suffix.lower() not in (".png", ".svg"):
            raise ValueError("must be a .png or .svg file")
        return value

    @field_validator("sign_in_providers", mode="before")
    @classmethod
    def _providers(cls, value: Any, info: ValidationInfo) -> Any:
        try:
            found = _PROVIDERS.validate_json(value) if isinstance(value, str) else value
        except ValidationError as error:
            # Without the values: there are secrets among them.
            raise ValueError(
                "; ".join(
                    ".".join(map(str, item["loc"]))
                    + ": "
                    + item["msg"].removeprefix("Value error, ")
                    for item in error.errors()
                )
            ) from None
        names = [provider.id for provider in found]
        if len(set(names)) < len(names):
            raise ValueError("two providers have the same id")
        plain = [
            provider.id
            for provider in found
            for address in (provider.sso_url or provider.issuer,)
            if address.startswith("http:")
        ]
        if plain and not info.data.get("fetch_loopback"):
            raise ValueError(f"the address of {plain[0]} must be https")
        return found

    @field_validator("master_key")
    @classmethod
    def _master(cls, value: str) -> str:
        if value and len(value) < 32:
            raise ValueError("must have at least 32 characters")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("postgresql", "postgres", "sqlite"):
            raise ValueError("must begin with postgresql:// or sqlite:")
        return value

    @field_validator("cache_url")
    @classmethod
    def _cache(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("redis", "rediss", "unix"):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value

    @field_validator("storage_url")
    @classmethod
    def _storage(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and parts.scheme not in ("s3", "s3+http", "file"):
            raise ValueError("must begin with s3://, s3+http:// or file:")
        if parts.scheme.startswith("s3") and not (parts.hostname and parts.path.strip("/")):
            raise ValueError("must name a host and a bucket, as s3://host/bucket")
        return value

    @field_validator("email_url")
    @classmethod
    def _mail(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("smtp", "smtps", "smtp+tls", "file", "console"):
            raise ValueError("must begin with smtp://, smtps://, smtp+tls://, file: or console:")
        return value

    @field_validator("signed_badge_algorithms")
    @classmethod
    def _algorithms(cls, value: str) -> str:
        known = {"RS256", "RS384", "RS512", "PS256", "ES256", "EdDSA"}
        unknown = set(_by_commas(value)) - known
        if unknown:
            raise ValueError(f"knows no {', '.join(sorted(unknown))}")
        return value

    @model_validator(mode="before")
    @classmethod
    def _no_empty_numbers(cls, values: dict[str, Any]) -> dict[str, Any]:
        """An empty variable means the default, as compose files write it."""
        return {name: value for name, value in values.items() if value != ""}

    @property
    def origin(self) -> str:
        """Scheme, host and port of this server, no slash at the end: where badges live."""
        return self.public_url or f"http://localhost:{self.port}"

    @property
    def has_bucket(self) -> bool:
        """Whether images are kept in a storage that speaks S3, so that any node may come or go."""
        return self.storage_url.startswith("s3")

    @property
    def algorithms(self) -> tuple[str, ...]:
        """``signed_badge_algorithms``, one by one."""
        return _by_commas(self.signed_badge_algorithms)

    @property
    def measures(self) -> bool:
        """Whether anybody may read metrics, and so whether anything is measured."""
        return bool(self.metrics_token or self.metrics_networks)

    @property
    def otlp_header_pairs(self) -> list[tuple[str, str]]:
        """``otlp_headers``, one by one."""
        pairs = [text.partition("=") for text in _by_commas(self.otlp_headers)]
        return [(name.strip(), value.strip()) for name, _, value in pairs]

    @property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """``metrics_networks``, one by one."""
        return tuple(ip_network(text) for text in _by_commas(self.metrics_networks))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _FromFiles(settings_cls)


def _by_commas(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


@cache
def config() -> Config:
    """The settings in force. Raises WrongSetting, which names each wrong one."""
    try:
        return Config()
    except ValidationError as error:
        raise WrongSetting(
            "\n".join(
                f"{PREFIX}{name.upper()}: {item['msg'].removeprefix('Value error, ')}"
                f" (it is {'secret' if is_secret(name) else repr(item['input'])})"
                for item in error.errors()
                for name in [str(item["loc"][0])]
            )
        ) from error


def is_secret(name: str) -> bool:
    """Whether the value of the setting ``name`` must not be shown."""
    extra = Config.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("secret"))


def secret_key(settings: Config) -> str:
    """The signing secret: the setting, else the file that `rosette init` made, else ``""``."""
    if settings.secret_key:
        return settings.secret_key
    kept = settings.data_dir / "secret.key"
    return kept.read_text("ascii").strip() if kept.exists() else ""


def master_key(settings: Config) -> str:
    """The secret that seals: the setting, else the file that `rosette init` made, else ``""``."""
    if settings.master_key:
        return settings.master_key
    kept = settings.data_dir / "master.key"
    return kept.read_text("ascii").strip() if kept.exists() else ""
