"""Django's settings, made from Config. Nothing here reads the environment."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import django
from corsheaders.defaults import default_headers

from rosette.config import Config, config, secret_key
from rosette.scopes import DEFAULT_SCOPES, SCOPES

ROSETTE: Config = config()

BASE_DIR = Path(__file__).resolve().parent
_DJANGO = Path(django.__file__).resolve().parent
SECRET_KEY = secret_key(ROSETTE)
DEBUG = False
ALLOWED_HOSTS = ["*"]  # nothing is made of the Host header: every address is made of `origin`
ROOT_URLCONF = "rosette.urls"
WSGI_APPLICATION = "rosette.wsgi.application"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"  # of the API; pages speak what the reader does (`pages.speaking`)
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORM_RENDERER = "rosette.web.forms.Renderer"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SILENCED_SYSTEM_CHECKS = [
    "models.W042",  # libraries' own tables
    # Pages open their sessions themselves (`web/visits.py`), those of the admin, too.
    *("admin.E408", "admin.E409", "admin.E410", "admin.W411"),
]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    # Its table stays empty, but older databases have it, and copies of them name it.
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "corsheaders",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.facebook",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.openid_connect",
    "oauth2_provider",
    "django_tasks",
    "django_tasks_db",
    "rosette",
]

MIDDLEWARE = [
    "rosette.watching.Occasions",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]


def database_of(settings: Config) -> dict[str, Any]:
    """The database that these settings name, as Django wants it."""
    url = settings.database_url
    if url.startswith("postgres"):
        parts = urlsplit(url)
        return {
            "ENGINE": "rosette.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "OPTIONS": {
                # Statements that come again are planned once per connection, not each time.
                "server_side_binding": True,
                "prepare_threshold": 3,
                **dict(parse_qsl(parts.query)),
            },
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
        }
    path = Path(url.removeprefix("sqlite:")) if url else settings.data_dir / "rosette.sqlite3"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path.resolve(),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # The lock is taken when a transaction begins, so that a writer waits its turn
            # instead of failing half way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
            "PRAGMA cache_size=-32768;",  # 32 MB for each thread
        },
    }


DATABASES = {"default": database_of(ROSETTE)}

AUTH_USER_MODEL = "rosette.User"
AUTHENTICATION_BACKENDS = ["rosette.operations.accounts.IdentityBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # Rosette sends these mails itself, from its outbox


# Names by which identity providers call addresses and names; the first that is there counts.
_SAML_ATTRIBUTES = {
    "uid": ["urn:oasis:names:tc:SAML:attribute:subject-id", "urn:oid:1.3.6.1.4.1.5923.1.1.1.13"],
    "email": [
        "urn:oid:0.9.2342.19200300.100.1.3",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        *("mail", "email"),
    ],
    "first_name": [
        "urn:oid:2.5.4.42",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
        *("givenName", "first_name"),
    ],
    "last_name": [
        "urn:oid:2.5.4.4",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
        *("sn", "last_name"),
    ],
}


def _sign_in_providers(settings: Config) -> dict[str, Any]:
    """As allauth wants them; it knows those of its own by kind, the others by their id."""
    found: dict[str, Any] = {}
    for provider in settings.sign_in_providers:
        kind = "openid_connect" if provider.kind == "oidc" else provider.kind
        found.setdefault(kind, {"OAUTH_PKCE_ENABLED": True, "APPS": []})["APPS"].append(
            {
                "provider_id": provider.id,
                "name": provider.name or provider.id,
                # allauth finds the SAML ones by this, out of their addresses.
                "client_id": provider.id if kind == "saml" else provider.client_id,
                "secret": provider.client_secret,
                "settings": {
                    "server_url": provider.issuer,
                    "attribute_mapping": _SAML_ATTRIBUTES,
                    "idp": {
                        "entity_id": provider.issuer,
                        "sso_url": provider.sso_url,
                        "x509cert": provider.certificate,
                    },
                },
            }
        )
    return found


if any(provider.kind == "saml" for provider in ROSETTE.sign_in_providers):
    # Not for everybody: it loads libraries for XML and its signatures.
    INSTALLED_APPS.append("allauth.socialaccount.providers.saml")
SOCIALACCOUNT_PROVIDERS = _sign_in_providers(ROSETTE)
SOCIALACCOUNT_QUERY_EMAIL = True
SOCIALACCOUNT_ADAPTER = "rosette.public.sign_in.Door"
MFA_ADAPTER = "rosette.operations.second_steps.Adapter"
MFA_SUPPORTED_TYPES = ["recovery_codes", "totp", "webauthn"]
MFA_TOTP_TOLERANCE = 1  # clocks of telephones are half a minute off at times
OAUTH2_PROVIDER_APPLICATION_MODEL = "rosette.Application"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "rosette.AccessToken"
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "rosette.RefreshToken"
OAUTH2_PROVIDER_GRANT_MODEL = "rosette.Grant"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "rosette.IDToken"
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "rosette.DeviceGrant"
OAUTH2_PROVIDER = {
    "OAUTH2_VALIDATOR_CLASS": "rosette.operations.grants.Validator",
    "SCOPES": SCOPES,
    "DEFAULT_SCOPES": list(DEFAULT_SCOPES),
    "ACCESS_TOKEN_EXPIRE_SECONDS": ROSETTE.access_token_seconds,
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https", "http"],
    "PKCE_REQUIRED": False,  # but where `Validator.is_pkce_required` says so
    "ROTATE_REFRESH_TOKEN": True,
    # A refresh token that comes a second time was stolen or is raced for: its successors die.
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    # Of tokens, checksums are stored and nothing else.
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
}

# Cookies are for pages of people who sign in, in `web/` and on the way to a provider. Behind a
# proxy that ends TLS, a form comes from an origin that the request does not show.
_IS_SECURE = ROSETTE.origin.startswith("https:")
SESSION_ENGINE = "rosette.sessions"
# Such a name is believed by browsers only from this very host, and over TLS.
_HOST_ONLY = "__Host-" if _IS_SECURE else ""
SESSION_COOKIE_NAME = f"{_HOST_ONLY}rosette_session"
CSRF_COOKIE_NAME = f"{_HOST_ONLY}csrftoken"
SESSION_COOKIE_AGE = 43_200
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # the way back from a provider is a link from elsewhere
SESSION_COOKIE_SECURE = _IS_SECURE
CSRF_COOKIE_SECURE = _IS_SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [ROSETTE.origin]
CSRF_FAILURE_VIEW = "rosette.web.visits.expired"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}


def _caches(settings: Config) -> dict[str, Any]:
    """Each by its name: what is made here, credentials (4 kB each), answers of others (250 kB)."""
    if settings.cache_url:
        shared = {
            "BACKEND": "rosette.caching.SharedCache",
            "LOCATION": settings.cache_url,
            # One that hangs is as good as none.
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 0.5},
        }
        return {name: {**shared, "KEY_PREFIX": f"rosette-{name}"} for name in _CACHES}
    own = "django.core.cache.backends.locmem.LocMemCache"
    return {
        name: {"BACKEND": own, "LOCATION": name, "OPTIONS": {"MAX_ENTRIES": most}}
        for name, most in _CACHES.items()
    }


_CACHES = {"default": 300, "credentials": 1000, "fetched": 100}
CACHES = _caches(ROSETTE)


def storage_of(settings: Config) -> dict[str, Any]:
    """The store of images that these settings name, as Django wants it."""
    parts = urlsplit(settings.storage_url)
    if not parts.scheme.startswith("s3"):
        folder = unquote(settings.storage_url.removeprefix("file:"))
        media = Path(folder) if folder else settings.data_dir / "media"
        return {
            "BACKEND": "rosette.operations.pictures.WholeFiles",
            "OPTIONS": {"location": str(media.resolve())},
        }
    bucket, _, folder = unquote(parts.path.strip("/")).partition("/")
    return {
        "BACKEND": "rosette.buckets.Bucket",
        "OPTIONS": {
            "endpoint_url": f"{'http' if parts.scheme == 's3+http' else 'https'}://"
            + parts.netloc.rpartition("@")[2],
            "bucket_name": bucket,
            "location": folder,
            # None: what the surroundings say.
            "access_key": unquote(parts.username) if parts.username else None,
            "secret_key": unquote(parts.password) if parts.password else None,
            "region_name": dict(parse_qsl(parts.query)).get("region", "us-east-1"),
        },
    }


STORAGES = {
    "default": storage_of(ROSETTE),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"  # they lie in the package, ready to be served
WHITENOISE_USE_FINDERS = False
WHITENOISE_ROOT = None
# Files that are named by what is in them never change.
WHITENOISE_IMMUTABLE_FILE_TEST = r"\.[0-9a-f]{12}\.json$"

DATA_UPLOAD_MAX_MEMORY_SIZE = ROSETTE.body_max_bytes
FILE_UPLOAD_MAX_MEMORY_SIZE = ROSETTE.body_max_bytes
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates", _DJANGO / "contrib/admin/templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"look": "rosette.look", "texts": "rosette.public.texts"},
        },
    }
]

# Any page may call: tokens travel in a header that a foreign page does not have, and no cookie
# is ever accepted from another origin.
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_HEADERS = [*default_headers, "accept-encoding", "idempotency-key", "x-request-id"]
CORS_EXPOSE_HEADERS = [
    *("etag", "idempotent-replayed", "link", "retry-after", "x-total-count"),
    *("ratelimit", "ratelimit-policy", "x-request-id"),
]
CORS_ALLOW_METHODS = ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "console": {"()": "rosette.logs.Line"},
        "json": {"()": "rosette.logs.JsonLine"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": ROSETTE.log_format}},
    "root": {"handlers": ["console"], "level": ROSETTE.log_level},
    "loggers": {
        "django.request": {"level": "ERROR"},  # a 4xx is an answer, not an event
        "django_tasks": {"level": "WARNING"},
        "django_tasks_db": {"level": "WARNING"},
    },
}


def _mail(settings: Config) -> dict[str, Any]:
    url = settings.email_url or f"file:{settings.data_dir / 'mail'}"
    parts = urlsplit(url)
    if parts.scheme == "file":
        return {
            "EMAIL_BACKEND": "rosette.outbox.FileOutbox",
            "EMAIL_FILE_PATH": str(Path(unquote(url.removeprefix("file:"))).resolve()),
        }
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or {"smtp": 25, "smtps": 465, "smtp+tls": 587}[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": settings.email_timeout_seconds,
    }


globals().update(_mail(ROSETTE))
DEFAULT_FROM_EMAIL = ROSETTE.email_from
