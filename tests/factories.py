"""
One maker per row, no surprises: what is not given is the same each time.

Ada owns the issuer, Bob earns, Carol is a stranger.
"""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from oauth2_provider.models import set_token_value

from rosette.models import (
    AccessToken,
    Assertion,
    BadgeClass,
    EmailAddress,
    Issuer,
    IssuerStaff,
    Offer,
    User,
)
from rosette.models.applications import checksum
from rosette.models.base import new_entity_id
from rosette.openbadges.verification import verify
from rosette.openbadges.verification.loading import nothing
from rosette.operations import offers, receipts, verdicts
from rosette.operations.applications import ensure_public_client

ALL_SCOPES = "rw:profile rw:issuer rw:backpack"


def user(email: str = "ada@example.org", *, verified: bool = True, **fields: Any) -> User:
    """A person with one primary address; no password, so that nothing slow happens."""
    fields = {"first_name": email.split("@")[0].title(), "last_name": "Vale"} | fields
    person = User.objects.create_user(**fields)
    EmailAddress.objects.create(user=person, email=email, verified=verified, primary=True)
    return person


def token(person: User, scope: str = ALL_SCOPES, *, lifetime: timedelta = timedelta(days=1)) -> str:
    """A bearer token of the person, by the client ``public``."""
    text = new_entity_id() + "t"
    row = AccessToken(
        user=person,
        scope=scope,
        expires=timezone.now() + lifetime,
        application=ensure_public_client(),
    )
    set_token_value(row, text)
    row.save()
    return text


def bearer(person: User, scope: str = ALL_SCOPES) -> dict[str, str]:
    """The headers of a request by this person, for Django's test client (``headers=``)."""
    return {"Authorization": f"Bearer {token(person, scope)}"}


def issuer(owner: User | None = None, **fields: Any) -> Issuer:
    """An issuer; its owner is Ada unless somebody else is given."""
    owner = owner or _ada()
    now = timezone.now()
    row = Issuer.objects.create(
        **{
            "name": "Harbor Learning",
            "url": "https://harbor.example.org",
            "email": "ada@example.org",
            "description": "Night school for sailors",
            "created_by": owner,
            "created_at": now,
            "updated_at": now,
        }
        | fields
    )
    IssuerStaff.objects.create(issuer=row, user=owner, role="owner")
    return row


def badgeclass(of: Issuer | None = None, **fields: Any) -> BadgeClass:
    """A badge class, of a new issuer unless one is given."""
    of = of or issuer()
    now = timezone.now()
    return BadgeClass.objects.create(
        **{
            "issuer": of,
            "name": "Knot Tying",
            "description": "Ties knots",
            "criteria_narrative": "Tie **ten** knots",
            "created_by": of.created_by,
            "created_at": now,
            "updated_at": now,
        }
        | fields
    )


def assertion(
    of: BadgeClass | None = None, to: str = "bob@example.org", **fields: Any
) -> Assertion:
    """An award to Bob, hashed."""
    of = of or badgeclass()
    now: datetime = timezone.now()
    return Assertion.objects.create(
        **{
            "badgeclass": of,
            "issuer": of.issuer,
            "created_by": of.created_by,
            "recipient_kind": "email",
            "recipient_identity": to,
            "recipient_hashed": True,
            "salt": "635c2c28c9ea417198d30e34a45d8408",
            "issued_on": now,
            "created_at": now,
            "updated_at": now,
        }
        | fields
    )


def offer(of: Assertion, by: User, reference: str, **fields: Any) -> Offer:
    """An offer of the award to a wallet, at the address with this reference; good for a day."""
    now = timezone.now()
    return Offer.objects.create(
        **{
            "assertion": of,
            "user": by,
            "code_checksum": checksum(offers._code(reference)),
            "created_at": now,
            "expires_at": now + timedelta(days=1),
        }
        | fields
    )


def receipt_offer(content: bytes = b"no badge") -> str:
    """What a receipt of the verification of this file would be made of."""
    at = timezone.now()
    verdict = verify(content, load=nothing, at=at)
    given = receipts.handed("badge.png", content)
    return receipts.offered(given, verdict, verdicts.told(verdict), at=at)


def _ada() -> User:
    known = EmailAddress.objects.filter(email="ada@example.org").select_related("user").first()
    return known.user if known else user("ada@example.org")
