"""What a specimen is."""

from dataclasses import dataclass

from rosette.openbadges.verification import Identity
from tests.openbadges.verification.building import Build


@dataclass(frozen=True)
class Specimen:
    """
    One badge: ``build`` puts it on the server and returns what is handed in, as text.

    ``code`` is the task whose check does not pass, None if all do; ``outcome`` is the verdict's
    word. ``claimed`` are the identifiers of who says to be the recipient. ``differs`` says why
    the reference validator sees it otherwise: by a clause of the standard or of our contract
    (``verification-ob2``), or by a known defect of it.
    """

    name: str
    build: Build
    code: str | None = None
    outcome: str = "verified"
    differs: str = ""
    claimed: tuple[Identity, ...] = ()
