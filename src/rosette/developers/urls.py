"""Every path for developers."""

from django.urls import re_path

from rosette.developers import console, home

urlpatterns = [
    re_path(r"^developers/?$", home.show),
    re_path(r"^developers/console/?$", console.show),
]
