"""Our verdicts beside those of the reference validator, on all specimens in one go."""

import json
from contextlib import ExitStack

import pytest

from tests.foreign import academy
from tests.openbadges.verification.loads import verdict
from tests.openbadges.verification.specimens import SPECIMENS, Specimen
from tests.validators.reference import Report, validate_all


@pytest.fixture(scope="module")
def seen() -> dict[str, tuple[bool, Report]]:
    """Of each specimen, whether it is valid here, and what the reference says of it."""
    with ExitStack() as servers:
        sources = [one.build(servers.enter_context(academy())) for one in SPECIMENS]
        ours = [verdict(source, policy={"load_extensions": True}) for source in sources]
        theirs = validate_all(sources)
    return {
        one.name: (mine.is_valid, reference)
        for one, mine, reference in zip(SPECIMENS, ours, theirs, strict=True)
    }


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
