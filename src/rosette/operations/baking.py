"""
The baked image of an award: made when it is asked for, and kept nowhere.

So it always holds the present document in the present image of the badge class.
"""

from rosette.errors import NotFound
from rosette.models.assertions import PublishedAssertion
from rosette.models.backpack import Original, original_of
from rosette.openbadges.baking import Place, bake
from rosette.openbadges.documents import Version
from rosette.openbadges.errors import BrokenImage
from rosette.operations import credentials, pictures, publishing
from rosette.operations.credentials import Draft

# A backpack of the age of 1.1 reads nothing but the image, so that one brings all along.
_EXPANDED: dict[Version, tuple[str, ...]] = {"1_1": ("badge", "badge.issuer"), "2_0": ()}


def baked(row: PublishedAssertion, version: Version = "2_0") -> bytes:
    """As ``baked_with``; the original of an imported award is looked up."""
    return baked_with(original_of(row.entity_id) if row.source_url else None, row, version)


def baked_with(
    original: Original | None, row: PublishedAssertion, version: Version = "2_0"
) -> bytes:
    """
    The image of the badge class with the award's document in it, of the class's media type.

    In that of a signed badge is what its issuer signed, which no other document can replace.

    Raises NotFound for a revoked or suspended award, and if there is no image that can carry the
    document.
    """
    if not row.holds:
        raise NotFound
    try:
        text, place = _content(original, row, version)
        return bake(pictures.read(row.badgeclass.image), text, place)
    except BrokenImage as error:
        raise NotFound from error


def baked_credential(draft: Draft) -> bytes:
    """
    The image that the badge class had when it was awarded, with the signed credential in it.

    Raises NotFound if there is no image that can carry it.
    """
    signed = credentials.signed(draft).decode()
    try:
        return bake(pictures.read(draft.row.badgeclass.image), signed, "credential")
    except BrokenImage as error:
        raise NotFound from error


def _content(
    original: Original | None, row: PublishedAssertion, version: Version
) -> tuple[str, Place]:
    """What is baked in, and into which place."""
    if original is not None and original.jws:
        return original.jws, "credential" if original.is_credential else "assertion"
    text = publishing.written(
        publishing.credential(row), version, expand=_EXPANDED[version], pretty=True
    ).decode()
    return text, "assertion"
