"""
OAuth2 clients and what they were given: grants, tokens; and answers kept for a client's retry.

The tables are django-oauth-toolkit's, with what the V2 API shows beside them. Tokens are stored
as SHA-256 checksums only.
"""

import hashlib
from datetime import datetime
from typing import NamedTuple

from django.db import models
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractApplication,
    AbstractDeviceGrant,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
)

from rosette.models.accounts import User
from rosette.models.base import ENTITY_ID_MAX_LENGTH, new_entity_id, row


class Application(AbstractApplication):
    """
    A program that asks for tokens.

    ``allowed_scopes`` are separated by blanks; ``rw:issuer:*`` admits every ``rw:issuer:<id>``.
    """

    website_url = models.URLField(max_length=1024, blank=True)
    logo_url = models.URLField(max_length=1024, blank=True)
    policy_url = models.URLField(max_length=1024, blank=True)
    terms_url = models.URLField(max_length=1024, blank=True)
    software_id = models.CharField(max_length=255, blank=True)
    software_version = models.CharField(max_length=255, blank=True)
    allowed_scopes = models.TextField(blank=True)
    trusts_email_verification = models.BooleanField(default=False)
    issues_refresh_tokens = models.BooleanField(default=True)


class Grant(AbstractGrant):
    """An authorization code that waits to be exchanged."""


class IDToken(AbstractIDToken):
    """Unused as long as Rosette is no OpenID provider; the library wants the table."""


class DeviceGrant(AbstractDeviceGrant):
    """Unused as long as no device grant is offered; the library wants the table."""


class AccessToken(AbstractAccessToken):
    """
    A bearer token; ``entity_id`` names it without giving it away.

    One with a ``name`` is a key: somebody made it by hand for a program. It is not renewed by
    use; ``last_used_at`` says when that was, to an hour.
    """

    entity_id = models.CharField(max_length=22, unique=True, default=new_entity_id)
    name = models.CharField(max_length=80, blank=True, default="", db_default="")
    last_used_at = models.DateTimeField(null=True, blank=True)


class RefreshToken(AbstractRefreshToken):
    """A token that is exchanged, once, for a new access token."""


class LegacyToken(models.Model):
    """
    The one token without end that a person may have for old clients (``Token <hex>``).

    The token can be shown again, because it is made of ``seed`` and the server's secret key. A
    row that came from another server has no seed, only a checksum.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="legacy_token")
    seed = models.CharField(max_length=32, blank=True)
    token_checksum = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now=True)


class Access(NamedTuple):
    """What a presented token stands for."""

    token_id: int
    scope: str
    expires_at: datetime
    application_id: int | None
    client_id: str
    user_id: int
    user_entity_id: str
    is_superuser: bool
    is_key: bool
    last_used_at: datetime | None
    is_verified: bool


_ACCESS = """
    SELECT t.id, t.scope, t.expires, t.application_id, COALESCE(a.client_id, ''), u.id,
        u.entity_id, u.is_superuser, t.name <> '', t.last_used_at,
        u.is_superuser
        OR EXISTS (SELECT 1 FROM account_emailaddress e WHERE e.user_id = u.id AND e.verified)
        OR EXISTS (SELECT 1 FROM rosette_identifier i
                   WHERE i.user_id = u.id AND i.verified_at IS NOT NULL)
    FROM rosette_accesstoken t
    LEFT JOIN rosette_application a ON a.id = t.application_id
    JOIN rosette_user u ON u.id = COALESCE(t.user_id, a.user_id)
    WHERE t.token_checksum = %s AND u.is_active
"""


def checksum(token: str) -> str:
    """What is stored of a token: SHA-256 in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def access(token: str) -> Access | None:
    """
    What ``token`` stands for, expired or not; None if it is unknown or its person is inactive.

    A token of a client's own (client credentials) acts as the person who owns the client.
    """
    found = row(_ACCESS, [checksum(token)])
    if found is None:
        return None
    return Access._make([*found[:8], bool(found[8]), found[9], bool(found[10])])


class KeptAnswer(models.Model):
    """
    The answer to a request with an ``Idempotency-Key``, kept for its repetition.

    ``owner``: the name of the person who sent it, or a hash of the address of somebody unknown.
    ``request_hash`` is SHA-256 over method, path with query, and body.
    """

    owner = models.CharField(max_length=ENTITY_ID_MAX_LENGTH)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="keptanswer_once")]
