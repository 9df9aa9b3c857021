"""``/issuers/:id/domain``: how an issuer proves that its website's domain is its own."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from rosette.errors import InvalidInput
from rosette.operations import domains, verification
from rosette.operations.policies import Reach
from rosette.web.desk import Desk, at_issuer
from rosette.web.forms import texts_of
from rosette.web.visits import page, say, see


@at_issuer(Reach.READ)
def domain(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET``: what is to be published, and how the proof goes; ``POST`` looks for it now."""
    if request.method == "POST":
        if not desk.can_edit:
            return page(request, "refused/not_permitted", {"section": "issuers"}, 403)
        try:
            with verification.outward():
                domains.check(desk.issuer, request.POST.get("way", ""), by=desk.by)
        except InvalidInput as refusal:
            desk.issuer.refresh_from_db()
            return _shown(request, desk, " ".join(texts_of(refusal)), 400)
        say(request, _("The domain is proven. Your badges say so from now on."))
        return see(request.path)
    return _shown(request, desk)


def _shown(request: HttpRequest, desk: Desk, problem: str = "", status: int = 200) -> HttpResponse:
    standing = domains.standing(desk.issuer)
    found = _(standing.proof.problem) if standing.proof and standing.proof.problem else ""
    context = {"tab": "settings", "standing": standing, "problem": problem, "found": found}
    return desk.page(request, "issuers/domain", context, status)
