"""
Asking for work that happens later.

The job is a row of the present transaction: it exists exactly if the change does. It is named
and not imported, because what it does stands floors above.
"""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.module_loading import import_string


def enqueue(task: str, *, after: timedelta | None = None, **arguments: Any) -> None:
    """
    Ask for ``rosette.tasks.<task>`` with these arguments (JSON values), at once or ``after`` a
    while.
    """
    wanted = import_string(f"rosette.tasks.{task}")
    if after is not None:
        wanted = wanted.using(run_after=timezone.now() + after)
    wanted.enqueue(**arguments)
