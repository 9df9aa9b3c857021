"""/v2/issuers/:id/audit: who changed what"""

from django.conf import settings
from django.http import HttpRequest

from rosette.api.auth import Caller
from rosette.api.v2 import paging
from rosette.api.v2.envelope import Answer, endpoint
from rosette.api.v2.issuers import READ
from rosette.api.v2.requests.queries import AuditQuery
from rosette.api.v2.responses.audit import ChangeObject, changes
from rosette.errors import InvalidInput
from rosette.operations import history, issuers
from rosette.operations.history import Wanted
from rosette.operations.policies import Reach

_SIZE = 100


@endpoint(scopes=READ, verified=True, query=AuditQuery, result=ChangeObject, refusals=(400,))
def index(request: HttpRequest, by: Caller, issuer_id: str) -> Answer:
    """
    What was changed at an issuer, and by whom, the latest first.

    For its owners, whose token has to lend them that. A `Link` header leads to the next page.
    """
    issuer = issuers.find(issuer_id, by=by.actor, reach=Reach.OWNER)
    size = paging.page_size(request, default=_SIZE) or _SIZE
    found = history.of_issuer(issuer, _wanted(request), by=by.actor, limit=size + 1)
    page, headers = found[:size], {}
    if len(found) > size:
        query = request.GET.copy()
        query["below"] = str(page[-1].number)
        address = f"{settings.ROSETTE.origin}{request.path}?{query.urlencode()}"
        headers["Link"] = f'<{address}>; rel="next"'
    return Answer(changes(page), headers=headers)


def _wanted(request: HttpRequest) -> Wanted:
    said = request.GET
    return Wanted(
        action=said.get("action", ""),
        actor=said.get("changed_by", ""),
        kind=said.get("subject_type", ""),
        name=said.get("subject_id", ""),
        since=paging.moment(request, "since"),
        until=paging.moment(request, "until"),
        below=_number(said.get("below", "")),
    )


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidInput({"below": ["must be a number"]})
    return int(text)
