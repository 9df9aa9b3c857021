"""/v2/assertions/:id/suspend and /reinstate"""

from collections.abc import Sequence

from django.http import HttpRequest

from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.v2.envelope import endpoint
from rosette.api.v2.issuers import WRITE
from rosette.api.v2.requests.assertions import SuspensionReason, suspension
from rosette.api.v2.responses.assertions import AssertionObject, assertion
from rosette.operations import assertions, suspensions
from rosette.operations.policies import Reach


@endpoint(
    scopes=WRITE,
    verified=True,
    body=SuspensionReason,
    result=AssertionObject,
    example={"reason": "The licence is under review"},
    answer={
        "suspended": True,
        "suspensionReason": "The licence is under review",
        "image": None,
    },
)
def suspend(request: HttpRequest, by: Caller, assertion_id: str) -> Sequence[AssertionObject]:
    """
    Suspend an award until it is reinstated.

    For the issuer's editors, if its badge class is `suspendable`. Without any body, a general
    reason is given. Meanwhile Open Badges 2.0 says that it is revoked, for it knows nothing less.
    """
    found = assertions.find(assertion_id, by=by.actor, reach=Reach.EDITOR)
    reason = suspension(body(request))
    return [assertion(suspensions.suspend(found, reason=reason, by=by.actor))]


@endpoint(scopes=WRITE, verified=True, result=AssertionObject, refusals=(400,))
def reinstate(request: HttpRequest, by: Caller, assertion_id: str) -> Sequence[AssertionObject]:
    """
    Reinstate a suspended award.

    For the issuer's editors.
    """
    found = assertions.find(assertion_id, by=by.actor, reach=Reach.EDITOR)
    return [assertion(suspensions.reinstate(found, by=by.actor))]
