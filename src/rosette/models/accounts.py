"""
People, and the identities that they have proven to be theirs.

Addresses of mail live in ``allauth.account.EmailAddress``, so that sign-in by other providers
finds them where it looks; they are kept in lower case. Web addresses and telephone numbers live
in ``Identifier``, accounts at other providers to sign in with in allauth's ``SocialAccount``,
and what somebody proves a second step with, and passkeys, in its ``Authenticator``.
"""

from typing import Any, ClassVar, Self

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin, UserManager
from django.db import models
from django.utils import timezone

from rosette.models.base import Entity, new_entity_id

__all__ = [
    "Authenticator",
    "EmailAddress",
    "Identifier",
    "SocialAccount",
    "TermsAgreement",
    "TermsVersion",
    "User",
]


class People(UserManager["User"]):
    """The people of this server."""

    def create_user(self, username: str = "", *args: Any, **fields: Any) -> "User":
        """A new person; the internal user name is random unless given."""
        password = fields.pop("password", None)
        user = User(username=username or new_entity_id(), **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin, Entity):
    """
    One person.

    ``username`` is internal; people sign in with any of their addresses. ``is_superuser`` marks
    the administrators of the site.
    """

    username = models.CharField(max_length=150, unique=True, default=new_entity_id)
    first_name = models.CharField(max_length=30, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    marketing_opt_in = models.BooleanField(default=False)
    agreed_terms_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[People] = People()

    class Meta(Entity.Meta):
        pass

    def __str__(self) -> str:
        return self.username

    @property
    def name(self) -> str:
        """First and last name, as far as they are known."""
        return f"{self.first_name} {self.last_name}".strip()

    def get_full_name(self) -> str:
        """As ``name``; Django asks under this name."""
        return self.name

    def addresses(self) -> list[EmailAddress]:
        """The person's mail addresses, the primary one first."""
        return list(EmailAddress.objects.filter(user=self).order_by("-primary", "pk"))

    def identifiers(self) -> list["Identifier"]:
        """The person's proven web addresses and telephone numbers."""
        return list(Identifier.objects.filter(user=self, verified_at__isnull=False).order_by("pk"))

    def verified_identities(self) -> list[tuple[str, str]]:
        """Every (kind, identity) that is proven to be the person's; awards to them are theirs."""
        emails = EmailAddress.objects.filter(user=self, verified=True).values_list("email")
        return [("email", email.lower()) for (email,) in emails] + [
            (item.kind, item.value) for item in self.identifiers()
        ]


class IdentifierQuerySet(models.QuerySet["Identifier"]):
    """Sets of identifiers."""

    def verified(self) -> Self:
        """Only those that are proven."""
        return self.filter(verified_at__isnull=False)


class Identifier(models.Model):
    """
    A web address or telephone number that a person claims, and when it was proven.

    ``entity_id`` names it to its person. While a code is under way to a telephone,
    ``code_checksum`` (64 hex digits) is what is kept of it, and ``code_tries`` how often it was
    guessed at.
    """

    class Kind(models.TextChoices):
        URL = "url"
        TELEPHONE = "telephone"

    entity_id = models.CharField(max_length=22, unique=True, default=new_entity_id)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identifier_rows")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    value = models.CharField(max_length=768)
    verified_at = models.DateTimeField(null=True, blank=True)
    code_checksum = models.CharField(max_length=64, blank=True)
    code_expires_at = models.DateTimeField(null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects = IdentifierQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=models.Q(verified_at__isnull=False),
                name="identifier_proven_once",
            ),
            models.UniqueConstraint(
                fields=["user", "kind", "value"], name="identifier_claimed_once"
            ),
        ]

    def __str__(self) -> str:
        return self.value


class TermsVersion(models.Model):
    """One version of the site's terms of service."""

    version = models.PositiveIntegerField(unique=True)
    short_description = models.TextField(blank=True)
    url = models.CharField(max_length=1024, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return str(self.version)

    @classmethod
    def latest(cls) -> "TermsVersion | None":
        """The newest version in force."""
        return cls.objects.filter(is_active=True).order_by("-version").first()


class TermsAgreement(models.Model):
    """When a person agreed to a version of the terms; what counts is the first time."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="agreements")
    version = models.PositiveIntegerField()
    agreed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "version"], name="termsagreement_once")
        ]

    def __str__(self) -> str:
        return str(self.version)
