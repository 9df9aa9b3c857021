"""Who comes next where there are more requests than places."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connections

from rosette.crowd import Crowd, Full


def until(holds: Callable[[], bool]) -> None:
    patience = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < patience
        time.sleep(0.001)


_PEOPLE = ("ada", "bob", "carol", "dan")


class Visitors:
    """Threads that enter a crowd, one after the other, and stay until they are told to leave."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.came: list[str] = []
        self.doors: list[int] = []
        self._leave = {name: threading.Semaphore(0) for name in ("greedy", *"abcdef", *_PEOPLE)}
        self._threads: list[threading.Thread] = []

    def send(self, *clients: str) -> None:
        for client in clients:
            waiting = len(self.crowd._waiting)
            came = len(self.came)
            thread = threading.Thread(target=self._visit, args=(client,))
            thread.start()
            self._threads.append(thread)
            until(lambda w=waiting, c=came: (len(self.crowd._waiting), len(self.came)) != (w, c))

    def let_leave(self, *clients: str) -> None:
        for client in clients:
            came = len(self.came)
            waiting = bool(self.crowd._waiting)
            self._leave[client].release()
            if waiting:
                until(lambda c=came: len(self.came) == c + 1)

    def end(self) -> None:
        for leave in self._leave.values():
            leave.release(len(self._threads))
        for thread in self._threads:
            thread.join()

    def _visit(self, client: str) -> None:
        place = self.crowd.enter(client)
        self.came.append(client)
        self.doors.append(id(connections["default"]))
        self._leave[client].acquire()
        self.crowd.leave(place)


def test_the_next_place_goes_to_who_has_the_fewest_and_then_to_who_came_first():
    visitors = Visitors(Crowd(2, 8, 30))
    visitors.send("greedy", "greedy", "greedy", "greedy", "greedy", "bob", "carol")

    visitors.let_leave("greedy", "bob", "carol")

    assert visitors.came == ["greedy", "greedy", "bob", "carol", "greedy"]
    visitors.end()


def test_there_are_no_more_connections_than_places():
    visitors = Visitors(Crowd(2, 8, 30))
    visitors.send("a", "b", "c", "d", "e", "f")
    visitors.let_leave("a", "b", "c", "d")
    visitors.end()

    assert len(visitors.doors) == 6
    assert len(set(visitors.doors)) == 2


def test_who_finds_the_room_full_is_sent_away():
    crowd = Crowd(1, 2, 30)
    visitors = Visitors(crowd)
    visitors.send("ada", "bob")

    with pytest.raises(Full) as own:
        crowd.enter("bob")
    visitors.send("carol")
    with pytest.raises(Full) as full:
        crowd.enter("dan")

    assert (own.value.is_own, full.value.is_own) == (True, False)
    visitors.end()


def test_who_waited_too_long_is_sent_away_and_leaves_no_gap():
    crowd = Crowd(1, 2, 0.01)
    visitors = Visitors(crowd)
    visitors.send("ada")

    with pytest.raises(Full):
        crowd.enter("bob")
    assert not crowd._waiting
    visitors.end()

    crowd.leave(crowd.enter("bob"))
