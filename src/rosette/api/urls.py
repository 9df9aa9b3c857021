"""Which API answers which path."""

from django.urls import include, path

urlpatterns = [
    path("v2/", include("rosette.api.v2.urls")),
]
