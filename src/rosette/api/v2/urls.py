"""Every V2 path, in the order of the reference. Fixed words stand before names."""

from django.urls import re_path

from rosette.api.endpoints import route
from rosette.api.v2.envelope import unknown_route, verbs

urlpatterns = [
    re_path(r"", unknown_route),
]
