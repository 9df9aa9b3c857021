"""Which wing answers which path."""

from django.urls import include, path

urlpatterns = [
    path("", include("rosette.api.urls")),
    path("", include("rosette.public.urls")),
]
