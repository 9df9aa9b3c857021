"""What is believed of an award of another server, and what is not; against a real server."""

import json
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from rosette.errors import InvalidInput
from rosette.openbadges.baking import bake
from rosette.openbadges.credential import Achievement, Credential, Profile
from rosette.openbadges.recipient import Recipient
from rosette.operations import verification
from rosette.operations.verification import Foreign, Ours, verified
from tests.foreign import OLD_CONTEXT, academy
from tests.openbadges.facts import SVG, png
from tests.openbadges.verification.keys import put_key, sign, signed_award

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ORIGIN = "https://badges.example.org"
ASK_THE_ISSUER = "Anybody can name somebody else as the issuer; ask the issuer about this badge."
TRY_LATER = "Try again later; if it stays so, tell the issuer."


@pytest.fixture
def there(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    with academy() as found:
        yield found


def _refusal(source, *, at=NOW):
    with pytest.raises(InvalidInput) as refused:
        verified(source, at=at)
    assert refused.value.fields == {}
    (said,) = refused.value.general
    said.pop("checks", None)
    return said


def _named(source):
    said = _refusal(source)
    return said["name"], said["description"]


def test_a_hosted_award_is_read_with_its_badge_class_and_issuer(there):
    url = there.award(narrative="by night", expires="2025-01-01T00:00:00Z")

    assert verified(url, at=NOW) == Foreign(
        Credential(
            id=url,
            uid="",
            achievement=Achievement(
                id=f"{there.origin}/navigation",
                name="Navigation",
                description="Finds the way",
                issuer=Profile(
                    id=f"{there.origin}/issuer",
                    name="Sailing Academy",
                    url="https://academy.example.org",
                    email="office@academy.example.org",
                    description="Teaches sailing",
                ),
                image=f"{there.origin}/navigation.png",
                criteria_narrative="Find **home**",
                tags=("sea",),
            ),
            recipient=Recipient("email", "bob@example.org", False),
            issued_on=datetime(2024, 5, 2, 9, 30, tzinfo=UTC),
            expires_on=datetime(2025, 1, 1, tzinfo=UTC),
            narrative="by night",
        ),
        image=png(),
        issuer_image=None,
    )
    assert there.asked == ["/award", "/navigation", "/issuer", "/navigation.png"]


def test_an_award_of_version_1_1_is_read_as_well(there):
    there.issuer(**{"@context": OLD_CONTEXT})
    there.badgeclass(**{"@context": OLD_CONTEXT, "criteria": "https://academy.example.org/c"})
    url = there.award(
        **{"@context": OLD_CONTEXT, "verification": None, "issuedOn": "2024-05-02", "uid": "17"},
        verify={"type": "hosted", "url": f"{there.origin}/award"},
    )

    found = verified(url, at=NOW)

    assert isinstance(found, Foreign)
    assert found.credential.uid == "17"
    assert found.credential.issued_on == datetime(2024, 5, 2, tzinfo=UTC)
    assert found.credential.achievement.criteria_url == "https://academy.example.org/c"


def test_of_a_document_that_is_handed_in_only_the_id_counts(there):
    url = there.award()
    forged = {
        **there.document("/award"),
        "recipient": {"type": "email", "identity": "mallory@example.org", "hashed": False},
        "badge": {"id": "https://evil.example.org/badge", "name": "Lies"},
    }
    true = verified(url, at=NOW)

    assert verified(forged, at=NOW) == true
    assert verified(json.dumps(forged), at=NOW) == true
    assert verified({"id": url}, at=NOW) == true
    assert verified({"verify": {"type": "hosted", "url": url}}, at=NOW) == true


def test_what_is_embedded_is_fetched_and_not_believed(there):
    there.issuer()
    badgeclass = there.badgeclass()
    lies = {**badgeclass, "name": "Lies", "issuer": {**there.document("/issuer"), "name": "Lies"}}
    there.badgeclass(issuer={**there.document("/issuer"), "name": "Lies"})
    found = verified(there.award(badge=lies), at=NOW)

    assert isinstance(found, Foreign)
    assert found.credential.achievement.name == "Navigation"
    assert found.credential.achievement.issuer.name == "Sailing Academy"


@pytest.mark.parametrize("picture", [png(), SVG])
def test_an_image_leads_to_the_award_that_is_baked_into_it(there, picture):
    url = there.award()
    baked = bake(picture, json.dumps(there.document("/award")))
    there.put_image("/baked", baked, "image/svg+xml" if picture == SVG else "image/png")

    assert verified(baked, at=NOW) == verified(url, at=NOW)
    assert verified(f"{there.origin}/baked", at=NOW) == verified(url, at=NOW)
    assert verified(bake(picture, url), at=NOW) == verified(url, at=NOW)


@pytest.mark.parametrize(
    "ending", ["", "/", ".json", "?v=1_1", "/image", "/image?type=png", "/baked?v=1_1", "#x"]
)
def test_an_award_of_our_own_is_known_without_asking_anybody(there, ending):
    ours = f"{ORIGIN}/public/assertions/9C26ASCCTR2I6Iwm-jsPXQ{ending}"
    moved = there.put("/moved", {"id": ours})

    assert verified(ours, at=NOW) == Ours("9C26ASCCTR2I6Iwm-jsPXQ")
    assert verified({"id": ours}, at=NOW) == Ours("9C26ASCCTR2I6Iwm-jsPXQ")
    assert verified(bake(png(), ours), at=NOW) == Ours("9C26ASCCTR2I6Iwm-jsPXQ")
    assert there.asked == []
    assert verified(moved, at=NOW) == Ours("9C26ASCCTR2I6Iwm-jsPXQ")


def test_another_page_of_our_own_is_no_award():
    assert _named(f"{ORIGIN}/public/badges/TtrgLOe1Q2y-NNS2c1uVLA") == (
        "ASSERTION_NOT_FOUND",
        "Unable to find an assertion",
    )


@pytest.mark.parametrize("member", ["badge", "issuer"])
def test_a_foreign_award_of_our_own_badge_class_or_issuer_is_refused(there, member):
    ours = f"{ORIGIN}/public/badges/TtrgLOe1Q2y-NNS2c1uVLA"
    if member == "issuer":
        there.badgeclass(issuer=ours)
    url = there.award(**({"badge": ours} if member == "badge" else {}))

    assert _refusal(url) == {
        "name": "UNABLE_TO_VERIFY",
        "description": "Unable to verify the assertion",
        "detail": f"{ours} belongs to this server.",
    }


def test_x14_this_machine_is_not_asked_unless_the_settings_say_so(there, settings):
    url = there.award()
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": False})

    assert _refusal(url) == {
        "name": "FETCH_HTTP_NODE",
        "description": "Unable to reach URL",
        "detail": f"The assertion at {url} could not be fetched: The address of 127.0.0.1 is not "
        f"public. {TRY_LATER}",
    }
    assert there.asked == []


INSIDE = ["http://169.254.169.254/latest", "http://10.0.0.1/", "http://[::ffff:10.0.0.1]/"]


@pytest.mark.parametrize("url", INSIDE)
def test_x14_the_inside_of_our_network_is_not_asked_whoever_names_it(there, url):
    unreachable = ("FETCH_HTTP_NODE", "Unable to reach URL")

    assert _named(url) == unreachable
    assert _named({"id": url}) == unreachable
    assert _named(bake(png(), url)) == unreachable
    assert _named(there.award(badge=url)) == unreachable
    there.badgeclass(issuer=url)
    assert _named(there.award()) == unreachable
    there.badgeclass(image=url)
    assert _named(there.award()) == unreachable


def test_a_file_of_this_machine_is_not_read(there):
    assert _named(there.award(badge="file:///etc/passwd")) == (
        "INVALID_BADGE",
        "badge of the assertion must be an http or https URL or a urn:uuid.",
    )


def test_x14_a_document_has_an_end(there):
    there.badgeclass(description="x" * 1_000_001)
    assert _named(there.award()) == ("FETCH_HTTP_NODE", "Unable to reach URL")

    there.badgeclass()
    url = there.award(narrative="x" * 1_000_001)
    assert _refusal(url)["detail"] == (
        f"The assertion at {url} could not be fetched: {url} is too large for a document. "
        f"{TRY_LATER}"
    )


def test_x14_one_who_never_answers_is_not_waited_for(settings, monkeypatch):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    monkeypatch.setattr(verification, "_SECONDS", 0.3)
    begun = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/award"

        assert _named(url) == ("FETCH_HTTP_NODE", "Unable to reach URL")

    assert time.monotonic() - begun < 5


def test_a_url_without_an_answer_is_unreachable(there):
    url = f"{there.origin}/nothing"

    assert _refusal(url) == {
        "name": "FETCH_HTTP_NODE",
        "description": "Unable to reach URL",
        "detail": f"The assertion at {url} could not be fetched: {url} answers 404. {TRY_LATER}",
    }


@pytest.mark.parametrize(
    "content", [b"<html></html>", b"[]", b'"text"', b"", b"[" * 1000, b'{"a":']
)
def test_a_page_that_is_no_document_holds_no_assertion(there, content):
    there.pages["/page"] = (200, "text/html", content)

    assert _named(f"{there.origin}/page") == (
        "ASSERTION_NOT_FOUND",
        "Unable to find an assertion",
    )


def test_json_that_is_nested_too_deep_is_no_document(there):
    there.pages["/page"] = (200, "application/json", b'{"a":' + b"[" * 600 + b"]" * 600 + b"}")

    assert _named(f"{there.origin}/page")[0] == "ASSERTION_NOT_FOUND"


def test_a_document_of_another_class_is_named_for_what_was_looked_for(there):
    there.award()

    assert _named(f"{there.origin}/issuer") == (
        "ASSERTION_NOT_FOUND",
        "Unable to find an assertion",
    )
    assert _named(there.award(badge=f"{there.origin}/issuer")) == (
        "ASSERTION_NOT_FOUND",
        "Unable to find a badgeclass",
    )
    there.badgeclass(issuer=f"{there.origin}/award")
    assert _named(there.award()) == ("ASSERTION_NOT_FOUND", "Unable to find an issuer")


def test_a_malformed_document_says_where(there):
    assert _named(there.award(issuedOn="yesterday")) == (
        "INVALID_BADGE",
        "issuedOn of the assertion must be a date and time in ISO 8601 with a time zone.",
    )
    there.badgeclass(name="")
    assert _named(there.award()) == (
        "INVALID_BADGE",
        "The badgeclass cannot be kept: name: is missing",
    )


def test_null_characters_are_refused(there):
    assert _named(there.award(narrative="a\0b")) == (
        "INVALID_BADGE",
        "The assertion holds null characters, which cannot be kept.",
    )


@pytest.mark.parametrize("handed_in", [{"name": "x"}, {"id": "urn:uuid:1"}, {"id": 7}, {}])
def test_a_document_that_is_hosted_nowhere_cannot_be_verified(handed_in):
    assert _named(handed_in) == (
        "INVALID_BADGE",
        "Could not determine verifiable input from provided JSON. "
        "No hosted verification URL found.",
    )


def test_text_that_is_neither_json_nor_a_url_holds_no_assertion():
    assert _named("a badge, please") == ("ASSERTION_NOT_FOUND", "Unable to find an assertion")


def test_what_says_that_it_is_signed_is_refused_without_a_signature(there):
    unsigned = ("VERIFY_SIGNATURE", "Could not verify signature")

    assert _named({"id": "https://a.example.org", "verification": {"type": "SignedBadge"}}) == (
        unsigned
    )
    assert _named(there.award(verification={"type": "SignedBadge"})) == unsigned
    assert _named({"verify": {"type": "signed", "url": "https://a.example.org/key"}}) == unsigned
    assert _named("a.b.c") == unsigned


def test_a_signed_badge_is_read_with_all_that_it_leads_to(there):
    document = signed_award(there)
    jws = sign(document)

    found = verified(jws, at=NOW)

    assert isinstance(found, Foreign)
    assert found.credential.id == document["id"]
    assert found.credential.achievement.issuer.name == "Sailing Academy"
    assert (found.jws, found.proof) == (jws, document["verification"])
    assert verified(bake(png(), jws), at=NOW) == found
    assert verified(bake(SVG, jws), at=NOW) == found


def test_a_signature_that_does_not_fit_is_refused(there):
    said = _refusal(sign(signed_award(there), key="other"))

    assert said == {
        "name": "VERIFY_SIGNATURE",
        "description": "Could not verify signature",
        "detail": "The signature does not fit the badge: it was changed, or signed by somebody "
        "else. Get the badge anew from where it was issued.",
    }


def test_only_the_algorithms_of_the_settings_are_taken(there, settings):
    key = put_key(there, "ed")
    there.issuer(publicKey=key)
    verification = {"type": "SignedBadge", "creator": key}
    jws = sign(signed_award(there, verification=verification), key="ed", algorithm="EdDSA")

    assert _named(jws) == ("VERIFY_SIGNATURE", "Could not verify signature")

    settings.ROSETTE = settings.ROSETTE.model_copy(
        update={"signed_badge_algorithms": "RS256, EdDSA"}
    )
    assert isinstance(verified(jws, at=NOW), Foreign)


def test_a_signed_badge_under_somebody_elses_address_is_refused(there):
    jws = sign(signed_award(there, id="https://harbour.example.org/award"))

    assert _refusal(jws)["detail"] == (
        "The id of the badge, https://harbour.example.org/award, is an address of somebody else "
        "than its issuer."
    )
    own = sign(signed_award(there, id=f"{there.origin}/award"))
    assert isinstance(verified(own, at=NOW), Foreign)


def test_a_refusal_tells_everything_that_was_looked_at(there):
    url = there.award(expires="2025-01-01T00:00:00Z", narrative=7)

    with pytest.raises(InvalidInput) as refused:
        verified(url, at=NOW, recipient=[("email", "bob@example.org")])

    (said,) = refused.value.general
    assert [(check["check"], check["state"]) for check in said["checks"]] == [
        ("input", "passed"),
        ("reachable", "passed"),
        ("properties", "failed"),
        ("reachable", "passed"),
        ("properties", "passed"),
        ("reachable", "passed"),
        ("properties", "passed"),
        ("hosting", "passed"),
        ("status", "passed"),
        ("dates", "failed"),
        ("recipient", "passed"),
        ("image", "passed"),
    ]
    assert said["checks"][10] == {
        "check": "recipient",
        "state": "passed",
        "level": "INFO",
        "description": "The badge was awarded to bob@example.org.",
        "code": "VERIFY_RECIPIENT_IDENTIFIER",
        "node": url,
        "advice": None,
    }


def test_e11_an_image_without_a_badge_says_so():
    assert _named(png()) == ("INVALID_BADGE", "The PNG holds no badge.")
    assert _named(SVG) == ("INVALID_BADGE", "The SVG holds no badge.")
    assert _named(b"GIF89a") == ("INVALID_BADGE", "The image is neither PNG nor SVG.")


@pytest.mark.parametrize("reason", ["", "Issued in error"])
def test_a_revoked_award_is_refused_with_its_reason(there, reason):
    url = there.put(
        "/award",
        {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "Assertion",
            "id": f"{there.origin}/award",
            "revoked": True,
            "revocationReason": reason,
        },
    )

    said = {"name": "ASSERTION_REVOKED", "description": "This assertion has been revoked"}
    assert _refusal(url) == (said | {"detail": reason} if reason else said)


def test_an_award_that_is_gone_was_revoked(there):
    url = there.put("/award", {}, status=410)

    assert _refusal(url) == {
        "name": "ASSERTION_REVOKED",
        "description": "This assertion has been revoked",
    }


@pytest.mark.parametrize(
    ("dates", "description"),
    [
        (
            {"issuedOn": "2026-11-25T12:01:01Z"},
            "The badge says that it will be issued in the future.",
        ),
        (
            {"issuedOn": "2024-05-02T09:30:00Z", "expires": "2024-05-01T00:00:00Z"},
            "The badge says that it expired before it was issued.",
        ),
    ],
)
def test_dates_that_cannot_be_are_refused(there, dates, description):
    assert _named(there.award(**dates)) == ("INVALID_BADGE", description)


def test_a_clock_that_runs_a_minute_fast_is_forgiven(there):
    assert isinstance(verified(there.award(issuedOn="2026-11-25T12:01:00Z"), at=NOW), Foreign)


def test_a_document_is_followed_to_the_id_that_it_declares(there):
    there.award()
    elsewhere = there.put("/elsewhere", {**there.document("/award"), "narrative": "not this one"})

    found = verified(elsewhere, at=NOW)

    assert isinstance(found, Foreign)
    assert (found.credential.id, found.credential.narrative) == (f"{there.origin}/award", "")
    assert there.asked[:2] == ["/elsewhere", "/award"]


def test_addresses_that_disagree_on_their_id_are_refused(there):
    first = there.put("/first", {"id": f"{there.origin}/second"})
    there.put("/second", {"id": first})

    assert _refusal(first) == {
        "name": "UNABLE_TO_VERIFY",
        "description": "Unable to verify the assertion",
        "detail": f"{first} and {there.origin}/second disagree on their id.",
    }


def test_redirects_are_followed(there):
    url = there.award()
    there.pages["/short"] = (302, "text/plain", b"/award")

    assert verified(f"{there.origin}/short", at=NOW) == verified(url, at=NOW)


def test_an_award_or_badge_class_on_another_origin_than_its_issuer_is_refused(there):
    with academy() as evil:
        evil.put("/navigation", {**there.badgeclass(), "id": f"{evil.origin}/navigation"})
        forged_class = evil.award(badge=f"{there.origin}/navigation")
        forged_issuer = there.award(badge=f"{evil.origin}/navigation")

        assert _refusal(forged_class) == {
            "name": "UNABLE_TO_VERIFY",
            "description": "Unable to verify the assertion",
            "detail": f"{forged_class} is not hosted where its issuer, {there.origin}/issuer, "
            f"has its badges. {ASK_THE_ISSUER}",
        }
        assert _refusal(forged_issuer) == {
            "name": "UNABLE_TO_VERIFY",
            "description": "Unable to verify the assertion",
            "detail": f"{evil.origin}/navigation is not hosted where its issuer, "
            f"{there.origin}/issuer, has its badges. {ASK_THE_ISSUER}",
        }


def test_an_issuer_may_allow_other_origins(there):
    with academy() as host:
        there.issuer(
            verification={
                "allowedOrigins": [there.origin.split("//")[1], host.origin.split("//")[1]]
            }
        )
        there.badgeclass()

        assert isinstance(verified(host.award(badge=f"{there.origin}/navigation"), at=NOW), Foreign)


@pytest.mark.parametrize(
    ("start", "fits"), [("{origin}/aw", True), ("{origin}", True), ("{origin}/badges/", False)]
)
def test_an_issuer_may_say_how_its_awards_begin(there, start, fits):
    there.issuer(verification={"startsWith": start.format(origin=there.origin)})
    url = there.award()

    if fits:
        assert isinstance(verified(url, at=NOW), Foreign)
    else:
        assert _refusal(url)["detail"] == (
            f"{url} does not begin as its issuer, {there.origin}/issuer, says that it must."
        )


def test_a_badge_class_without_an_image_is_refused(there):
    there.badgeclass(image=None)
    assert _named(there.award()) == ("INVALID_BADGE", "The badge class has no image.")

    there.badgeclass(image=f"{there.origin}/nothing")
    assert _named(there.award()) == ("FETCH_HTTP_NODE", "Unable to reach URL")


def test_images_may_be_written_into_the_document(there):
    there.badgeclass(image="data:image/svg+xml;base64,PHN2Zy8+")
    found = verified(there.award(), at=NOW)

    assert isinstance(found, Foreign)
    assert found.image == b"<svg/>"


def test_an_issuer_whose_image_cannot_be_had_has_none(there):
    there.issuer(image=f"{there.origin}/nothing")
    found = verified(there.award(), at=NOW)
    assert isinstance(found, Foreign)
    assert found.issuer_image is None

    there.issuer(image=there.put_image("/logo.png", png()))
    found = verified(there.award(), at=NOW)
    assert isinstance(found, Foreign)
    assert found.issuer_image == png()


def test_an_expired_award_is_verified_all_the_same(there):
    url = there.award(expires="2024-06-01T00:00:00Z")

    assert isinstance(verified(url, at=NOW + timedelta(days=1)), Foreign)
