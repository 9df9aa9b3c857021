"""Badge classes at the issuer's desk: the list, the editor with its preview, one of them."""

import json
from html import unescape
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from rosette import emblems, images
from rosette.models import BadgeClass
from rosette.operations import pictures
from tests import factories
from tests.openbadges.facts import png
from tests.web.hands import HTMX, SVG, browser, hidden, hired, words

pytestmark = pytest.mark.django_db
KNOTS = {
    "name": "Knot Tying",
    "description": "Ties ten knots by heart",
    "criteria_narrative": "Tie **ten** knots",
}


@pytest.fixture
def issuer():
    return factories.issuer()


@pytest.fixture
def ada(issuer):
    return browser(issuer.created_by)


def new(issuer):
    return f"/issuers/{issuer.entity_id}/badges/new"


def picture(content=SVG):
    return SimpleUploadedFile("knots.svg", content, "image/svg+xml")


def test_a_first_badge_needs_a_name_a_sentence_and_what_has_to_be_done(issuer, ada):
    made = ada.post(new(issuer), KNOTS)

    badge = BadgeClass.objects.get()
    assert (made.status_code, made["Location"]) == (303, f"/badges/{badge.entity_id}")
    assert {name: getattr(badge, name) for name in KNOTS} == KNOTS
    assert (badge.issuer, badge.tags, badge.alignments) == (issuer, [], [])
    drawn = pictures.read(badge.image)
    assert b"<svg" in drawn
    assert b"#8c2752" in drawn
    assert "Knot Tying" in words(ada.get(made["Location"]))


def test_everything_of_a_badge_class_can_be_said(issuer, ada):
    ada.post(
        new(issuer),
        KNOTS
        | {
            "criteria_url": "https://harbor.example.org/knots",
            "tags": "rope, night sky,, rope",
            "expires_amount": "2",
            "expires_duration": "years",
            "suspendable": "on",
            "image": picture(),
            "alignment-TOTAL_FORMS": "2",
            "alignment-0-target_name": "Ropes",
            "alignment-0-target_url": "https://frame.example.org/ropes",
            "alignment-0-target_code": "R1",
        },
    )

    badge = BadgeClass.objects.get()
    assert badge.criteria_url == "https://harbor.example.org/knots"
    assert badge.tags == ["rope", "night sky"]
    assert (badge.expires_amount, badge.expires_duration, badge.suspendable) == (2, "years", True)
    assert badge.alignments == [
        {
            "target_name": "Ropes",
            "target_url": "https://frame.example.org/ropes",
            "target_framework": None,
            "target_code": "R1",
            "target_description": None,
        }
    ]
    assert b"M0 0h9v9z" in pictures.read(badge.image)


def test_a_mistake_keeps_everything_that_was_typed_and_the_chosen_picture(issuer, ada):
    wrong = ada.post(new(issuer), {"name": "Knots", "tags": "rope", "image": picture()})

    assert wrong.status_code == 400
    said = words(wrong)
    assert "Say what has to be done, or give a page that does." in said
    assert 'value="Knots"' in wrong.text
    assert 'value="rope"' in wrong.text
    again = KNOTS | {"kept_picture": hidden(wrong, "kept_picture")}
    assert ada.post(new(issuer), again).status_code == 303
    assert b"M0 0h9v9z" in pictures.read(BadgeClass.objects.get().image)


def test_the_chosen_picture_can_be_taken_out_again(issuer, ada):
    kept = hidden(ada.post(new(issuer), {"image": picture(), "step": "preview"}), "kept_picture")

    dropped = ada.post(new(issuer), KNOTS | {"kept_picture": kept, "step": "drop"})

    assert kept
    assert (dropped.status_code, hidden(dropped, "kept_picture")) == (200, "")


def test_a_picture_that_the_server_did_not_sign_for_is_not_taken(issuer, ada):
    ada.post(new(issuer), KNOTS | {"kept_picture": "../../etc/passwd"})

    assert pictures.read(BadgeClass.objects.get().image) == pictures.read(
        pictures.keep(emblems.drawn("Knot Tying", "#8c2752", "#f6d9a8"))
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 1025}, "at most 1024 characters"),
        ({"name": "a\0b"}, "Null characters are not allowed."),
        ({"criteria_narrative": "![x](https://x.example.org)"}, "Pictures cannot stand"),
        ({"criteria_url": "ftp://harbor.example.org"}, "Enter a valid URL."),
        ({"expires_amount": "-1"}, "greater than or equal to 1"),
        ({"expires_amount": "1", "expires_duration": "aeons"}, "Select a valid choice."),
        ({"image": SimpleUploadedFile("a.png", b"GIF89a")}, "Invalid PNG"),
        ({"tags": ",".join(map(str, range(300)))}, "These are too many tags"),
        ({"tags": "x" * 1025}, "one of them is too long"),
        (
            {"alignment-TOTAL_FORMS": "1", "alignment-0-target_name": "Ropes"},
            "Please look at the alignments again.",
        ),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_made(issuer, ada, wrong, said):
    refused = ada.post(new(issuer), KNOTS | wrong)

    assert (refused.status_code, said in words(refused)) == (400, True)
    assert list(BadgeClass.objects.all()) == []


@pytest.mark.parametrize("total", ["", "x", "-1", "999999", "1e3"])
def test_nonsense_about_the_number_of_alignments_is_no_error(issuer, ada, total):
    assert ada.post(new(issuer), KNOTS | {"alignment-TOTAL_FORMS": total}).status_code == 303


def test_a_row_for_an_alignment_is_added_and_an_emptied_one_goes(issuer, ada):
    badge = factories.badgeclass(
        issuer, alignments=[{"target_name": "Ropes", "target_url": "https://x.example.org/"}]
    )
    edit = f"/badges/{badge.entity_id}/edit"

    more = ada.post(edit, KNOTS | {"alignment-TOTAL_FORMS": "1", "step": "alignment"})
    gone = ada.post(edit, KNOTS | {"alignment-TOTAL_FORMS": "1", "alignment-INITIAL_FORMS": "1"})

    assert hidden(more, "alignment-TOTAL_FORMS") == "2"
    assert gone.status_code == 303
    assert BadgeClass.objects.get().alignments == []


def test_the_preview_is_made_by_those_who_make_the_real_thing(issuer, ada):
    def preview(view, **more):
        sent = KNOTS | {"view": view, "step": "preview"} | more
        return ada.post(new(issuer), sent, headers=HTMX).text

    assert "<h3>Knot Tying</h3>" in preview("card")
    assert "<strong>ten</strong> knots" in preview("page")
    assert "Congratulations, you earned a badge!" in preview("mail")
    as_2_0 = json.loads(
        unescape(preview("2_0").partition("tabindex")[2].partition(">")[2].partition("</pre>")[0])
    )
    assert (as_2_0["type"], as_2_0["name"]) == ("BadgeClass", "Knot Tying")
    assert as_2_0["criteria"] == {"narrative": "Tie **ten** knots"}
    assert "&quot;achievementType&quot;" in preview("3_0")
    assert "<script>" not in preview("page", name="<script>alert(1)</script>")
    assert "<script>" not in preview("mail", name="<script>alert(1)</script>")
    assert preview("nonsense").count("<h3>Knot Tying</h3>") == 1
    assert list(BadgeClass.objects.all()) == []


def test_without_a_script_the_preview_is_a_page_with_the_form_as_it_was(issuer, ada):
    shown = ada.post(new(issuer), {"name": "Sailing", "view": "2_0", "step": "preview"})

    assert shown.status_code == 200
    assert 'value="Sailing"' in shown.text
    assert "&quot;name&quot;: &quot;Sailing&quot;" in shown.text
    assert "This field is required" not in shown.text


def test_hints_say_how_it_could_be_better(issuer, ada):
    def hints(**sent):
        shown = ada.post(new(issuer), {"step": "preview"} | sent, headers=HTMX)
        return words(shown).partition("How it could be better")[2]

    assert "Say what somebody has to do for this badge." in hints()
    small = hints(**KNOTS, image=SimpleUploadedFile("knots.png", png()))
    assert "The picture is only 1 pixels wide." in small
    good = hints(
        name="Knots",
        description="Ties ten knots by heart, and knows what each of them is for.",
        criteria_narrative="Tie ten knots in front of two sailors, one blindfolded.",
        tags="rope",
        image=picture(),
        **{
            "alignment-TOTAL_FORMS": "1",
            "alignment-0-target_name": "Ropes",
            "alignment-0-target_url": "https://frame.example.org/",
        },
    )
    assert "Nothing that we could think of." in good


def test_a_change_keeps_the_picture_and_what_the_form_does_not_know(issuer, ada):
    badge = factories.badgeclass(
        issuer, image=pictures.keep(SVG), extensions={"extensions:x": {"a": 1}}
    )

    ada.post(f"/badges/{badge.entity_id}/edit", KNOTS | {"name": "Splicing"})

    changed = BadgeClass.objects.get()
    assert (changed.name, changed.image) == ("Splicing", badge.image)
    assert changed.extensions == {"extensions:x": {"a": 1}}


def test_whether_awards_can_be_suspended_is_settled_by_the_first_award(issuer, ada):
    badge = factories.badgeclass(issuer)
    factories.assertion(badge)

    refused = ada.post(f"/badges/{badge.entity_id}/edit", KNOTS | {"suspendable": "on"})

    assert refused.status_code == 400
    assert "Cannot be changed any more once the badge class was awarded." in words(refused)


def test_the_list_is_searched_by_words_tags_and_use(issuer, ada):
    rope = factories.badgeclass(issuer, name="Knot Tying", tags=["rope"])
    factories.badgeclass(issuer, name="Äquator Taufe", description="Crossed it", tags=["sea"])
    factories.badgeclass(name="Foreign", issuer=factories.issuer(name="Pier School"))
    factories.assertion(rope)

    def found(**query):
        shown = words(ada.get(f"/issuers/{issuer.entity_id}", query))
        return [name for name in ("Knot Tying", "Äquator Taufe", "Foreign") if name in shown]

    assert found() == ["Knot Tying", "Äquator Taufe"]
    assert found(q="äQUATOR crossed") == ["Äquator Taufe"]
    assert found(tag="rope") == ["Knot Tying"]
    assert found(use="fresh") == ["Äquator Taufe"]
    assert found(use="awarded") == ["Knot Tying"]
    assert found(q="nothing at all") == []
    assert found(page="99999999999999", sort="x", use="y") == ["Knot Tying", "Äquator Taufe"]


def test_a_badge_class_tells_its_name_and_shows_its_newest_awards(issuer, ada):
    badge = factories.badgeclass(issuer)
    factories.assertion(badge)

    shown = ada.get(f"/badges/{badge.entity_id}")

    assert f'<code id="entity-id">{badge.entity_id}</code>' in shown.text
    assert "1 award" in words(shown)
    assert "bob@example.org" in words(shown)
    assert f"/v2/badgeclasses/{badge.entity_id}" in shown.text


def test_a_badge_that_somebody_holds_is_not_deleted_and_says_why(issuer, ada):
    award = factories.assertion(factories.badgeclass(issuer))
    delete = f"/badges/{award.badgeclass.entity_id}/delete"

    assert "This badge cannot be deleted yet 1 person holds it." in words(ada.get(delete))
    assert ada.post(delete)["Location"] == delete
    award.revoked_at = timezone.now()
    award.save()
    assert ada.post(delete)["Location"] == f"/issuers/{issuer.entity_id}"
    assert BadgeClass.objects.get().deleted_at is not None


def test_staff_award_but_do_not_change(issuer):
    badge = factories.badgeclass(issuer)
    staff = hired(issuer, "staff")

    shown = words(staff.get(f"/badges/{badge.entity_id}"))

    assert ("Award it" in shown, "Delete this badge" in shown) == (True, False)
    for path in (new(issuer), f"/badges/{badge.entity_id}/edit"):
        assert staff.get(path).status_code == staff.post(path, KNOTS).status_code == 403
    assert BadgeClass.objects.get().description == "Ties knots"


def test_names_that_differ_have_rosettes_that_differ():
    drawn = {emblems.drawn(name, "#000000", "#ffffff") for name in ("a", "b", "結び目", "узел")}

    assert len(drawn) == 4
    assert emblems.drawn(" A ", "#000000", "#ffffff") == emblems.drawn("a", "#000000", "#ffffff")


def test_no_rosette_is_cut_off_at_the_edge():
    scallops = set()
    for number in range(60):
        drawn = emblems.drawn(str(number), "#000000", "#ffffff")
        with Image.open(BytesIO(images.png(drawn, "image/svg+xml", height_px=200))) as picture:
            left, top, right, bottom = picture.getchannel("A").getbbox()
        assert min(left, top, 200 - right, 200 - bottom) >= 1, number
        scallops.add(drawn.count(b"A34 34"))
    assert scallops == {14, 16, 18, 20, 22, 24}
