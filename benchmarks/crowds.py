"""
What a cache in front of the server takes off it: by formula, and by a small simulation beside it.

A cache that keeps each answer for a fixed time, and is asked for item ``i`` at random moments
``r_i`` times a second, asks the server ``r_i / (1 + r_i · kept)`` times a second. How often each is
asked for follows Zipf's law: the n-th most wanted ``1 / n^skew`` as often as the first.
"""

import heapq
import random
from collections.abc import Iterator
from itertools import accumulate

_EXACTLY = 1000
"""So many of the most wanted are counted one by one, the others by groups of like rank."""
_WIDER = 1.05


def share_asked(items: int, rate: float, kept: float, skew: float) -> float:
    """
    Of ``rate`` requests a second for so many items, the share that reaches the server.

    ``kept``: seconds that an answer is handed out unasked.
    """
    groups = list(_groups(items, skew))
    whole = sum(count * weight for count, weight in groups)
    asked = 0.0
    for count, weight in groups:
        each = rate * weight / whole
        asked += count * each / (1 + each * kept)
    return asked / rate


def simulated_share(
    items: int, rate: float, kept: float, skew: float, *, requests: int, seed: int = 1
) -> float:
    """The same by playing it, once the cache is warm: half of the requests are not counted."""
    chance = random.Random(seed)
    marks = list(accumulate(rank**-skew for rank in range(1, items + 1)))
    fresh_until = [0.0] * items
    moment, asked = 0.0, 0
    for number, item in enumerate(
        chance.choices(range(items), cum_weights=marks, k=requests), start=1
    ):
        moment += chance.expovariate(rate)
        if moment >= fresh_until[item]:
            fresh_until[item] = moment + kept
            asked += number > requests // 2
    return asked / (requests - requests // 2)


def waited(arrivals: float, service: float, servers: int, *, requests: int, seed: int = 1) -> float:
    """
    The 99th percentile of the seconds that a request waits for one of so many processors.

    ``arrivals`` a second, at random moments; each takes ``service`` seconds.
    """
    chance = random.Random(seed)
    free_at = [0.0] * servers
    moment = 0.0
    waits = []
    for _ in range(requests):
        moment += chance.expovariate(arrivals)
        begun = max(moment, free_at[0])
        heapq.heapreplace(free_at, begun + service)
        waits.append(begun - moment)
    waits.sort()
    return waits[int(len(waits) * 0.99)]


def _groups(items: int, skew: float) -> Iterator[tuple[int, float]]:
    """How many items of about the same weight, and that weight."""
    rank = 1
    while rank <= items:
        after = rank + 1 if rank <= _EXACTLY else int(rank * _WIDER) + 1
        after = min(after, items + 1)
        middle = (rank * (after - 1)) ** 0.5
        yield after - rank, middle**-skew
        rank = after
