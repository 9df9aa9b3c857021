"""Offers to wallets as V2 objects."""

from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from rosette.api import examples
from rosette.api.v2.responses.common import AssertionId, Timestamp
from rosette.models import Offer
from rosette.operations import offers
from rosette.operations.offers import NewOffer

_ADDRESS: Final = f"{examples.ORIGIN}/openid/offers/{examples.OFFER_REFERENCE}"
LATER: Final = {"link": None, "offerUrl": None, "txCode": None}
"""What is shown once only."""


class OfferObject(TypedDict):
    """An offer of an award to a wallet."""

    entityType: Annotated[str, Field(examples=["Offer"])]
    entityId: Annotated[str, Field(examples=[examples.OFFER])]
    assertion: AssertionId
    state: Annotated[str, Field(description="offered, taken or expired", examples=["offered"])]
    link: Annotated[
        str | None,
        Field(
            description="Opens a wallet; also as a QR code. Whoever has it, and the code, has the "
            "award. Shown once.",
            examples=[
                "openid-credential-offer://?credential_offer_uri="
                f"https%3A%2F%2F{examples.HOST}%2Fopenid%2Foffers%2F{examples.OFFER_REFERENCE}"
            ],
        ),
    ]
    offerUrl: Annotated[
        str | None,
        Field(
            description="The address in it, for wallets that are given one. Shown once.",
            examples=[_ADDRESS],
        ),
    ]
    txCode: Annotated[
        str | None,
        Field(
            description="What to type when the wallet asks; null if it will not. Shown once.",
            examples=["493536"],
        ),
    ]
    createdAt: Timestamp
    expiresAt: Timestamp
    takenAt: Timestamp | None
    event: Annotated[
        str | None,
        Field(
            description="What the wallet said last: credential_accepted, credential_failure or "
            "credential_deleted; null as long as it has said nothing.",
            examples=["credential_accepted"],
        ),
    ]


def offer(row: Offer, assertion_id: str, new: NewOffer | None = None) -> OfferObject:
    """The offer; with its secrets if it is new."""
    return {
        "entityType": "Offer",
        "entityId": row.entity_id,
        "assertion": assertion_id,
        "state": offers.state(row),
        "link": new and new.link,
        "offerUrl": new and new.address,
        "txCode": new and new.tx_code,
        "createdAt": row.created_at,
        "expiresAt": row.expires_at,
        "takenAt": row.taken_at,
        "event": row.event or None,
    }
