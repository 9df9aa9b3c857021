"""
Changed and broken things, handed in at every door for strangers, for some seconds.

The same each time, so that nobody's change is stopped by chance; ``make fuzz`` looks for what
nobody has thought of, for as long as one likes.
"""

import base64
from unittest.mock import patch

import orjson
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as DatabaseCase

from tests import factories
from tests.fuzz.targets import SEEDS, TARGETS, WORDS

BRIEFLY = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def spoilt(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A seed that was changed in some places, cut, or mixed with another."""
    content = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        until = min(len(content), at + draw(st.sampled_from([0, 0, 1, 4, 40])))
        other = draw(st.sampled_from(seeds))
        start = draw(st.integers(0, len(other)))
        new = draw(
            st.one_of(
                st.sampled_from(WORDS),
                st.binary(max_size=8),
                st.just(other[start : start + 60]),
            )
        )
        content = content[:at] + new + content[until:]
    return content


def test_every_door_has_good_examples_which_pass():
    assert set(SEEDS) == set(TARGETS)
    for name, seeds in SEEDS.items():
        for seed in seeds:
            TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_broken_is_refused_and_breaks_nothing(name: str):
    @BRIEFLY
    @given(spoilt(SEEDS[name]))
    def run(content: bytes) -> None:
        TARGETS[name](content)

    run()


class TestImport(DatabaseCase):
    """The import itself, which writes rows."""

    @settings(BRIEFLY, max_examples=8)
    @given(spoilt(SEEDS["verifying"]))
    def test_a_broken_badge_is_refused_in_plain_words(self, content: bytes) -> None:
        kind = "png" if content.startswith(b"\x89PNG") else "svg+xml"
        uri = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
        wishes = [{"image": uri}, {"assertion": content.decode("utf-8", "replace")}]
        headers = factories.bearer(factories.user())
        nobody = patch("rosette.fetching.socket.getaddrinfo", side_effect=OSError)
        with nobody:
            self._hand_in(wishes, headers)

    def _hand_in(self, wishes: list[dict[str, str]], headers: dict[str, str]) -> None:
        for wish in wishes:
            answer = Client().post(
                "/v2/backpack/import",
                orjson.dumps(wish),
                content_type="application/json",
                headers=headers,
            )
            assert answer.status_code in (400, 429), answer.content
