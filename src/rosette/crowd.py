"""
How many requests a process has in work, and who comes next.

As many are in work as the process has places; each place has its connection to the database. A
few more wait, and whoever comes after these is sent away at once: an answer that comes too late
helps nobody. The next place goes to the client who has the fewest, so that nobody who asks a
thousand times keeps others from asking once; and no client takes more than half of the room for
those who wait.
"""

import threading
from collections import Counter, deque
from collections.abc import Hashable
from typing import Final

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper


class Full(Exception):
    """There is no place; ``is_own``: because this client asks for too much at a time."""

    def __init__(self, *, is_own: bool) -> None:
        super().__init__()
        self.is_own = is_own


class _Place:
    """A place in work, with the connection that goes with it once it was taken."""

    __slots__ = ("client", "door")

    def __init__(self) -> None:
        self.client: Hashable = None
        self.door: BaseDatabaseWrapper | None = None


class _Waiting:
    __slots__ = ("bell", "client", "place")

    def __init__(self, client: Hashable) -> None:
        self.client = client
        self.place: _Place | None = None
        self.bell = threading.Lock()
        self.bell.acquire()


class Crowd:
    """
    The places of one process: ``places`` in work, ``room`` waiting, none longer than ``seconds``.

        place = crowd.enter(client)
        try: …
        finally: crowd.leave(place)
    """

    def __init__(self, places: int, room: int, seconds: float) -> None:
        self._free = [_Place() for _ in range(places)]
        self._room: Final = room
        self._most_of_one: Final = max(1, room // 2)
        self._seconds: Final = seconds
        self._waiting: deque[_Waiting] = deque()
        self._at_work: Counter[Hashable] = Counter()
        self._lock = threading.Lock()

    def enter(self, client: Hashable) -> _Place:
        """Take a place, at once or after a while. Raises Full."""
        with self._lock:
            if self._free and not self._waiting:
                place = self._free.pop()
                self._seat(place, client)
                waiting = None
            else:
                waiting = self._line_up(client)
        if waiting is not None:
            place = self._called(waiting)
        _lead_to(place)
        return place

    def leave(self, place: _Place) -> None:
        """Give the place to whoever is next."""
        with self._lock:
            client = place.client
            self._at_work[client] -= 1
            if not self._at_work[client]:
                del self._at_work[client]
            following = self._next()
            if following is None:
                self._free.append(place)
                return
            self._seat(place, following.client)
            following.place = place
            following.bell.release()

    def _seat(self, place: _Place, client: Hashable) -> None:
        place.client = client
        self._at_work[client] += 1

    def _line_up(self, client: Hashable) -> _Waiting:
        if len(self._waiting) >= self._room:
            raise Full(is_own=False)
        if sum(other.client == client for other in self._waiting) >= self._most_of_one:
            raise Full(is_own=True)
        waiting = _Waiting(client)
        self._waiting.append(waiting)
        return waiting

    def _called(self, waiting: _Waiting) -> _Place:
        if not waiting.bell.acquire(timeout=self._seconds):
            with self._lock:
                if waiting.place is None:
                    self._waiting.remove(waiting)
                    raise Full(is_own=False)
        assert waiting.place is not None
        return waiting.place

    def _next(self) -> _Waiting | None:
        """Of those with the fewest places, who came first."""
        if not self._waiting:
            return None
        following = min(self._waiting, key=lambda waiting: self._at_work[waiting.client])
        self._waiting.remove(following)
        return following


def _lead_to(place: _Place) -> None:
    """From now on, this thread's connection is the place's: there are no more than places."""
    if place.door is None:
        place.door = connections.create_connection(DEFAULT_DB_ALIAS)
        place.door.inc_thread_sharing()
    connections[DEFAULT_DB_ALIAS] = place.door
