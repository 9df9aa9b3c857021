"""
Django's PostgreSQL backend, less what every request would pay for in vain.

Django asks a kept connection ``SELECT 1`` at the beginning of each request, and reads times in
Python. Here the socket tells whether the server has hung up, and times are read by the driver.
"""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg.types.datetime import TimestamptzLoader


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of one thread."""

    connection: "Connection[Any] | None"

    def get_new_connection(self, conn_params: dict[str, Any]) -> "Connection[Any]":
        """A new connection, whose times bear the zone of the session, which is UTC."""
        made: Connection[Any] = super().get_new_connection(conn_params)
        made.adapters.register_loader("timestamptz", TimestamptzLoader)
        return made

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor; with a name, one that stays with the server while its rows are read."""
        assert self.connection is not None
        if name is None:
            return self.connection.cursor()
        return self.connection.cursor(name, scrollable=False, withhold=self.connection.autocommit)

    def is_usable(self) -> bool:
        """
        Whether the connection still stands.

        A server that hangs up, restarts or ends a session says so on the socket, and says nothing
        unasked otherwise; so an idle connection with nothing to read is asked no more. After an
        error, and if there is something to read, it is asked.
        """
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        if self.errors_occurred or waiting.poll(0):
            return bool(super().is_usable())
        return True
