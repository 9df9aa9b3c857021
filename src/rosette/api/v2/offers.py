"""/v2/backpack/assertions/:id/offers"""

from collections.abc import Sequence

from django.http import HttpRequest

from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.shapes import read
from rosette.api.v2.backpack import READ, WRITE
from rosette.api.v2.envelope import endpoint
from rosette.api.v2.requests.backpack import OfferEntry
from rosette.api.v2.responses import offers as responses
from rosette.api.v2.responses.offers import OfferObject
from rosette.operations import offers


# 200 and not 201: an answer to something created may be kept for repetition, and this one holds
# secrets. Whoever has lost it makes another offer.
@endpoint(
    scopes=WRITE,
    verified=True,
    body=OfferEntry,
    result=OfferObject,
    refusals=(400,),
    example={"txCode": True},
    answer={"txCode": "493536", "takenAt": None, "event": None},
)
def make(request: HttpRequest, by: Caller, assertion_id: str) -> Sequence[OfferObject]:
    """
    Offer one of your awards to a wallet (OpenID4VCI 1.0).

    Show `link` as a QR code, or open it where the wallet is; type `txCode` when the wallet asks for
    it. The wallet then has ten minutes, once, to take the award as a credential of Open Badges 3.0
    that is bound to its own key. An earlier offer of the award that still waits is over.
    """
    wish = read(OfferEntry, body(request))
    made = offers.make(assertion_id, by=by.actor, with_tx_code=wish.tx_code)
    return [responses.offer(made.row, assertion_id, made)]


@endpoint(scopes=READ, verified=True, result=OfferObject, answer=responses.LATER)
def show(
    request: HttpRequest, by: Caller, assertion_id: str, offer_id: str
) -> Sequence[OfferObject]:
    """
    What has become of an offer.

    Its secrets are not shown again. After a day it is forgotten.
    """
    return [responses.offer(offers.find(assertion_id, offer_id, by=by.actor), assertion_id)]
