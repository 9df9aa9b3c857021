"""What this library refuses to read or to write, one class per thing a caller can do about it."""


class OpenBadgesError(Exception):
    """Any refusal of the library."""


class MalformedDocument(OpenBadgesError):
    """
    A document does not hold what its class and version ask for.

    ``member`` names the offending member in the document's own words, with a path when it lies
    deeper (``badge.issuer.name``); ``problem`` says what is wrong with it.
    """

    def __init__(self, member: str, problem: str) -> None:
        super().__init__(f"{member}: {problem}")
        self.member = member
        self.problem = problem


class RevokedAssertion(OpenBadgesError):
    """
    A document says that its award was taken back, so it holds no award to read.

    ``reason`` is empty if the issuer gives none.
    """

    def __init__(self, id: str, reason: str) -> None:
        super().__init__(f"{id} has been revoked: {reason}")
        self.id = id
        self.reason = reason


class UnbakedImage(OpenBadgesError):
    """An image out of which no Open Badges document can be had."""


class BrokenImage(UnbakedImage):
    """Bytes that are no PNG or SVG into which, or out of which, a document could be baked."""


class BadProof(OpenBadgesError):
    """What should prove who made a document does not."""
