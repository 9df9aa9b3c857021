"""Which API answers which path."""

from django.urls import include, path

urlpatterns = [
    path("v1/", include("rosette.api.v1.urls")),
    path("v2/", include("rosette.api.v2.urls")),
    path("", include("rosette.api.oauth.urls")),
    path("", include("rosette.api.connect.urls")),
    path("", include("rosette.api.reference.urls")),
]
