"""The addresses of the issuer's desk."""

from typing import Final

from django.urls import re_path

from rosette.web import (
    assertions,
    audit,
    awarding,
    badgeclasses,
    catalogue,
    claim_links,
    designs,
    domains,
    endorsements,
    insights,
    issuers,
    jobs,
    pathways,
    recipients,
    register,
    sandbox,
    sheets,
    staff,
)

_NAME: Final = r"[^/\x00]+"
_ISSUER: Final = rf"^issuers/(?P<issuer_id>{_NAME})"
_BADGE: Final = rf"^badges/(?P<badgeclass_id>{_NAME})"
_SHEET: Final = rf"{_BADGE}/sheets/(?P<sheet_id>{_NAME})"
_JOB: Final = rf"{_BADGE}/jobs/(?P<job_id>{_NAME})"
_LINK: Final = rf"{_BADGE}/links/(?P<link_id>{_NAME})"
_AWARD: Final = rf"^awards/(?P<award_id>{_NAME})"

urlpatterns = [
    re_path(r"^issuers/?$", issuers.home),
    re_path(r"^issuers/new/?$", issuers.new),
    re_path(r"^issuers/sandbox/?$", sandbox.start),
    re_path(rf"{_ISSUER}/?$", badgeclasses.badges),
    re_path(rf"{_ISSUER}/badges/new/?$", badgeclasses.new),
    re_path(rf"{_ISSUER}/badges/design/?$", designs.new),
    re_path(rf"{_ISSUER}/badges/design/picture/?$", designs.picture),
    re_path(rf"{_ISSUER}/awards/?$", register.awards),
    re_path(rf"{_ISSUER}/awards\.csv$", register.export),
    re_path(rf"{_ISSUER}/recipients/?$", recipients.people),
    re_path(rf"{_ISSUER}/recipients/known$", awarding.known),
    re_path(rf"{_ISSUER}/recipients/(?P<award_id>{_NAME})/?$", recipients.person),
    re_path(rf"{_ISSUER}/staff/?$", staff.staff),
    re_path(rf"{_ISSUER}/history/?$", audit.at_desk),
    re_path(rf"{_ISSUER}/settings/?$", issuers.settings),
    re_path(rf"{_ISSUER}/insights/?$", insights.of_issuer),
    re_path(rf"{_ISSUER}/insights/(?P<chart>[a-z]+)\.(?P<form>csv|png)$", insights.file_of_issuer),
    re_path(rf"{_ISSUER}/domain/?$", domains.domain),
    re_path(rf"{_ISSUER}/catalogue/?$", catalogue.catalogue),
    re_path(rf"{_ISSUER}/endorsements/?$", endorsements.index),
    re_path(rf"{_ISSUER}/endorsements/ask/?$", endorsements.ask),
    re_path(rf"{_ISSUER}/endorsements/give/?$", endorsements.give),
    re_path(rf"{_ISSUER}/endorsements/(?P<entity_id>{_NAME})/?$", endorsements.one),
    re_path(rf"{_ISSUER}/pathways/?$", pathways.index),
    re_path(rf"{_ISSUER}/pathways/new/?$", pathways.new),
    re_path(rf"{_ISSUER}/pathways/(?P<entity_id>{_NAME})/?$", pathways.one),
    re_path(rf"{_ISSUER}/pathways/(?P<entity_id>{_NAME})/edit/?$", pathways.edit),
    re_path(rf"{_ISSUER}/inbox/?$", sandbox.inbox),
    re_path(rf"{_ISSUER}/inbox/(?P<number>{_NAME})/?$", sandbox.mail),
    re_path(rf"{_ISSUER}/inbox/(?P<number>{_NAME})/html$", sandbox.letter),
    re_path(rf"{_ISSUER}/empty/?$", sandbox.empty),
    re_path(rf"{_ISSUER}/delete/?$", issuers.delete),
    re_path(rf"{_BADGE}/?$", badgeclasses.badge),
    re_path(rf"{_BADGE}/edit/?$", badgeclasses.edit),
    re_path(rf"{_BADGE}/design/?$", designs.change),
    re_path(rf"{_BADGE}/delete/?$", badgeclasses.delete),
    re_path(rf"{_BADGE}/award/?$", awarding.award),
    re_path(rf"{_BADGE}/award/many/?$", sheets.start),
    re_path(rf"{_BADGE}/award/template\.csv$", sheets.template),
    re_path(rf"{_SHEET}/?$", sheets.columns),
    re_path(rf"{_SHEET}/check/?$", sheets.check),
    re_path(rf"{_SHEET}/mistakes\.csv$", sheets.faulty),
    re_path(rf"{_SHEET}/confirm/?$", sheets.confirm),
    re_path(rf"{_SHEET}/discard/?$", sheets.discard),
    re_path(rf"{_JOB}/?$", jobs.job),
    re_path(rf"{_JOB}/stop/?$", jobs.stop),
    re_path(rf"{_JOB}/undo/?$", jobs.undo),
    re_path(rf"{_JOB}/retry/?$", jobs.retry),
    re_path(rf"{_BADGE}/links/?$", claim_links.index),
    re_path(rf"{_LINK}/?$", claim_links.link),
    re_path(rf"{_LINK}/edit/?$", claim_links.edit),
    re_path(rf"{_LINK}/poster\.pdf$", claim_links.poster),
    re_path(rf"{_LINK}/projector/?$", claim_links.projector),
    re_path(rf"{_AWARD}/?$", assertions.award),
    re_path(rf"{_AWARD}/made/?$", awarding.made),
    re_path(rf"{_AWARD}/resend/?$", assertions.resend),
    re_path(rf"{_AWARD}/revoke/?$", assertions.revoke),
    re_path(rf"{_AWARD}/suspend/?$", assertions.suspend),
    re_path(rf"{_AWARD}/reinstate/?$", assertions.reinstate),
    re_path(rf"{_AWARD}/name/?$", assertions.rename),
    re_path(rf"{_AWARD}/move/?$", assertions.move),
    re_path(rf"^invitations/(?P<code>{_NAME})/?$", staff.invitation),
]
