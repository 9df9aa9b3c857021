"""The site's terms of service: which are in force, and who agreed to which, when."""

from django.conf import settings
from django.db import transaction

from rosette.models import TermsAgreement, TermsVersion, User
from rosette.operations import audit


@transaction.atomic
def keep_configured() -> None:
    """
    Let the terms of the settings be in force, as rows, which remember since when they are.

    A version above the configured one is in force no longer. Without configured terms, the rows
    stay as they are.
    """
    wanted = settings.ROSETTE
    if not wanted.terms_version:
        return
    row, _ = TermsVersion.objects.get_or_create(version=wanted.terms_version)
    said = (wanted.terms_description, wanted.terms_url, True)
    if (row.short_description, row.url, row.is_active) != said:
        row.short_description, row.url, row.is_active = said
        row.save()
        audit.note("terms.change", "server", "", by=audit.SERVER, version=row.version)
    newer = TermsVersion.objects.filter(version__gt=wanted.terms_version, is_active=True)
    newer.update(is_active=False)


def latest_version() -> int:
    """The number of the newest terms in force; 0 if there are none."""
    newest = TermsVersion.latest()
    return newest.version if newest else 0


def are_new_to(person: User) -> bool:
    """Whether terms are configured that the person has not agreed to. Asks no rows."""
    wanted: int = settings.ROSETTE.terms_version
    return person.agreed_terms_version < wanted


def agree(person: User, version: int) -> None:
    """
    Note, with the time, that the person agrees to this version of the terms.

    Goes upwards only, and only to terms in force; anything else is passed over.
    """
    if version <= person.agreed_terms_version:
        return
    if TermsVersion.objects.filter(version=version, is_active=True).exists():
        person.agreed_terms_version = version
        person.save(update_fields=["agreed_terms_version", "updated_at"])
        TermsAgreement.objects.get_or_create(user=person, version=version)
        name = person.entity_id
        audit.note("terms.agree", "user", name, by=name, version=version)
