"""
Open Badges 3.0: credentials that somebody signed, in the terms of ``verdict``.

``course`` is the course of it all. ``forms`` looks at what a credential says, ``controllers``
finds out whose a key is, ``proofs`` checks who signed, ``refreshing`` asks for a newer copy,
``status`` whether it was taken back, ``subjects`` who earned it, and ``translation`` says the same
in the terms of Open Badges 2.0.
"""

from rosette.openbadges.verification.credentials.controllers import NoKey, address_of, home_of
from rosette.openbadges.verification.credentials.course import examine
from rosette.openbadges.verification.credentials.forms import is_credential
from rosette.openbadges.verification.credentials.proofs import issuer_of

__all__ = ["NoKey", "address_of", "examine", "home_of", "is_credential", "issuer_of"]
