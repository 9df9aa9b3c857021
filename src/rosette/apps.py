"""Rosette as a Django app."""

from django.apps import AppConfig


class RosetteConfig(AppConfig):
    """The one app of the house; its rows are in ``rosette.models``."""

    name = "rosette"
    label = "rosette"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Once all is loaded."""
        from rosette import watching  # noqa: PLC0415 -- it wants the apps ready

        watching.watch_jobs()
