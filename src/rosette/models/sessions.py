"""Who is signed in where: the sessions of the pages, each with its person and its device."""

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.module_loading import import_string

from rosette.models.accounts import User

AGENT_MAX_LENGTH = 300


class Session(AbstractBaseSession):
    """
    One browser that has been here.

    ``user`` is whoever is signed in, nobody for a stranger. ``agent`` is what the browser calls
    itself, and ``seen_at`` when it was last used, to a quarter of an hour. Where somebody was is
    not kept. ``number`` names the session without giving it away.
    """

    number = models.CharField(max_length=22, default="", db_index=True)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    agent = models.CharField(max_length=AGENT_MAX_LENGTH, blank=True, default="")
    signed_in_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(default=timezone.now)

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """The store that keeps these rows; Django asks."""
        store: type[SessionBase] = import_string("rosette.sessions.SessionStore")
        return store
