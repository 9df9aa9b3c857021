"""Every path of Badge Connect, in the order of the reference."""

from django.urls import re_path

from rosette.api.connect import backpack, manifest
from rosette.api.connect.envelope import unknown_route, verbs
from rosette.api.endpoints import route

urlpatterns = [
    route(".well-known/badgeconnect.json", verbs(GET=manifest.well_known)),
    route("bcv1/manifest/<domain>", verbs(GET=manifest.manifest)),
    route("bcv1/assertions", verbs(GET=backpack.index, POST=backpack.push)),
    route("bcv1/profile", verbs(GET=backpack.profile)),
    re_path(r"^bcv1/", unknown_route),
]
