"""``/issuers/:id/insights``, ``/manage/insights``: what became of awards, in figures and charts."""

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rosette.errors import NotFound
from rosette.models import BadgeClass, Issuer, User
from rosette.operations import insights
from rosette.operations.insights import Filters, Insights
from rosette.operations.policies import Actor
from rosette.web import charts
from rosette.web.charts import Point
from rosette.web.desk import Desk, at_issuer
from rosette.web.operator import administrator, manage_page
from rosette.web.register import safe

_DEFAULT: Final = "30"
_EVERYTHING: Final = "all"
_PERIODS: Final = {
    "7": gettext_lazy("7 days"),
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "365": gettext_lazy("A year"),
    _EVERYTHING: gettext_lazy("Everything"),
}
_TITLES: Final = {
    "awards": gettext_lazy("Awards"),
    "claims": gettext_lazy("Claims"),
    "shares": gettext_lazy("Shares"),
    "verifications": gettext_lazy("Verifications"),
    "top": gettext_lazy("Badges that were awarded most"),
}
_BADGES_MAX: Final = 200


@at_issuer()
def of_issuer(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/insights?days=30&badge=…``: for everybody who works there."""
    context = _context(request, desk.issuer, desk.by)
    badges = BadgeClass.objects.filter(issuer=desk.issuer, deleted_at=None).order_by("name")
    shown = {"tab": "insights", "badges": badges[:_BADGES_MAX], **context}
    return desk.page(request, "insights/issuer", shown)


@at_issuer()
def file_of_issuer(request: HttpRequest, desk: Desk, chart: str, form: str) -> HttpResponse:
    """``GET /issuers/:id/insights/:chart.csv`` and ``.png``: one chart, with the same filters."""
    return _file(request, desk.issuer, desk.by, chart, form)


@administrator
def of_site(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /manage/insights``: the same of all issuers."""
    return manage_page(request, "insights", _context(request, None, Actor.person(person)))


@administrator
def file_of_site(request: HttpRequest, person: User, chart: str, form: str) -> HttpResponse:
    """``GET /manage/insights/:chart.csv`` and ``.png``."""
    return _file(request, None, Actor.person(person), chart, form)


def _filters(request: HttpRequest, issuer: Issuer | None) -> tuple[Filters, dict[str, str]]:
    """What the address asks for, and how it says so; a period that there is not is the usual."""
    days = request.GET.get("days", _DEFAULT)
    days = days if days in _PERIODS else _DEFAULT
    badge = request.GET.get("badge", "").replace("\0", "")[:254]
    badgeclass = insights.badgeclass(issuer, badge)
    return (
        Filters(issuer, badgeclass, insights.PERIODS.get(days)),
        {"days": days, **({"badge": badge} if badge else {})},
    )


def _context(request: HttpRequest, issuer: Issuer | None, by: Actor) -> dict[str, Any]:
    filters, query = _filters(request, issuer)
    found = insights.of(filters, by=by)
    period = _period(found)
    query_text = urlencode(query)
    shown = []
    for kind in insights.KINDS:
        points = _points(found, kind)
        title, total = str(_TITLES[kind]), found.totals[kind]
        said = _("%(count)s in all, %(period)s. The table below has every number.") % {
            "count": total,
            "period": period,
        }
        shown.append(
            {
                "name": kind,
                "title": title,
                "total": total,
                "svg": charts.bars(f"chart-{kind}", title, said, points),
                "points": points,
                "first": points[0].label,
                "last": points[-1].label,
                "highest": max(point.number for point in points),
            }
        )
    most = found.top[0].awards if found.top else 1
    return {
        "found": found,
        "charts": shown,
        "top": [(row, 100 * row.awards // most) for row in found.top],
        "period": period,
        "periods": _PERIODS.items(),
        "asked": query,
        "query": query_text,
        "wait": _wait(found),
        "of_badge": filters.badgeclass,
    }


def _file(
    request: HttpRequest, issuer: Issuer | None, by: Actor, chart: str, form: str
) -> HttpResponse:
    if chart not in _TITLES:
        raise NotFound
    filters, _query = _filters(request, issuer)
    found = insights.of(filters, by=by)
    whose = issuer.name if issuer else _("All issuers")
    whose = f"{whose} · {filters.badgeclass.name}" if filters.badgeclass else whose
    made: Callable[[], tuple[bytes, str]] = {
        "csv": lambda: (_table(found, chart), "text/csv; charset=utf-8"),
        "png": lambda: (
            charts.picture(
                str(_TITLES[chart]),
                f"{whose[:60]} · {_period(found)}",
                _points(found, chart),
                is_ranking=chart == "top",
            ),
            "image/png",
        ),
    }[form]
    content, media_type = made()
    response = HttpResponse(content, content_type=media_type)
    name = f"{slugify(whose)[:60] or 'insights'}-{chart}-{found.last}.{form}"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _table(found: Insights, chart: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    if chart == "top":
        writer.writerow(["badge", "name", "awards", "claims"])
        for row in found.top:
            writer.writerow([safe(cell) for cell in row])
    else:
        writer.writerow(["month" if found.by_month else "day", chart])
        for bar in found.bars[chart]:  # type: ignore[index]  # one of the kinds
            writer.writerow([f"{bar.day:%Y-%m}" if found.by_month else bar.day, bar.number])
    # The mark tells programs for tables that this is UTF-8.
    return ("\ufeff" + text.getvalue()).encode()


def _points(found: Insights, chart: str) -> list[Point]:
    if chart == "top":
        return [Point(row.name, row.awards) for row in found.top]
    bars = found.bars[chart]  # type: ignore[index]  # one of the kinds
    return [Point(_label(bar.day, by_month=found.by_month), bar.number) for bar in bars]


def _label(day: date, *, by_month: bool) -> str:
    return date_format(day, "YEAR_MONTH_FORMAT" if by_month else "DATE_FORMAT")


def _period(found: Insights) -> str:
    return _("%(first)s to %(last)s") % {
        "first": date_format(found.first, "DATE_FORMAT"),
        "last": date_format(found.last, "DATE_FORMAT"),
    }


def _wait(found: Insights) -> str:
    """The usual time between award and claim, roughly; empty if there is none."""
    if found.median_wait is None:
        return ""
    minutes = round(found.median_wait.total_seconds() / 60)
    if minutes < 90:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    hours = round(minutes / 60)
    if hours < 36:
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    days = round(hours / 24)
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
