"""Every finding of the reference validator's task list has a badge that is found so."""

import pytest

from rosette.openbadges.verification import CODES, Code
from tests.foreign import academy
from tests.openbadges.verification.loads import verdict
from tests.openbadges.verification.specimens import SPECIMENS, Specimen

NEVER_FOUND: dict[Code, str] = {
    "ASSERTION_VERIFICATION_CHECK": "waits in the reference for another task, and always passes",
}


def test_every_code_has_a_badge_or_a_reason() -> None:
    found = {one.code for one in SPECIMENS if one.code}

    assert found | NEVER_FOUND.keys() == set(CODES)
    assert not found & NEVER_FOUND.keys()


def test_every_specimen_has_a_name_of_its_own() -> None:
    assert len({one.name for one in SPECIMENS}) == len(SPECIMENS)


@pytest.mark.parametrize("specimen", SPECIMENS, ids=[one.name for one in SPECIMENS])
def test_each_badge_is_found_as_it_is(specimen: Specimen) -> None:
    with academy() as there:
        found = verdict(
            specimen.build(there), recipient=specimen.claimed, policy={"load_extensions": True}
        )

    assert found.outcome == specimen.outcome, found.checks
    assert found.is_valid == (specimen.outcome == "verified")
    codes = {check.code for check in found.checks if check.state != "passed"} - {None}
    assert specimen.code in codes if specimen.code else codes == set()
