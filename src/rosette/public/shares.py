"""Links that Badgr handed out in its early days, and where they lead now."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse

from rosette.errors import NotFound
from rosette.models import Collection
from rosette.public.negotiation import public


@public()
def shared_collection(request: HttpRequest, name: str) -> HttpResponse:
    """``GET /share/collection/:name[/embed]``: 301 to the collection, by its hash or its id."""
    published = Collection.objects.exclude(share_hash="")
    found = published.filter(Q(share_hash=name) | Q(entity_id=name)).first()
    if found is None:
        raise NotFound
    return _to(found.share_hash)


@public()
def earners_collection(request: HttpRequest, number: str, share_hash: str) -> HttpResponse:
    """``GET /earner/collections/:number/:hash[/embed]``: 301 to the collection of that hash."""
    if not Collection.objects.filter(share_hash=share_hash).exists():
        raise NotFound
    return _to(share_hash)


def _to(share_hash: str) -> HttpResponse:
    return HttpResponsePermanentRedirect(reverse("public-collection", args=[share_hash]))
