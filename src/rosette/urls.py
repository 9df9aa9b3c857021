"""Which wing answers which path."""

from django.urls import include, path

from rosette.public import urls as public

urlpatterns = [
    path("public/", include(public.documents)),
    path("", include("rosette.api.urls")),
    path("", include("rosette.web.urls")),
    path("", include(public)),
]

handler400 = "rosette.api.urls.unreadable"
handler500 = "rosette.api.urls.crashed"
