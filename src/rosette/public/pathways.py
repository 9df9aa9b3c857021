"""``/public/pathways/:id``: a way of several badges, as a page and as JSON."""

from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from rosette import pages
from rosette.models import BadgeClass, Pathway
from rosette.operations import pathways
from rosette.operations.pathways import Step
from rosette.public.negotiation import answer, public, wanted


@public(has_page=True)
def pathway(request: HttpRequest, entity_id: str, suffix: str | None = None) -> HttpResponse:
    """``GET /public/pathways/:id``: published ones only; no class of the standard."""
    found = pathways.published(entity_id)
    steps = pathways.steps_of([found])[found.pk]
    badges = [badge for step in steps for badge in step.badges]
    if found.completion:
        badges.append(found.completion)
    context = {"pathway": found, "steps": steps}
    return answer(
        request,
        wanted(request, suffix),
        changes=[found.updated_at],
        depends_on=[
            found.issuer.updated_at,
            *((each.entity_id, each.updated_at) for each in badges),
        ],
        document=lambda: orjson.dumps(_document(found, steps)),
        page=lambda: pages.page(request, "public/pathway.html", context),
    )


def _document(found: Pathway, steps: tuple[Step, ...]) -> dict[str, Any]:
    origin = f"{settings.ROSETTE.origin}/public"
    return {
        "id": f"{origin}/pathways/{found.entity_id}",
        "name": found.name,
        "description": found.description,
        "issuer": f"{origin}/issuers/{found.issuer.entity_id}",
        "completion": _address(found.completion) if found.completion else None,
        "steps": [
            {
                "name": step.name,
                "needed": step.needed,
                "optional": step.is_optional,
                "badges": [_address(badge) for badge in step.badges],
            }
            for step in steps
        ],
    }


def _address(badge: BadgeClass) -> str:
    return f"{settings.ROSETTE.origin}/public/badges/{badge.entity_id}"
