"""
The floor: what the same work costs without any framework.

A bare WSGI app, served by the same web server with as many workers and threads as Rosette. It
looks at the same rows by the same indexes with the bare driver, adds the same rows, and answers
the same bytes at the same addresses; nothing is checked that it can do without. What it does not
do: refuse anything.
"""

import os
from pathlib import Path

from benchmarks.floor.app import Floor


def application() -> Floor:
    """The app for the database that ``FLOOR_DATABASE`` names."""
    return Floor(
        os.environ["FLOOR_DATABASE"], os.environ["FLOOR_ORIGIN"], Path(os.environ["FLOOR_MEDIA"])
    )
