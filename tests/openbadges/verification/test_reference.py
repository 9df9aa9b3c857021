"""Our verdicts beside those of the reference validator, on all specimens in one go."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from rosette.openbadges.verification import Identity
from tests.foreign import academy
from tests.openbadges.verification.loads import verdict
from tests.openbadges.verification.specimens import SPECIMENS, Specimen
from tests.validators.reference import Report, validate_all


@pytest.fixture(scope="module")
def seen() -> dict[str, tuple[bool, Report]]:
    """Of each specimen, whether it is valid here, and what the reference says of it."""
    with ExitStack() as servers:
        sources = [one.build(servers.enter_context(academy())) for one in SPECIMENS]
        ours = [
            verdict(source, recipient=one.claimed, policy={"load_extensions": True})
            for one, source in zip(SPECIMENS, sources, strict=True)
        ]
        profiles = [_profile(one.claimed) for one in SPECIMENS]
        theirs = validate_all(list(zip(sources, profiles, strict=True)))
    return {
        one.name: (mine.is_valid, reference)
        for one, mine, reference in zip(SPECIMENS, ours, theirs, strict=True)
    }


def _profile(claimed: Sequence[Identity]) -> dict[str, Any] | None:
    """The person with these identifiers."""
    if not claimed:
        return None
    return {"type": "Profile", "id": "_:bob", **dict(claimed)}


def test_there_are_enough_of_both_kinds(seen: dict[str, tuple[bool, Report]]) -> None:
    valid = [name for name, (is_valid, _) in seen.items() if is_valid]

    assert len(seen) >= 100
    assert len(valid) >= 35
    assert len(seen) - len(valid) >= 60


@pytest.mark.parametrize("specimen", SPECIMENS, ids=[one.name for one in SPECIMENS])
def test_both_say_the_same_or_the_difference_is_explained(
    seen: dict[str, tuple[bool, Report]], specimen: Specimen
) -> None:
    is_valid, reference = seen[specimen.name]

    differs = is_valid != reference.valid
    assert differs == bool(specimen.differs), json.dumps(reference.errors, indent=2)
