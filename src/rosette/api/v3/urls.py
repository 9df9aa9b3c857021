"""Every path of the Open Badges 3.0 API, in the order of the reference."""

from django.urls import re_path

from rosette.api.endpoints import route
from rosette.api.v3 import credentials, discovery, profile
from rosette.api.v3.envelope import unknown_route, verbs

urlpatterns = [
    route("ims/ob/v3p0/discovery", verbs(GET=discovery.discovery)),
    route("ims/ob/v3p0/credentials", verbs(GET=credentials.index, POST=credentials.upsert)),
    # The standard says PUT, its guide to certification POST.
    route("ims/ob/v3p0/profile", verbs(GET=profile.show, PUT=profile.change, POST=profile.change)),
    re_path(r"^ims/", unknown_route),
]
