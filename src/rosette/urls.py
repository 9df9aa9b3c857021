"""Which wing answers which path."""

from django.urls import include, path

urlpatterns = [
    path("", include("rosette.api.urls")),
    path("", include("rosette.public.urls")),
]

handler400 = "rosette.api.v2.envelope.unreadable"
handler500 = "rosette.api.v2.envelope.crashed"
