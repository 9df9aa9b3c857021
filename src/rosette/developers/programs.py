"""Programs that are known to work, and how each is told of this server (docs/clients.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from rosette.api import examples

PERSON: Final = "you@example.org"
PASSWORD: Final = "your password"  # noqa: S105 -- stands for the reader's own


@dataclass(frozen=True, slots=True)
class Program:
    """
    A program: what it is called, what to know, and an example that works as it stands.

    ``name`` is its name in addresses.
    """

    name: str
    title: str
    text: str
    example: str


def programs(origin: str, own: Mapping[str, str]) -> list[Program]:
    """All of them, for the server at ``origin``; ``own`` as in ``described.operation``."""
    named = {
        "@origin@": origin,
        "@person@": PERSON,
        "@password@": PASSWORD,
        "@issuer@": own.get(examples.ISSUER, examples.ISSUER),
        "@badge@": own.get(examples.BADGECLASS, examples.BADGECLASS),
    }
    return [
        Program(name, title, text, _filled(_EXAMPLES[name], named)) for name, title, text in _told()
    ]


def _told() -> list[tuple[str, str, str]]:
    return [
        (
            "moodle",
            _("Moodle, backpack of Open Badges 2.0"),
            _(
                "In Moodle: Site administration, Badges, Manage backpacks. Moodle finds a server "
                "on the usual port only (443 or 80)."
            ),
        ),
        (
            "moodle-2-1",
            _("Moodle, backpack of Open Badges 2.1"),
            _("This one address is all; Moodle finds the rest and registers itself."),
        ),
        (
            "open-edx",
            _("Open edX (badge backend)"),
            _("In the settings of the platform. It makes the badges that it awards by itself."),
        ),
        (
            "badgr-lite",
            "badgr-lite 1.0.2",
            _("The address of another server is built in; the second line puts this one there."),
        ),
        ("badgrclient", "badgrclient 0.1.2", _("A library for Python; it takes the address.")),
        (
            "badgr-ui",
            _("Badgr’s web client"),
            _("The file src/environments/environment.prod.ts, before it is built."),
        ),
        (
            "v1",
            _("Older scripts (V1)"),
            _("Scripts of Badgr’s first years, and the badge template for Microsoft Teams."),
        ),
    ]


def _filled(example: str, named: Mapping[str, str]) -> str:
    for word, value in named.items():
        example = example.replace(word, value)
    return example


_EXAMPLES: Final = {
    "moodle": """\
Backpack URL:         @origin@
Backpack API URL:     @origin@/v2
Open Badges version:  Open Badges v2.0
Email:                @person@
Password:             @password@
""",
    "moodle-2-1": """\
Backpack URL:         @origin@
Open Badges version:  Open Badges v2.1
""",
    "open-edx": """\
FEATURES["ENABLE_OPENBADGES"] = True
BADGING_BACKEND = "lms.djangoapps.badges.backends.badgr.BadgrBackend"
BADGR_BASE_URL = "@origin@"
BADGR_USERNAME = "@person@"
BADGR_PASSWORD = "@password@"
BADGR_ISSUER_SLUG = "@issuer@"
""",
    "badgr-lite": """\
pip install badgr-lite==1.0.2
sed -i 's|https://api.badgr.io|@origin@|' \\
  "$(python -c 'import badgr_lite.models; print(badgr_lite.models.__file__)')"
curl -s @origin@/o/token \\
  --data-urlencode 'username=@person@' \\
  --data-urlencode 'password=@password@' > token.json
badgr --token-file token.json award-badge --badge-id @badge@ \\
  --recipient bob@example.org --evidence-url https://example.org/log \\
  --evidence-narrative 'All ten knots'
""",
    "badgrclient": """\
from badgrclient import BadgeClass, BadgrClient

client = BadgrClient("@person@", "@password@", "public", base_url="@origin@")
badge = BadgeClass(client, "@badge@")
badge.issue("bob@example.org", narrative="Tied them all", notify=False)
""",
    "badgr-ui": """\
import { BadgrEnvironment } from './badgr-environment';

export const environment: BadgrEnvironment = {
  production: true,
  config: { api: { baseUrl: '@origin@' } }
};
""",
    "v1": """\
curl @origin@/v1/issuer/issuers/@issuer@/badges/@badge@/assertions \\
  -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d '{"recipient_identifier": "bob@example.org", "create_notification": false}'
""",
}
