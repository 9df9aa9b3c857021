"""The door for web servers."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rosette.settings")
application = get_wsgi_application()
# The whole house is read before the door opens, and not while the first visitor waits.
get_resolver().url_patterns  # noqa: B018
