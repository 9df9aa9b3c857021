"""/badges/:id/award/many and what follows: a table of recipients, mended and awarded."""

import csv
import io
import zipfile
from datetime import timedelta

import openpyxl
import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from rosette.models import Assertion, AwardJob, Notice, Sheet
from rosette.operations import bulk, sheets, upkeep
from tests import factories
from tests.web.hands import HTMX, browser, hired, told, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def badge():
    return factories.badgeclass()


@pytest.fixture
def ada(badge):
    return browser(badge.issuer.created_by)


def many(badge):
    return f"/badges/{badge.entity_id}/award/many"


def handed_in(badge, ada, table, name="people.csv"):
    """The address of the sheet that the table has become."""
    source = table if isinstance(table, bytes) else table.encode()
    file = io.BytesIO(source)
    file.name = name
    led = ada.post(many(badge), {"file": file})
    assert led.status_code == 303, words(led)
    return led["Location"]


def mapped(ada, sheet, *fields):
    """The page that checks, after the columns were given these meanings."""
    chosen = {f"column-{at}": name for at, name in enumerate(fields)} or guessed()
    return told(ada, sheet, {"step": "map", **chosen})


def guessed():
    return {f"column-{at}": name for at, name in enumerate(Sheet.objects.latest("pk").fields)}


def counted(page):
    """Ready, mistakes, duplicates, left out."""
    return sheets.counts(sheets.seen(Sheet.objects.latest("pk")))


def awarded(ada, sheet, **sent):
    """The page of the job, at its end."""
    led = ada.post(f"{sheet}/confirm", {"notify": "yes"} | sent)
    assert led.status_code == 303, words(led)
    bulk.carry_on(AwardJob.objects.latest("pk").pk)
    return ada.get(led["Location"])


def test_a_table_becomes_awards_with_names_evidence_days_and_mails(badge, ada):
    sheet = handed_in(
        badge,
        ada,
        "E-Mail;Vorname;Nachname;Beschreibung;URL;Datum;Gültig bis\r\n"
        "Bob@Example.org;Bob;Reed;Knots;https://e.example.org/1;02.01.2026;2099-01-02\r\n"
        "carol@example.org;;;;;;\r\n",
    )
    shown = mapped(ada, sheet)

    assert "No line has a mistake." in words(shown)
    assert "Award 2 badges" in words(ada.get(f"{sheet}/confirm"))
    assert "Send 2 mails" in words(ada.get(f"{sheet}/confirm"))
    done = awarded(ada, sheet)
    bobs, carols = Assertion.objects.order_by("pk")
    assert (bobs.recipient_identity, bobs.narrative) == ("bob@example.org", "Knots")
    assert bobs.extensions["extensions:recipientProfile"]["name"] == "Bob Reed"
    assert bobs.evidence == [{"url": "https://e.example.org/1", "narrative": None}]
    assert f"{bobs.issued_on:%Y-%m-%d %H}" == "2026-01-02 00"
    assert f"{bobs.expires_on:%Y-%m-%d %H}" == "2099-01-02 23"
    assert (carols.recipient_identity, carols.evidence, carols.expires_on) == (
        "carol@example.org",
        [],
        None,
    )
    assert Notice.objects.count() == 2
    assert f'href="/awards/{bobs.entity_id}"' in done.text


@pytest.mark.parametrize(
    ("source", "encoding", "delimiter", "head"),
    [
        ("email,name\nb@e.org,Zoë\n".encode(), "utf_8", ",", ["email", "name"]),
        ("\ufeffemail\tname\nb@e.org\tZoë\n".encode(), "utf_8", "\t", ["email", "name"]),
        ("email|name\nb@e.org|Zoë\n".encode("utf-16"), "utf_16", "|", ["email", "name"]),
        (
            "E-Mail;Name\nb@e.org;Jürgen Müller aus Köln\nc@e.org;Käthe Größer\n".encode("cp1252"),
            "cp1252",
            ";",
            ["E-Mail", "Name"],
        ),
        (b"b@e.org\nc@e.org\n", "utf_8", ",", []),
    ],
)
def test_how_a_file_is_written_is_guessed(badge, ada, source, encoding, delimiter, head):
    handed_in(badge, ada, source)

    sheet = Sheet.objects.get()
    assert (sheet.encoding, sheet.delimiter, sheet.head) == (encoding, delimiter, head)
    assert sheets.rows_of(sheet)[0][1:] != ["Zo\ufffd"]
    assert sheet.fields[0] == "recipient"


def test_what_was_guessed_wrong_is_said_and_read_again(badge, ada):
    where = handed_in(badge, ada, "email,name\nb@e.org,Łucja\n".encode("cp1250"))

    shown = told(
        ada, where, {"step": "reread", "encoding": "cp1250", "delimiter": ",", "has_head": "on"}
    )
    assert "Łucja" in words(shown)
    told(ada, where, {"step": "reread", "encoding": "cp1250", "delimiter": ";"})
    assert sheets.rows_of(Sheet.objects.get()) == [["email,name"], ["b@e.org,Łucja"]]


def test_lines_can_be_pasted_and_nothing_is_no_table(badge, ada):
    assert ada.post(many(badge), {"text": "b@e.org\tBob\nc@e.org\tCarol"}).status_code == 303
    assert sheets.rows_of(Sheet.objects.get()) == [["b@e.org", "Bob"], ["c@e.org", "Carol"]]

    for nothing in ({}, {"text": " \n;;\n"}):
        refused = ada.post(many(badge), nothing)
        assert (refused.status_code, "There is nothing in" in words(refused)) == (400, True)


def test_what_columns_mean_is_remembered_for_the_badge(badge, ada):
    mapped(ada, handed_in(badge, ada, "Wer,Was\nb@e.org,Knots\n"), "recipient", "narrative")

    handed_in(badge, ada, "was,wer,neu\nSails,c@e.org,x\n")
    assert Sheet.objects.latest("pk").fields == ["narrative", "recipient", ""]
    other = factories.badgeclass(badge.issuer)
    handed_in(other, ada, "was,wer\nSails,c@e.org\n")
    assert Sheet.objects.latest("pk").fields == ["", "recipient"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (("", "name"), "Say which column tells who receives it."),
        (("recipient", "recipient"), "Two columns mean the same."),
        (("root", "x"), "Say which column tells who receives it."),
    ],
)
def test_columns_that_make_no_sense_are_refused(badge, ada, fields, said):
    sheet = handed_in(badge, ada, "email,name\nb@e.org,Bob\n")
    chosen = {f"column-{at}": name for at, name in enumerate(fields)}

    refused = ada.post(sheet, {"step": "map", **chosen})

    assert (refused.status_code, said in words(refused)) == (400, True)
    assert ada.get(f"{sheet}/check")["Location"] == sheet


def test_a_line_is_refused_for_what_the_form_refuses_and_mended_in_place(badge, ada):
    sheet = handed_in(
        badge, ada, "email,narrative,issued,expires\nbob,![](x),2099-01-01,2000-01-01\n"
    )
    shown = words(mapped(ada, sheet))

    for said in (
        "This is no mail address, telephone number or web address.",
        "Pictures cannot stand in this text.",
        "This day has to be today or in the past.",
        "It would end before it begins.",
    ):
        assert said in shown
    mended = {
        "cell-0-0": "bob@example.org",
        "cell-0-1": "Knots",
        "cell-0-2": "2026-01-01",
        "cell-0-3": "",
    }
    assert "No line has a mistake." in words(told(ada, f"{sheet}/check", mended))
    awarded(ada, sheet)
    assert Assertion.objects.get().narrative == "Knots"


def test_days_that_can_be_two_are_refused(badge, ada):
    shown = mapped(ada, handed_in(badge, ada, "email,issued\nb@e.org,1/2/2026\n"))

    assert "Write the day as 2026-11-30 or 30.11.2026." in words(shown)


def test_lines_with_mistakes_are_saved_as_a_table_without_formulas(badge, ada):
    sheet = handed_in(badge, ada, "email,narrative\nbob,=1+1\nc@e.org,x\n")
    mapped(ada, sheet)

    saved = ada.get(f"{sheet}/mistakes.csv")

    [head, line] = csv.reader(io.StringIO(saved.content.decode("utf-8-sig")))
    assert head == ["email", "narrative", "Mistakes"]
    assert line == ["bob", "'=1+1", "This is no mail address, telephone number or web address."]


def test_duplicates_are_left_out_unless_somebody_says_otherwise(badge, ada):
    factories.assertion(badge, "bob@example.org")
    table = "email\nbob@example.org\ncarol@example.org\nCarol@Example.org\ndan@example.org\n"
    sheet = handed_in(badge, ada, table)

    shown = mapped(ada, sheet)
    assert counted(shown) == {"ready": 2, "wrong": 0, "twice": 2, "out": 0}
    assert "has this badge already" in words(shown)
    assert "stands further up as well" in words(shown)
    told(ada, f"{sheet}/check", {"choice-2": "again", "choice-3": "skip"})
    assert counted(shown) == {"ready": 2, "wrong": 0, "twice": 1, "out": 1}
    awarded(ada, sheet)
    assert sorted(Assertion.objects.values_list("recipient_identity", flat=True)) == [
        "bob@example.org",
        "carol@example.org",
        "carol@example.org",
    ]


def test_all_duplicates_can_be_awarded_once_more_with_one_button(badge, ada):
    sheet = handed_in(badge, ada, "email\n" + "bob@example.org\n" * 30)
    mapped(ada, sheet)

    told(ada, f"{sheet}/check", {"show": "twice", "all": "again"})

    assert counted(None) == {"ready": 30, "wrong": 0, "twice": 0, "out": 0}


def test_looking_awards_nothing_and_confirming_twice_awards_once(badge, ada):
    sheet = handed_in(badge, ada, "email\nbob@example.org\n")
    mapped(ada, sheet)
    shown = words(ada.get(f"{sheet}/confirm"))
    assert "Mail only people who never got anything here: one mail" in shown
    assert (AwardJob.objects.count(), Assertion.objects.count()) == (0, 0)

    places = {ada.post(f"{sheet}/confirm", {"notify": "no"})["Location"] for _ in range(3)}

    job = AwardJob.objects.get()
    assert places == {f"/badges/{badge.entity_id}/jobs/{job.entity_id}"}
    assert (ada.get(sheet)["Location"], ada.get(f"{sheet}/check")["Location"]) == (*places, *places)
    bulk.carry_on(job.pk)
    # As the page said: of the first award that they ever get, people are told.
    assert (Assertion.objects.count(), Notice.objects.count()) == (1, 1)


def test_awards_wait_for_the_day_that_was_named(badge, ada):
    sheet = handed_in(badge, ada, "email\nbob@example.org\n")
    mapped(ada, sheet)
    at = timezone.now().replace(second=0, microsecond=0) + timedelta(days=2)

    led = ada.post(f"{sheet}/confirm", {"notify": "yes", "begins_at": f"{at:%Y-%m-%dT%H:%M}"})

    asked = DBTaskResult.objects.get(task_path="rosette.tasks.carry_on_award_job")
    assert abs(asked.run_after - at) < timedelta(minutes=1)
    assert AwardJob.objects.get().begins_at == at
    assert "Nothing is awarded before" in words(ada.get(led["Location"]))
    for wrong in ("2000-01-01T10:00", "2199-01-01T10:00", "soon"):
        other = handed_in(badge, ada, "email\ndan@example.org\n")
        mapped(ada, other)
        refused = ada.post(f"{other}/confirm", {"notify": "yes", "begins_at": wrong})
        assert refused.status_code == 400


def test_progress_is_told_and_the_page_comes_anew_at_the_end(badge, ada):
    sheet = handed_in(badge, ada, "email\nbob@example.org\n")
    mapped(ada, sheet)
    where = ada.post(f"{sheet}/confirm", {"notify": "no"})["Location"]

    going = ada.get(where, headers=HTMX)
    assert ('hx-trigger="every 2s"' in going.text, "HX-Refresh" in going) == (True, False)
    assert "<progress" in ada.get(where).text
    bulk.carry_on(AwardJob.objects.get().pk)
    ended = ada.get(where, headers=HTMX)
    assert ("hx-trigger" in ended.text, ended["HX-Refresh"]) == (False, "true")


def test_awards_are_stopped_and_undone(badge, ada):
    sheet = handed_in(badge, ada, "email\nbob@example.org\n")
    mapped(ada, sheet)
    where = ada.post(f"{sheet}/confirm", {"notify": "yes"})["Location"]

    assert "Stopped." in words(told(ada, f"{where}/stop"))
    job = AwardJob.objects.get()
    assert (job.state, Assertion.objects.count()) == ("cancelled", 0)

    other = handed_in(badge, ada, "email\nbob@example.org\n")
    mapped(ada, other)
    shown = awarded(ada, other)
    assert "Undo all of it" in words(shown)
    job = AwardJob.objects.latest("pk")
    where = f"/badges/{badge.entity_id}/jobs/{job.entity_id}"
    assert ada.post(f"{where}/undo").status_code == 303
    bulk.carry_on(job.pk)
    assert Assertion.objects.get().revoked_at is not None
    assert Notice.objects.get().state == "skipped"
    assert "Undo all of it" not in words(ada.get(where))


def test_what_the_job_refused_is_a_table_again(badge, ada):
    sheet = handed_in(badge, ada, "email,name,expires\nbob@example.org,Bob,2099-01-02\n")
    mapped(ada, sheet)
    where = ada.post(f"{sheet}/confirm", {"notify": "no"})["Location"]
    factories.assertion(badge, "bob@example.org")  # in the meantime
    bulk.carry_on(AwardJob.objects.get().pk)

    shown = words(ada.get(where))
    assert "1 bob@example.org A previous award of this badge already exists" in shown
    again = ada.post(f"{where}/retry")["Location"]
    assert sheets.rows_of(Sheet.objects.latest("pk")) == [
        ["bob@example.org", "Bob", "", "", "", "", "2099-01-02"]
    ]
    assert "has this badge already" in words(mapped(ada, again))


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_is_read(badge, ada):
    day = timezone.now().replace(year=2026, month=1, day=2, hour=0, minute=0, second=0)
    source = workbook(
        ["email", "issued", "name", None],
        ["bob@example.org", day.date(), 7.0, None],
        [None, None, None, None],
        ["carol@example.org", "2026-01-03", True, None],
    )
    handed_in(badge, ada, source, "people.xlsx")

    sheet = Sheet.objects.get()
    assert (sheet.encoding, sheet.delimiter) == ("", "")
    assert sheets.rows_of(sheet) == [
        ["bob@example.org", "2026-01-02", "7"],
        ["carol@example.org", "2026-01-03", "true"],
    ]


def bomb(size):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/sharedStrings.xml", b"0" * size)
    return file.getvalue()


def laughing():
    good = zipfile.ZipFile(io.BytesIO(workbook(["email"], ["bob@example.org"])))
    lols = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        for name in good.namelist():
            content = good.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = f"<!DOCTYPE x [{lols}]><worksheet>&l9;</worksheet>".encode()
            parts.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (bomb(70_000_000), "This file is too large."),
        (bomb(10), "cannot be read as a table"),
        (b"PK\x03\x04" + b"x" * 100, "cannot be read as a table"),
        (workbook(*([["a@e.org"]] * 5))[:-60], "cannot be read as a table"),
        (laughing(), "cannot be read as a table"),
        (workbook(["x"] * 60), "no more than 50 columns"),
        (b"a" * 10_000_001, "This file is too large."),
        (b"a@e.org\n" * 20_002, "no more than 20,000 lines"),
        (b"a@e.org\n" * 20_001, "no more than 20,000 lines"),
        (b"\xff\xfea", "cannot be read as a table"),
        (b'"' + b"x" * 200_000, "cannot be read as a table"),
    ],
    ids=range(11),
)
def test_hostile_files_are_refused(badge, ada, source, said):
    file = io.BytesIO(source)
    file.name = "people.xlsx"

    refused = ada.post(many(badge), {"file": file})

    assert (refused.status_code, said in words(refused)) == (400, True)
    assert Sheet.objects.count() == 0


def test_ten_thousand_lines_are_pages_of_the_same_length(badge, ada, django_assert_max_num_queries):
    lines = "".join(f"person{n}@example.org,Person {n}\n" for n in range(9_000))
    wrong = "".join(f"person{n} at example.org,Person {n}\n" for n in range(1_000))
    sheet = handed_in(badge, ada, f"email,name\n{lines}{wrong}")

    shown = mapped(ada, sheet)
    assert counted(shown) == {"ready": 9_000, "wrong": 1_000, "twice": 0, "out": 0}
    assert shown.text.count('name="cell-') == 50
    assert len(shown.content) < 120_000
    with django_assert_max_num_queries(12):
        onwards = ada.get(f"{sheet}/check?show=wrong&from=975")
    assert "976 to 1000 of 1000" in words(onwards)
    awarded(ada, sheet, notify="no")
    job = AwardJob.objects.get()
    while job.is_open:
        bulk.carry_on(job.pk)
        job.refresh_from_db()
    assert (job.awarded, job.failed, Assertion.objects.count()) == (9_000, 0, 9_000)


@pytest.mark.parametrize("sent", ["cell-9-9", "cell-999999-0", "cell-0-99", "choice-77"])
def test_cells_that_are_not_there_are_passed_over(badge, ada, sent):
    sheet = handed_in(badge, ada, "email\nbob@example.org\n")
    mapped(ada, sheet)

    assert ada.post(f"{sheet}/check", {sent: "again"}).status_code == 303
    assert sheets.rows_of(Sheet.objects.get()) == [["bob@example.org"]]
    assert counted(None)["ready"] == 1


def test_a_table_is_its_makers_and_ends(badge, ada):
    sheet = handed_in(badge, ada, "email\nbob@example.org\n")
    mapped(ada, sheet)

    for role, status in (("viewer", 403), ("staff", 404), ("editor", 404)):
        other = hired(badge.issuer, role)
        for path in ("", "/check", "/confirm", "/mistakes.csv"):
            assert other.get(sheet + path).status_code == status
        assert other.post(f"{sheet}/discard").status_code == status
    upkeep.keep_house()
    assert Sheet.objects.count() == 1
    Sheet.objects.update(updated_at=timezone.now() - timedelta(days=8))
    upkeep.keep_house()
    assert Sheet.objects.count() == 0


def test_a_table_is_thrown_away_and_twenty_are_enough(badge, ada):
    for _ in range(20):
        sheet = handed_in(badge, ada, "email\nbob@example.org\n")
    refused = ada.post(many(badge), {"text": "bob@example.org"})
    assert (refused.status_code, "twenty tables open" in words(refused)) == (400, True)

    assert "thrown away" in words(told(ada, f"{sheet}/discard"))
    assert Sheet.objects.count() == 19


def test_whoever_may_award_may_award_many_and_only_an_editor_may_undo(badge):
    staff = hired(badge.issuer, "staff")
    sheet = handed_in(badge, staff, "email\nbob@example.org\n")
    mapped(staff, sheet)
    shown = awarded(staff, sheet)

    assert "Undo all of it" not in words(shown)
    job = AwardJob.objects.get()
    where = f"/badges/{badge.entity_id}/jobs/{job.entity_id}"
    assert staff.post(f"{where}/undo").status_code == 403
    other = factories.badgeclass(badge.issuer)
    assert staff.get(f"/badges/{other.entity_id}/jobs/{job.entity_id}").status_code == 404
