"""The worker: `rosette work`, which outlives the faults of what it needs."""

import logging
import threading
import time
from typing import Final

import click

from rosette.cli.house import be_present, measure, open_house

_SHOWN_EVERY_SECONDS: Final = 1
_LOOKED_EVERY_SECONDS: Final = 5
log = logging.getLogger(__name__)


@click.command()
@click.option("--once", is_flag=True, help="Do what is waiting now, then stop.")
def work(once: bool) -> None:
    """Do background work: send mail, tidy up."""
    settings = open_house()
    measure(settings, "work")
    from django.core.management import call_command
    from django.db import InterfaceError, OperationalError, connection
    from django.utils.crypto import get_random_string

    from rosette import tracing, watching
    from rosette.tasks import ensure_housekeeping, ensure_sealing, take_up

    name = get_random_string(32)
    with be_present(settings, "work"):
        attendant = _Attendant(name)
        attendant.start()
        watching.start()
        try:
            while True:
                try:
                    take_up(name)
                    ensure_housekeeping()
                    ensure_sealing()
                    call_command(
                        "db_worker",
                        worker_id=name,
                        batch=once,
                        interval=0.5,
                        reload=False,
                        verbosity=0,
                    )
                    return
                except (OperationalError, InterfaceError) as error:
                    if once:
                        raise
                    log.warning("the database is away: %s", " ".join(str(error).split()))
                    connection.close()
                    time.sleep(1)
        finally:
            attendant.end()
            tracing.flush()


class _Attendant(threading.Thread):
    """
    Shows that the worker lives, whatever it is busy with, and takes up what dead workers, and
    faults of the database, have left behind.
    """

    def __init__(self, worker: str) -> None:
        super().__init__(daemon=True, name="attendant")
        self._worker = worker
        self._is_over = threading.Event()
        self._is_shown = threading.Event()

    def start(self) -> None:
        """Begin; the worker takes no work before it is seen."""
        super().start()
        self._is_shown.wait(10)

    def end(self) -> None:
        """Show it no more."""
        self._is_over.set()
        self.join(10)

    def run(self) -> None:
        """Until the end."""
        from django.db import Error, connection

        from rosette.presence import Presence
        from rosette.tasks import Missed

        presence, missed = Presence(self._worker), Missed(self._worker)
        look_at = 0.0
        while not self._is_over.is_set():
            try:
                presence.show()
                self._is_shown.set()
                if time.monotonic() >= look_at:
                    missed.look()
                    look_at = time.monotonic() + _LOOKED_EVERY_SECONDS
            except (Error, OSError) as error:
                log.warning("cannot show that this worker lives: %s", type(error).__name__)
                connection.close()
            self._is_over.wait(_SHOWN_EVERY_SECONDS)
        presence.end()
