"""
A site on which everything has happened; ``town.furnished`` has a process of its own do it.

Mara runs a sailing school with badges, a pathway, links, a table of awards and half a year of
figures; Tomas sails there, and the coast guard thinks well of the school. What is printed are the
names of all that, as JSON, for the addresses of pages.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from itertools import cycle
from urllib.parse import urlencode

from django.core import signing
from django.utils import timezone

from rosette import emblems
from rosette.models import (
    Application,
    Assertion,
    BadgeClass,
    ClaimRequest,
    DomainProof,
    Issuer,
    Notice,
    User,
)
from rosette.models.badgeclasses import badgeclass_record
from rosette.models.tallies import Count
from rosette.operations import (
    accounts,
    assertions,
    badgeclasses,
    catalogue,
    claim_links,
    collections,
    endorsements,
    identifiers,
    insights,
    invitations,
    issuers,
    letters,
    pathways,
    recipients,
    sheets,
    unsubscribing,
)
from rosette.operations.assertions import Award, Revocation
from rosette.operations.claim_links import Wish
from rosette.operations.pathways import PathwayWish, StepWish
from rosette.operations.policies import Actor
from rosette.web.lines import Reader
from tests.web.town import PASSWORD

MARA, TOMAS, COAST = "mara@example.org", "tomas@example.org", "coast@example.org"
_BADGES = (
    (
        "Chart Reading",
        "Finds where the boat is, by chart, compass and landmarks.",
        "Plot a course of **three legs** and keep to it in a cross-tide.",
        ["navigation"],
        "#2d5f8b",
    ),
    (
        "Weather Watch",
        "Reads clouds, pressure and forecasts, and stays ashore when that is wiser.",
        "Keep a weather log for two weeks, and defend three decisions to sail or not.",
        ["weather", "safety"],
        "#33658a",
    ),
    (
        "Helm and Crew",
        "Steers by wind and by order, and gives both so that a crew can follow.",
        "Helm for two hours, then crew for two, in a force 4.",
        ["boat handling"],
        "#7b3f61",
    ),
    (
        "Safety at Sea",
        "Prevents accidents on board, and knows what to do after one.",
        "Pass the drill: man overboard, flares, life raft.",
        ["safety", "first aid"],
        "#a23b3b",
    ),
    (
        "Coastal Skipper",
        "Plans and leads a day trip along the coast with a crew of four.",
        "Lead a day trip of at least 25 nautical miles.",
        ["navigation", "leadership"],
        "#1f6f5c",
    ),
)
_SAILORS = (
    "Inês Carvalho", "Jonas Weber", "Amara Okafor", "Søren Lund", "Łucja Nowak", "Yuki Tanaka",
    "Noor Haddad", "Pierre Lefèvre", "Elif Yılmaz", "Maeve O’Brien", "Mateo García", "Ada Novak",
    "Anouk Visser", "Kofi Mensah", "Freya Holm", "Leon Kurz", "Zoë Martin", "Ravi Menon",
)  # fmt: skip
_TABLE = """Name;E-mail;Date;Remarks
Inês Carvalho;ines.carvalho@example.org;2026-11-21;Found the harbour in fog, by compass alone.
Jonas Weber;jonas.weber@example.org;2026-11-21;
Amara Okafor;amara.okafor@example;2026-11-21;
Søren Lund;soren.lund@example.org;31.02.2026;
Łucja Nowak;lucja.nowak@example.org;2026-11-22;Plotted the cross-tide twice.
Yuki Tanaka;yuki.tanaka@example.org;2026-11-22;
Noor Haddad;noor.haddad@example.org;2026-11-22;
Inês Carvalho;ines.carvalho@example.org;2026-11-21;
"""
_GOOD_TABLE = "\n".join(line for line in _TABLE.splitlines()[:-1] if ".0" not in line) + "\n"
_SAID = (
    "Kept to the course in a cross-tide of two knots.",
    "",
    "Calm, exact, and first to see the buoy.",
)
_LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400">'
    '<circle cx="200" cy="200" r="200" fill="#0e3a53"/>'
    '<path d="M190 60v220H80zM214 110v170h96z" fill="#fdf6e3"/>'
    '<path d="M70 306h260c-14 32-44 50-78 50H148c-34 0-64-18-78-50z" fill="#e6a13c"/></svg>'
)


def main() -> None:
    """Put it all there, and say what it is called."""
    print(json.dumps(furnish()))


def furnish() -> dict[str, str]:
    """Names, for addresses, of all that was put there."""
    mara, tomas = _person("Mara Lindqvist", MARA), _person("Tomas Berg", TOMAS)
    by = Actor.person(mara)
    school, badges = _school(by)
    chart = badges[0]
    award = _awards(badges, by)
    return {
        "school": school.entity_id,
        "chart": chart.entity_id,
        "safety": badges[3].entity_id,
        "skipper": badges[4].entity_id,
        "award": award.entity_id,
        "revoked": Assertion.objects.get(badgeclass=badges[1], revoked_at__isnull=False).entity_id,
        "mara": mara.entity_id,
        "invitation": invitations.code(
            invitations.invite(school, "leon.kurz@example.org", "editor", by=by)
        ),
        "claim": letters.claim_token(Assertion.objects.filter(badgeclass=chart).latest("pk")),
        "password": accounts.reset_token(_person("Signe Dahl", "signe.dahl@example.org")),
        **_links(badges, by),
        **_tables(badges[3], badges[4], by),
        **_pathway(school, badges, by),
        **_endorsements(school, chart, by),
        **_of_tomas(tomas, award),
        "asked": _asked(),
    }


def _person(name: str, email: str) -> User:
    first, last = name.split(maxsplit=1)
    return accounts.add_person(email, PASSWORD, first_name=first, last_name=last, verified=True)


def _address(name: str) -> str:
    """Where somebody of this name has their mail."""
    plain = unicodedata.normalize("NFKD", name.translate({0xF8: "o", 0x141: "L", 0x131: "i"}))
    return f"{re.sub('[^a-z ]', '', plain.lower()).replace(' ', '.')}@example.org"


def _school(by: Actor) -> tuple[Issuer, list[BadgeClass]]:
    school = issuers.create(
        {
            "name": "North Coast Sailing School",
            "url": "https://northcoast.example.org",
            "email": MARA,
            "description": "Teaches to sail on open water, from the first knot to the first crew.",
            "image": _LOGO.encode(),
        },
        by=by,
    )
    DomainProof.objects.create(
        issuer=school, domain="northcoast.example.org", way="record", checked_at=timezone.now()
    )
    made = [
        badgeclasses.create(
            school,
            {
                "name": name,
                "description": description,
                "image": emblems.drawn(name, ground, "#e9c46a"),
                "criteria_narrative": criteria,
                "tags": tags,
            },
            by=by,
        )
        for name, description, criteria, tags, ground in _BADGES
    ]
    catalogue.enter(school, is_in=True, language="en", by=by)
    return school, made


def _awards(badges: Sequence[BadgeClass], by: Actor) -> Assertion:
    """Half a year of awards, most of them claimed after some days; Tomas's first one."""
    now = timezone.now()
    for place, badge in enumerate(badges):
        people = [("Tomas Berg", TOMAS)] if place < 3 else []
        people += [(name, _address(name)) for name in _SAILORS[place * 2 : place + 14 - 2 * place]]
        wishes = [
            Award(email, extensions=recipients.profile(name), narrative=narrative)
            for (name, email), narrative in zip(people, cycle(_SAID), strict=False)
        ]
        record = badgeclass_record(badge.entity_id, by.user_id)
        assert record is not None
        assertions.award_many(record, wishes, by=by)
        for number, row in enumerate(Assertion.objects.filter(badgeclass=badge).order_by("pk")):
            row.created_at = row.issued_on = now - timedelta(days=number * 13 % 170, hours=place)
            if number % 4 != 3:
                row.acceptance = "Accepted"
                row.claimed_at = min(now, row.created_at + timedelta(hours=5 + number * 9 % 70))
            row.save()
    stray = Assertion.objects.filter(badgeclass=badges[1]).latest("pk")
    wish = Revocation(stray.entity_id, "Awarded to the wrong person.")
    assert assertions.revoke_many([wish], by=by) == [None]
    Count.objects.all().delete()
    insights.count_up()
    return Assertion.objects.get(badgeclass=badges[0], recipient_identity=TOMAS)


def _links(badges: Sequence[BadgeClass], by: Actor) -> dict[str, str]:
    """One that gives at once, with somebody on the way, and one that waits for approval."""
    link = claim_links.make(
        badges[0], Wish("Open day at the harbour", place="Pier 3", limit=40), by=by
    )
    for name in ("Freya Holm", "Nils Aarts"):
        claim_links.take(link, _person(name, _address(name)), _address(name))
    claim_links.ask(link, "hanna.brandt@example.org", name="Hanna Brandt")
    asked = ClaimRequest.objects.get(link=link, state=ClaimRequest.State.ASKED)
    asking = claim_links.make(badges[0], Wish("Autumn course", is_automatic=False), by=by)
    for name in ("Leon Kurz", "Zoë Martin", "Ravi Menon"):
        claim_links.take(asking, _person(name, _address(name)), _address(name))
    return {
        "link": link.entity_id,
        "asking": asking.entity_id,
        "confirm": signing.dumps(asked.pk, salt=letters.REQUEST_SALT),
    }


def _tables(badge: BadgeClass, other: BadgeClass, by: Actor) -> dict[str, str]:
    """Of one the columns are guessed, of one the lines are judged, and one was awarded."""
    record = badgeclass_record(other.entity_id, by.user_id)
    assert record is not None
    fresh, judged, done = (
        sheets.keep(of, table.encode(), name="November course.csv", by=by)
        for of, table in ((badge, _TABLE), (badge, _TABLE), (other, _GOOD_TABLE))
    )
    for sheet in (judged, done):
        sheets.give_meaning(sheet, ("name", "recipient", "issued_on", "narrative"), reads=Reader())
    done.refresh_from_db()
    job = sheets.confirm(done, record, reads=Reader(), notify=False, begins_at=None, by=by)
    return {"sheet": fresh.entity_id, "judged": judged.entity_id, "job": job.entity_id}


def _pathway(school: Issuer, badges: Sequence[BadgeClass], by: Actor) -> dict[str, str]:
    chart, weather, helm, safety, skipper = (badge.pk for badge in badges)
    wish = PathwayWish(
        "From deckhand to skipper",
        "Three steps on the way to a crew of your own. Take them in any order.",
        skipper,
        (
            StepWish("Know the way", (chart, weather), 2),
            StepWish("Handle the boat", (helm,), 1),
            StepWish("Keep everybody safe", (safety,), 1, is_optional=True),
        ),
    )
    pathway = pathways.save(school, None, wish, by=by)
    pathways.publish(pathway, is_published=True, by=by)
    return {"pathway": pathway.entity_id}


def _endorsements(school: Issuer, badge: BadgeClass, by: Actor) -> dict[str, str]:
    """The coast guard endorses the badge, and is asked to endorse the school."""
    coast = Actor.person(_person("Ruth Sommer", COAST))
    guard = issuers.create(
        {
            "name": "Coast Guard Association",
            "url": "https://coastguard.example.org",
            "email": COAST,
            "description": "Volunteers who come when somebody calls.",
        },
        by=coast,
    )
    said = "We meet its holders at sea. **They know where they are**, and we need not search."
    given = endorsements.give(guard, badge, said, by=coast)
    endorsements.show(given, is_shown=True, by=by)
    endorsements.ask(school, guard, "You train with our sailors every spring.", by=by)
    return {"endorsement": given.entity_id, "guard": guard.entity_id}


def _of_tomas(tomas: User, award: Assertion) -> dict[str, str]:
    """What somebody has who earns: a collection, a page of his own, a second address, a notice."""
    by = Actor.person(tomas)
    held = Assertion.objects.filter(recipient_identity=TOMAS).order_by("pk")
    collection = collections.create(
        {
            "name": "My year at sea",
            "description": "What I learned between March and October.",
            "published": True,
            "assertions": [row.entity_id for row in held],
        },
        by=by,
    )
    page = identifiers.add("url", "https://tomas-sails.example.org", by=tomas)
    notice = Notice.objects.create(kind=Notice.Kind.AWARD, to=TOMAS, assertion=award)
    return {
        "collection": collection.entity_id,
        "shared": collection.share_hash,
        "identifier": page.entity_id,
        "email": str(tomas.addresses()[0].pk),
        "unsubscribe": unsubscribing.unsubscribe_token(notice),
    }


def _asked() -> str:
    """What an application asks of people, as the query of an address."""
    client = Application.objects.create(
        client_id="logbook",
        name="Harbour Logbook",
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type="authorization-code",
        redirect_uris="https://logbook.example.org/back",
        allowed_scopes="r:profile rw:backpack",
    )
    return urlencode(
        {
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uris,
            "response_type": "code",
            "scope": client.allowed_scopes,
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",  # RFC 7636, B
            "code_challenge_method": "S256",
        }
    )
