"""
``/staff/``: Django's own admin, to look at rows that have no page of their own.

It is reached by the session of these pages and nothing else, by administrators only; for everybody
else there is nothing here. It only reads: what is to be changed is changed by operations.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final, cast

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe
from django.views.static import serve
from django_tasks_db.models import DBTaskResult

from rosette.errors import NotFound
from rosette.models import (
    AccessToken,
    Application,
    Assertion,
    AwardJob,
    BadgeClass,
    Collection,
    Identifier,
    Issuer,
    IssuerStaff,
    Notice,
    Session,
    SocialAccount,
    User,
)
from rosette.web.operator import administrator
from rosette.web.signin import sign_out
from rosette.web.visits import see, visitor

# Its pages have styles inside of them; scripts are its own files.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_MOST_COUNTED: Final = 100_000
_FILES: Final = Path(admin.__file__).parent / "static" / "admin"


class StaffSite(admin.AdminSite):
    """The admin, behind our own door."""

    site_header = "Rosette"
    site_title = "Rosette"
    site_url = "/manage"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Administrators."""
        person = visitor(request)
        return person is not None and person.is_superuser

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As a page of ours, with a policy that lets these templates be."""

        def shown(request: HttpRequest, person: User, *path: Any, **named: Any) -> HttpResponseBase:
            try:
                response = cast(HttpResponseBase, view(request, *path, **named))
            except Http404 as error:
                raise NotFound from error
            if isinstance(response, TemplateResponse):
                response.render()  # here, where language and zone are the reader's
            response["Content-Security-Policy"] = _POLICY
            return response

        return wraps(view)(_page(shown))

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one way to sign in."""
        return see("/auth/login")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """As the button of all other pages."""
        if request.method == "POST":
            sign_out(request)
        return see("/")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """There is one way to change a password, which tells of it and ends other sessions."""
        return see("/account/security/password")


@require_safe
def file(request: HttpRequest, path: str) -> HttpResponseBase:
    """``GET /static/admin/:path``: a file that the admin's pages are made with."""
    response: HttpResponseBase = serve(request, path, document_root=str(_FILES))
    response["Cache-Control"] = "public, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _page(view: Callable[..., Any]) -> Callable[..., Any]:
    """``administrator`` hands on what a path names; Django's admin wants some by their place."""

    @wraps(view)
    def asked(request: HttpRequest, *path: Any, **named: Any) -> Any:
        def answered(request: HttpRequest, person: User) -> Any:
            return view(request, person, *path, **named)

        return administrator(answered)(request)

    return asked


class _Bounded(Paginator):  # type: ignore[type-arg]  # Django itself has no parameter there
    """Counts no further than it has to: millions of rows would take a while."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, as far as it matters."""
        rows: Any = self.object_list
        return int(rows.order_by()[:_MOST_COUNTED].count())


class Reading(admin.ModelAdmin[Model]):
    """Rows to look at."""

    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
    paginator = _Bounded
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


_SHOWN: Final[dict[type[Model], dict[str, Any]]] = {
    User: {
        "list_display": ("entity_id", "first_name", "last_name", "is_active", "is_superuser"),
        "list_filter": ("is_active", "is_superuser"),
        "search_fields": ("first_name", "last_name", "=entity_id"),
        "exclude": ("password", "groups", "user_permissions"),
    },
    EmailAddress: {
        "list_display": ("email", "user", "verified", "primary"),
        "search_fields": ("email",),
        "list_select_related": ("user",),
    },
    Identifier: {
        "list_display": ("kind", "value", "verified_at"),
        "search_fields": ("value",),
        "exclude": ("code_checksum",),
    },
    SocialAccount: {
        "list_display": ("provider", "uid", "date_joined"),
        "search_fields": ("=uid",),
    },
    Session: {
        "list_display": ("number", "user", "agent", "seen_at"),
        "list_select_related": ("user",),
        "ordering": ("-seen_at",),
        "fields": ("number", "user", "agent", "signed_in_at", "seen_at", "expire_date"),
        "list_display_links": None,
    },
    Application: {
        "list_display": ("name", "client_id", "authorization_grant_type", "created"),
        "search_fields": ("name", "=client_id"),
        "exclude": ("client_secret",),
    },
    AccessToken: {
        "list_display": ("entity_id", "name", "application", "scope", "expires"),
        "list_select_related": ("application",),
        "search_fields": ("=entity_id",),
        "exclude": ("token", "token_checksum", "id_token", "source_refresh_token"),
    },
    Issuer: {
        "list_display": ("name", "entity_id", "created_at", "deleted_at"),
        "search_fields": ("name", "=entity_id"),
        "exclude": ("status_key",),
    },
    IssuerStaff: {
        "list_display": ("issuer", "user", "role"),
        "list_select_related": ("issuer", "user"),
    },
    BadgeClass: {
        "list_display": ("name", "entity_id", "issuer", "created_at"),
        "list_select_related": ("issuer",),
        "search_fields": ("name", "=entity_id"),
    },
    Assertion: {
        "list_display": (
            "entity_id",
            "badgeclass",
            "recipient_identity",
            "issued_on",
            "revoked_at",
        ),
        "list_select_related": ("badgeclass",),
        "search_fields": ("=entity_id", "=recipient_identity"),
        "raw_id_fields": ("badgeclass", "issuer", "created_by"),
    },
    AwardJob: {
        "list_display": ("entity_id", "badgeclass", "state", "total", "done", "failed"),
        "list_select_related": ("badgeclass",),
    },
    Collection: {
        "list_display": ("name", "entity_id", "owner"),
        "list_select_related": ("owner",),
        "exclude": ("share_hash",),
    },
    Notice: {
        "list_display": ("kind", "to", "state", "attempts", "created_at"),
        "list_filter": ("state", "kind"),
        "search_fields": ("=to",),
    },
    DBTaskResult: {
        "list_display": ("task_path", "status", "enqueued_at", "finished_at"),
        "list_filter": ("status",),
        "ordering": ("-enqueued_at",),
    },
}

site = StaffSite(name="admin")
for _model, _how in _SHOWN.items():
    site.register(_model, type(f"{_model.__name__}Reading", (Reading,), _how))
