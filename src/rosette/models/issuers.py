"""Issuers and the people who work for them."""

import secrets
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models

from rosette.models.accounts import User
from rosette.models.base import Published, row, unjson


def new_status_key() -> str:
    """32 hex digits that nobody can guess."""
    return secrets.token_hex(16)


class Issuer(Published):
    """
    Somebody who awards badges.

    ``image`` is a name in the store of images, or empty. ``deleted_at``: the issuer is gone for
    its people, but its revoked awards still say so to the world. ``status_key`` deals out
    the places in the issuer's status lists; it never changes, for a new one would move them all.
    ``has_webhooks``: one or more are enabled, so that whoever changes an award need not ask.
    ``proven_domain`` is the domain that it has shown to be its own since ``proven_at``, or empty;
    ``proof_lost_at``: the proof is not there any more (``models/domains.py``).
    ``in_catalogue``: its badge classes are shown to everybody who searches; ``language`` is the
    one that they are written in (BCP 47), or empty. ``endorsements``: names of the endorsements
    that it shows, or null. ``sandbox``: it is there for trying things out, and what it awards says
    nothing about anybody; so it is from its making or never (``operations/sandbox.py``).
    ``linkedin_id``: the number of its page at LinkedIn, or empty.
    """

    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=1024)
    url = models.CharField(max_length=1024)
    email = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    image = models.CharField(max_length=100, blank=True)
    extensions = models.JSONField(default=dict)
    deleted_at = models.DateTimeField(null=True, blank=True)

    status_key = models.CharField(max_length=32, default=new_status_key, editable=False)
    sandbox = models.BooleanField(default=False, db_default=False, editable=False)
    has_webhooks = models.BooleanField(default=False, db_default=False)
    in_catalogue = models.BooleanField(default=False, db_default=False)
    language = models.CharField(max_length=16, blank=True, default="", db_default="")
    endorsements = models.JSONField(null=True, blank=True, editable=False)
    linkedin_id = models.CharField(max_length=20, blank=True, default="", db_default="")

    proven_domain = models.CharField(max_length=255, blank=True, default="", db_default="")
    proven_at = models.DateTimeField(null=True, blank=True)
    proof_lost_at = models.DateTimeField(null=True, blank=True)

    staff = models.ManyToManyField(User, through="IssuerStaff", related_name="issuers")

    class Meta(Published.Meta):
        indexes = [models.Index(fields=["updated_at", "id"], name="issuer_changed")]


class Role(models.TextChoices):
    """What somebody may do for an issuer; each role may all that the one below it may."""

    OWNER = "owner"
    EDITOR = "editor"
    STAFF = "staff"
    VIEWER = "viewer"


class IssuerStaff(models.Model):
    """One person's role at one issuer."""

    issuer = models.ForeignKey(Issuer, on_delete=models.CASCADE, related_name="staff_rows")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="staff_rows")
    role = models.CharField(max_length=16, choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "user"], name="issuerstaff_once")]


def role_of(user_id: int, issuer_id: int) -> str | None:
    """The person's role at the issuer, both by row number."""
    found = row(
        "SELECT role FROM rosette_issuerstaff WHERE issuer_id = %s AND user_id = %s",
        [issuer_id, user_id],
    )
    return found[0] if found else None


class PublishedIssuer(NamedTuple):
    """What the world may see of an issuer."""

    entity_id: str
    updated_at: datetime
    name: str
    url: str
    email: str
    description: str
    image: str
    source_url: str | None
    extensions: dict[str, Any]
    endorsements: list[str] | None
    proven_domain: str = ""
    proven_at: datetime | None = None
    proof_lost_at: datetime | None = None
    sandbox: bool = False
    linkedin_id: str = ""

    @property
    def domain_proof(self) -> tuple[object, ...]:
        """What pages show of its domain, and documents do not."""
        return self.proven_domain, self.proven_at, self.proof_lost_at

    @classmethod
    def of(cls, columns: tuple[Any, ...]) -> "PublishedIssuer":
        """Made of what ``PUBLISHED_ISSUER`` selects."""
        extensions, endorsements = columns[8:10]
        read = (unjson(extensions), endorsements and unjson(endorsements))
        return cls._make([*columns[:8], *read, *columns[10:]])


PUBLISHED_ISSUER = ", ".join(f"i.{name}" for name in PublishedIssuer._fields)


def published_changes(entity_id: str) -> tuple[datetime, ...] | None:
    """When the issuer of this name was last changed."""
    return row("SELECT updated_at FROM rosette_issuer WHERE entity_id = %s", [entity_id])


def published_issuer(entity_id: str) -> PublishedIssuer | None:
    """The issuer of this name. One that its people deleted stays published."""
    found = row(
        f"SELECT {PUBLISHED_ISSUER} FROM rosette_issuer i WHERE i.entity_id = %s", [entity_id]
    )
    return PublishedIssuer.of(found) if found else None
