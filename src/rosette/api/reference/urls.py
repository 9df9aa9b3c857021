"""Every path of the reference."""

from django.urls import re_path
from django.views.generic import RedirectView

from rosette.api.reference import views

urlpatterns = [
    re_path(r"^docs/v2/$", views.page),
    re_path(r"^docs/v2/openapi\.json$", views.openapi),
    re_path(r"^docs/v2/postman\.json$", views.postman),
    re_path(r"^docs(/|/v2)?$", RedirectView.as_view(url="/docs/v2/")),
]
