"""The nouns that the reference is ordered by, in reading order, and which paths each has."""

import re
from typing import Final, NamedTuple


class Noun(NamedTuple):
    """A chapter of the reference; ``paths`` is a pattern of what belongs to it."""

    name: str
    description: str
    paths: str


NOUNS: Final = (
    Noun(
        "Tokens",
        "Who calls, and what their token lends them.",
        r"/(o|api-auth|v2/tokens|v2/auth/tokens?)(/|$)",
    ),
    Noun(
        "People",
        "Accounts: your own profile, addresses and password.",
        r"/v2/(users|auth|termsVersions|socialaccounts)(/|$)",
    ),
    Noun("Issuers", "Who awards badges, and who works there.", r"/v2/issuers(/[^/]+(/audit)?)?$"),
    Noun(
        "Badge classes",
        "What can be awarded: a name, a picture, and what one must do for it.",
        r"/v2/(issuers/[^/]+/)?badgeclasses(/[^/]+)?$",
    ),
    Noun(
        "Assertions",
        "Awards: one badge class to one recipient. They are published, and baked into an image, "
        "until they are revoked.",
        r"/v2/(assertions(/|$)|(issuers|badgeclasses)/[^/]+/(assertions|issue)$)",
    ),
    Noun(
        "Award jobs",
        "Awards by the hundred thousand: made in the background, told line by line, undone at "
        "once.",
        r"/v2/(jobs/|badgeclasses/[^/]+/jobs$)",
    ),
    Noun(
        "Webhooks",
        "Addresses of yours that hear of every award as it changes, signed, tried again for a day, "
        "kept in a log, and sent anew on demand.",
        r"/v2/(issuers/[^/]+/webhooks$|webhooks/|webhookdeliveries/)",
    ),
    Noun("Backpack", "The badges that a person keeps.", r"/v2/backpack(/|$)"),
    Noun(
        "Wallets",
        "How a wallet takes an award that its recipient offers to it (OpenID4VCI 1.0): it finds "
        "the offer, reads the metadata, exchanges the code at `/o/token`, and asks for the "
        "credential.",
        r"/(openid/|\.well-known/(openid|oauth)-)",
    ),
    Noun(
        "Badge Connect",
        "The backpack as other programs keep it up to date with a person's consent (Open Badges "
        "2.1): they read the manifest, register, send the person to the consent page, and exchange "
        "the code for a token.",
        r"/(bcv1|\.well-known)/",
    ),
    Noun(
        "Open Badges 3.0",
        "The same for programs of Open Badges 3.0, which take and bring signed credentials: they "
        "begin with the service description, and register by its address and its scopes.",
        r"/ims/ob/v3p0/",
    ),
)
"""The first that fits has the path. What fits none is a mistake that the tests find."""


def noun_of(path: str) -> str:
    """The chapter of the path."""
    return next(noun.name for noun in NOUNS if re.match(noun.paths, path))
