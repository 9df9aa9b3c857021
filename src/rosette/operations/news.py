"""
News: what a digest tells of notices, a line each, and the mail that it is.

As a letter is, it is made when it is sent, of the rows as they are then.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from django.conf import settings
from django.core.validators import validate_email
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rosette.models import Notice
from rosette.operations import subjects
from rosette.operations.letters import Letter, one_line, written

_TOLD_MAX: Final = 50


class News(NamedTuple):
    """One line of a digest: what there is, and where it leads."""

    kind: Notice.Kind
    text: str
    link: str


def news_of(notice: Notice) -> list[News]:
    """What a digest tells of the notice, in the language of the site. Raises Moot."""
    with translation.override(settings.ROSETTE.default_language):
        return _NEWS[Notice.Kind(notice.kind)](notice)


def digest(notice: Notice, news: Sequence[News]) -> Letter:
    """
    The one mail of the day, in the language of the site. Of each sort the first few are told,
    because one table may bring somebody thousands.

    Raises ValidationError if the notice goes to no address.
    """
    validate_email(notice.to)
    awards = [item for item in news if item.kind == Notice.Kind.AWARD]
    requests = [item for item in news if item.kind == Notice.Kind.REQUESTS]
    others = [item for item in news if item not in awards and item not in requests]
    with translation.override(settings.ROSETTE.default_language):
        return written(
            notice,
            "digest",
            subject=_("[%(site)s] Your news of the day") % {"site": settings.ROSETTE.site_name},
            context={
                "awards": awards[:_TOLD_MAX],
                "award_count": len(awards),
                "more_awards": max(0, len(awards) - _TOLD_MAX),
                "requests": requests[:_TOLD_MAX],
                "others": others[:_TOLD_MAX],
            },
        )


def _award_news(notice: Notice) -> list[News]:
    award = subjects.award_of(notice)
    text = _("%(badge)s, awarded by %(issuer)s") % {
        "badge": award.badgeclass.name,
        "issuer": award.issuer.name,
    }
    page = f"{settings.ROSETTE.origin}/backpack/{award.entity_id}"
    return [News(Notice.Kind.AWARD, one_line(text), page)]


def _requests_news(notice: Notice) -> list[News]:
    issuer, queues = subjects.queues_of(notice)
    return [
        News(
            Notice.Kind.REQUESTS,
            one_line(
                ngettext(
                    "%(issuer)s: %(count)s request for %(badge)s (%(link)s)",
                    "%(issuer)s: %(count)s requests for %(badge)s (%(link)s)",
                    queue.waiting,
                )
                % {
                    "issuer": issuer.name,
                    "count": queue.waiting,
                    "badge": queue.link.badgeclass.name,
                    "link": queue.link.title,
                }
            ),
            queue.page,
        )
        for queue in queues
    ]


def _webhook_news(notice: Notice) -> list[News]:
    issuer = subjects.webhook_of(notice).issuer
    text = _("A webhook of %(issuer)s was disabled, because it did not answer") % {
        "issuer": issuer.name
    }
    page = f"{settings.ROSETTE.origin}/issuers/{issuer.entity_id}"
    return [News(Notice.Kind.WEBHOOK_DISABLED, one_line(text), page)]


def _domain_news(notice: Notice) -> list[News]:
    issuer = subjects.unproven_issuer_of(notice)
    text = _("The proof that %(domain)s belongs to %(issuer)s is gone") % {
        "domain": issuer.proven_domain,
        "issuer": issuer.name,
    }
    return [News(Notice.Kind.DOMAIN_LOST, one_line(text), subjects.domain_page(issuer))]


_NEWS: Final[dict[Notice.Kind, Callable[[Notice], list[News]]]] = {
    Notice.Kind.AWARD: _award_news,
    Notice.Kind.REQUESTS: _requests_news,
    Notice.Kind.DOMAIN_LOST: _domain_news,
    Notice.Kind.WEBHOOK_DISABLED: _webhook_news,
}
