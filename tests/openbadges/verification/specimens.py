"""
Badges good and bad, each made on a server of its own, and what is to be said of each.

The codes' own test and the comparison with the reference validator both go through this table.
"""

from tests.openbadges.verification.bad import BAD
from tests.openbadges.verification.good import GOOD
from tests.openbadges.verification.specimen import Specimen

SPECIMENS: list[Specimen] = [*GOOD, *BAD]
