"""
``/badges/:id/award/many`` and ``/badges/:id/sheets/…``: a table of recipients, on its way.

Four steps, each a page of its own: hand it in, say what the columns mean, mend it, confirm. What is
wrong is shown some lines at a time, so that a table of any length is a page of the same length.
"""

import csv
import re
from datetime import datetime, timedelta
from io import StringIO
from typing import Any, Final, NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rosette.errors import InvalidInput
from rosette.models import BadgeClass, Sheet
from rosette.models.badgeclasses import badgeclass_record
from rosette.operations import bulk, sheets, tables
from rosette.operations.policies import Reach
from rosette.operations.sheets import Seen
from rosette.web import previews
from rosette.web.desk import Desk, at_badgeclass
from rosette.web.forms import Form, texts_of
from rosette.web.lines import Reader
from rosette.web.register import safe
from rosette.web.visits import say, see

FIELDS: Final = {
    "recipient": gettext_lazy("Who receives it"),
    "name": gettext_lazy("Name"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "narrative": gettext_lazy("What was done"),
    "url": gettext_lazy("Address of the work"),
    "evidence": gettext_lazy("What the work shows"),
    "issued_on": gettext_lazy("Awarded on"),
    "expires_on": gettext_lazy("Good until"),
}
_ENCODINGS: Final = {
    "utf_8": "UTF-8",
    "cp1252": "Windows (Western Europe)",
    "iso8859_15": "ISO 8859-15",
    "utf_16": "UTF-16",
    "cp1250": "Windows (Central Europe)",
    "cp1251": "Windows (Cyrillic)",
    "cp1253": "Windows (Greek)",
    "cp1254": "Windows (Turkish)",
    "mac_roman": "Mac Roman",
    "cp932": "Shift JIS",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "euc_kr": "EUC-KR",
}
_DELIMITERS: Final = {
    ",": gettext_lazy("a comma"),
    ";": gettext_lazy("a semicolon"),
    "\t": gettext_lazy("a tab"),
    "|": gettext_lazy("a bar"),
}
_STATES: Final = {
    "wrong": gettext_lazy("Mistakes"),
    "twice": gettext_lazy("Duplicates"),
    "ready": gettext_lazy("Ready"),
    "out": gettext_lazy("Left out"),
}
_PAGE: Final = 25
_SAMPLES: Final = 3
_SAMPLE_LENGTH: Final = 60
_CELL: Final = re.compile(r"cell-(\d{1,6})-(\d{1,2})")
_CHOICE: Final = re.compile(r"choice-(\d{1,6})")
_YEAR: Final = timedelta(days=366)
_TEMPLATE: Final = "email,name,narrative,evidence,issued on,good until\r\n"


class Cell(NamedTuple):
    """One input of a line that can be mended."""

    name: str
    label: str
    text: str
    mistakes: list[str]
    is_long: bool


class Shown(NamedTuple):
    """A line as the page shows it; ``number`` counts from 1."""

    number: int
    seen: Seen
    cells: list[Cell]
    general: list[str]
    choice: str


class ConfirmForm(Form):
    """Whether mails go out, and when."""

    notify = forms.ChoiceField(label=gettext_lazy("Mails"), widget=forms.RadioSelect, initial="yes")
    begins_at = forms.DateTimeField(
        label=gettext_lazy("Not before"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        help_text=gettext_lazy("Leave it empty to award at once. You can close the page."),
    )

    def clean_begins_at(self) -> datetime | None:
        """A moment of the coming year; one that has just passed is now."""
        at: datetime | None = self.cleaned_data["begins_at"]
        if at is not None and at > timezone.now() + _YEAR:
            raise forms.ValidationError(_("This day is too far away."))
        if at is not None and at < timezone.now() - timedelta(hours=1):
            raise forms.ValidationError(_("This moment has passed."))
        return at


@at_badgeclass(Reach.STAFF)
def start(request: HttpRequest, desk: Desk, badgeclass: BadgeClass) -> HttpResponse:
    """``GET /badges/:id/award/many``: hand a table in; ``POST`` takes it."""
    if badgeclass.archived_at:
        return see(f"/badges/{badgeclass.entity_id}")  # where it says so
    errors: list[str] = []
    if request.method == "POST":
        file = request.FILES.get("file")
        text = request.POST.get("text", "")
        try:
            if file and (file.size or 0) > tables.SOURCE_MAX_BYTES:
                raise InvalidInput(general=[tables.TOO_LARGE])
            source = file.read() if file else text.encode(errors="replace")
            name = (file.name if file else None) or _("Pasted table")
            sheet = sheets.keep(badgeclass, source, name=name, by=desk.by)
        except InvalidInput as refusal:
            errors = list(texts_of(refusal))
        else:
            return see(_address(sheet, badgeclass))
    context = {
        "badgeclass": badgeclass,
        "picture": previews.stored(badgeclass.image),
        "errors": errors,
        "text": request.POST.get("text", "") if errors else "",
        "sheets": sheets.open_of(badgeclass, by=desk.by),
        "jobs": _jobs(badgeclass, desk),
        "rows_at_most": tables.ROWS_AT_MOST,
    }
    return desk.page(request, "sheets/start", context, 400 if errors else 200)


@at_badgeclass(Reach.STAFF)
def template(request: HttpRequest, desk: Desk, badgeclass: BadgeClass) -> HttpResponse:
    """``GET /badges/:id/award/template.csv``: a table to begin with."""
    day = f"{timezone.localdate():%Y-%m-%d}"
    example = f"name@example.org,Robin Reed,,https://example.org/work,{day},\r\n"
    return _file(badgeclass, "template", _TEMPLATE + example)


@at_badgeclass(Reach.STAFF)
def columns(
    request: HttpRequest, desk: Desk, badgeclass: BadgeClass, sheet_id: str
) -> HttpResponse:
    """``GET /badges/:id/sheets/:sheet``: what the columns mean; ``POST`` says so."""
    sheet = sheets.find(sheet_id, badgeclass, by=desk.by)
    if sheet.job_id is not None:
        return _onwards(sheet, badgeclass)
    errors: list[str] = []
    if request.method == "POST":
        try:
            if request.POST.get("step") == "reread":
                sheets.reread(
                    sheet,
                    encoding=request.POST.get("encoding", ""),
                    delimiter=request.POST.get("delimiter", ""),
                    has_head="has_head" in request.POST,
                )
                return see(request.path)
            chosen = [request.POST.get(f"column-{at}", "") for at in range(len(sheet.fields))]
            sheets.give_meaning(sheet, chosen, reads=Reader())
        except InvalidInput as refusal:
            errors = list(texts_of(refusal))
        else:
            return see(f"{request.path.rstrip('/')}/check")
    chosen = [request.POST.get(f"column-{at}", name) for at, name in enumerate(sheet.fields)]
    context = {
        "errors": errors,
        "columns": _columns(sheet, chosen),
        "fields": FIELDS.items(),
        "encodings": _ENCODINGS.items(),
        "delimiters": _DELIMITERS.items(),
    }
    return _page(request, desk, badgeclass, sheet, "columns", context, 400 if errors else 200)


@at_badgeclass(Reach.STAFF)
def check(request: HttpRequest, desk: Desk, badgeclass: BadgeClass, sheet_id: str) -> HttpResponse:
    """``GET …/check``: how many lines are good, and the others to be mended; ``POST`` mends."""
    sheet = sheets.find(sheet_id, badgeclass, by=desk.by)
    if sheet.job_id is not None or sheet.verdicts is None:
        return _onwards(sheet, badgeclass)
    if request.method == "POST":
        _mend(request, sheet)
        back = {name: request.POST.get(name, "") for name in ("show", "from")}
        return see(f"{request.path}?{urlencode(back)}")
    lines = sheets.seen(sheet)
    count = sheets.counts(lines)
    show = request.GET.get("show", "")
    if show not in _STATES or not count[show]:
        show = next((state for state in _STATES if count[state]), "ready")
    fitting = [line for line in lines if line.state == show]
    begin = _number(request.GET.get("from", ""))
    begin = begin if begin < len(fitting) else 0
    here = fitting[begin : begin + _PAGE]
    context = {
        "count": count,
        "states": [
            {"name": name, "word": word, "count": count[name]} for name, word in _STATES.items()
        ],
        "show": show,
        "begin": begin,
        "rows": _shown(sheet, here),
        "first": begin + 1,
        "last": begin + len(here),
        "fitting": len(fitting),
        "newer": _place(request, show, begin - _PAGE) if begin else "",
        "older": _place(request, show, begin + _PAGE) if begin + _PAGE < len(fitting) else "",
    }
    return _page(request, desk, badgeclass, sheet, "check", context)


@at_badgeclass(Reach.STAFF)
def faulty(request: HttpRequest, desk: Desk, badgeclass: BadgeClass, sheet_id: str) -> HttpResponse:
    """``GET …/mistakes.csv``: the lines with mistakes, and what is wrong with them."""
    sheet = sheets.find(sheet_id, badgeclass, by=desk.by)
    if sheet.job_id is not None or sheet.verdicts is None:
        return _onwards(sheet, badgeclass)
    rows, reader = sheets.rows_of(sheet), Reader()
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([*map(safe, sheet.head or [""] * len(sheet.fields)), _("Mistakes")])
    for line in sheets.seen(sheet):
        if line.state == "wrong":
            row = rows[line.at]
            wrong = reader.mistakes(sheets.line_of(sheet, row))
            said = " ".join(text for texts in wrong.values() for text in texts)
            writer.writerow([*map(safe, row), said])
    return _file(badgeclass, "mistakes", text.getvalue())


@at_badgeclass(Reach.STAFF)
def confirm(
    request: HttpRequest, desk: Desk, badgeclass: BadgeClass, sheet_id: str
) -> HttpResponse:
    """``GET …/confirm``: what would happen, in numbers; ``POST`` has it happen, once."""
    sheet = sheets.find(sheet_id, badgeclass, by=desk.by)
    if sheet.job_id is not None or sheet.verdicts is None:
        return _onwards(sheet, badgeclass)
    foreseen = sheets.foreseen(sheet)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    notify: Any = form.fields["notify"]
    notify.choices = [("yes", _mails(foreseen.mails)), ("no", _unasked(foreseen.mails_unasked))]
    if request.method == "POST" and form.is_valid():
        record = badgeclass_record(badgeclass.entity_id, desk.by.user_id)
        assert record is not None
        try:
            job = sheets.confirm(
                sheet,
                record,
                reads=Reader(),
                notify=form.cleaned_data["notify"] == "yes",
                begins_at=form.cleaned_data["begins_at"],
                by=desk.by,
            )
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            return see(f"/badges/{badgeclass.entity_id}/jobs/{job.entity_id}")
    context = {
        "form": form,
        "foreseen": foreseen,
        "count": sheets.counts(sheets.seen(sheet)),
        "zone": timezone.get_current_timezone_name(),
    }
    return _page(request, desk, badgeclass, sheet, "confirm", context, 400 if form.errors else 200)


@at_badgeclass(Reach.STAFF)
def discard(
    request: HttpRequest, desk: Desk, badgeclass: BadgeClass, sheet_id: str
) -> HttpResponse:
    """``POST …/discard``: throw the table away."""
    sheet = sheets.find(sheet_id, badgeclass, by=desk.by)
    if request.method == "POST":
        sheets.discard(sheet)
        say(request, _("The table was thrown away. Nothing was awarded."))
    return see(f"/badges/{badgeclass.entity_id}/award/many")


def _mend(request: HttpRequest, sheet: Sheet) -> None:
    cells: dict[tuple[int, int], str] = {}
    choices: dict[int, str] = {}
    for name, text in request.POST.items():
        if found := _CELL.fullmatch(name):
            cells[int(found[1]), int(found[2])] = str(text)
        elif found := _CHOICE.fullmatch(name):
            choices[int(found[1])] = str(text)
    everything = request.POST.get("all", "")
    if everything in ("skip", "again"):
        show = request.POST.get("show", "")
        choices |= {line.at: everything for line in sheets.seen(sheet) if line.state == show}
    rows = sheets.rows_of(sheet)
    changed = {
        place: text
        for place, text in cells.items()
        if place[0] < len(rows)
        and place[1] < len(rows[place[0]])
        and rows[place[0]][place[1]] != text.strip()
    }
    sheets.mend(sheet, changed, choices, reads=Reader())


def _shown(sheet: Sheet, lines: list[Seen]) -> list[Shown]:
    rows, reader = sheets.rows_of(sheet), Reader()
    found = []
    for line in lines:
        row = rows[line.at]
        wrong = reader.mistakes(sheets.line_of(sheet, row))
        cells = [
            Cell(
                f"cell-{line.at}-{at}",
                str(FIELDS[field]),
                row[at],
                wrong.pop(field, []),
                len(row[at]) > _SAMPLE_LENGTH,
            )
            for at, field in enumerate(sheet.fields)
            if field
        ]
        # What speaks of a field that no column has, the name out of two columns for one.
        general = [text for texts in wrong.values() for text in texts]
        choice = sheet.choices.get(str(line.at), "")
        found.append(Shown(line.at + 1 + bool(sheet.head), line, cells, general, choice))
    return found


def _columns(sheet: Sheet, chosen: list[str]) -> list[dict[str, Any]]:
    rows = sheets.rows_of(sheet)[:50]
    return [
        {
            "at": at,
            "head": sheet.head[at] if sheet.head else "",
            "field": field,
            "samples": [row[at][:_SAMPLE_LENGTH] for row in rows if row[at]][:_SAMPLES],
        }
        for at, field in enumerate(chosen)
    ]


def _jobs(badgeclass: BadgeClass, desk: Desk) -> Any:
    record = badgeclass_record(badgeclass.entity_id, desk.by.user_id)
    assert record is not None
    return bulk.of_badgeclass(record, limit=5)


def _mails(count: int) -> str:
    if not count:
        return _("Send no mail")
    return _("Send one mail") if count == 1 else _("Send %(count)d mails") % {"count": count}


def _unasked(count: int) -> str:
    """Sites may be set to tell people of the first award that they ever get."""
    if not count:
        return _("Send no mail")
    said = ngettext(
        "Mail only people who never got anything here: one mail",
        "Mail only people who never got anything here: %(count)d mails",
        count,
    )
    return said % {"count": count} if count > 1 else said


def _onwards(sheet: Sheet, badgeclass: BadgeClass) -> HttpResponse:
    """Where a sheet is, whose step this is not."""
    if sheet.job is not None:
        return see(f"/badges/{badgeclass.entity_id}/jobs/{sheet.job.entity_id}")
    return see(_address(sheet, badgeclass))


def _address(sheet: Sheet, badgeclass: BadgeClass) -> str:
    return f"/badges/{badgeclass.entity_id}/sheets/{sheet.entity_id}"


def _place(request: HttpRequest, show: str, begin: int) -> str:
    asked: dict[str, str | int] = {"show": show, "from": max(begin, 0)}
    return f"{request.path}?{urlencode(asked)}"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


def _file(badgeclass: BadgeClass, what: str, text: str) -> HttpResponse:
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    name = f"{slugify(badgeclass.name) or 'badge'}-{what}.csv"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _page(
    request: HttpRequest,
    desk: Desk,
    badgeclass: BadgeClass,
    sheet: Sheet,
    step: str,
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    shown = {
        "badgeclass": badgeclass,
        "picture": previews.stored(badgeclass.image),
        "sheet": sheet,
        "step": step,
        "address": _address(sheet, badgeclass),
        **context,
    }
    return desk.page(request, f"sheets/{step}", shown, status)
