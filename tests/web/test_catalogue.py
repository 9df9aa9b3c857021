"""/issuers/:id/catalogue: an issuer's badges in the catalogue."""

import pytest
from django_tasks_db.models import DBTaskResult

from rosette.models import Issuer
from tests import factories
from tests.web.hands import browser, hired, told, words

pytestmark = pytest.mark.django_db


def test_an_editor_puts_the_badges_into_the_catalogue_and_takes_them_out():
    harbor = factories.issuer()
    dora = hired(harbor, "editor")
    where = f"/issuers/{harbor.entity_id}/catalogue"

    shown = words(told(dora, where, {"is_in": "on", "language": "de"}))

    assert "Your badges are in the catalogue in a moment." in shown
    kept = Issuer.objects.get()
    assert (kept.in_catalogue, kept.language) == (True, "de")
    assert DBTaskResult.objects.get().task_path == "rosette.tasks.index_catalogue"
    assert "Your badges are not in the catalogue." in words(told(dora, where))
    assert not Issuer.objects.get().in_catalogue


def test_staff_may_not_and_another_language_is_refused():
    harbor = factories.issuer()
    where = f"/issuers/{harbor.entity_id}/catalogue"

    assert hired(harbor, "staff").post(where, {"is_in": "on"}).status_code == 403
    refused = browser(harbor.created_by).post(where, {"is_in": "on", "language": "klingon"})
    assert refused.status_code == 400
    assert not Issuer.objects.get().in_catalogue


def test_the_settings_lead_there_unless_the_site_has_none(settings):
    harbor = factories.issuer()
    ada = browser(harbor.created_by)
    where = f"/issuers/{harbor.entity_id}/catalogue"

    assert where in ada.get(f"/issuers/{harbor.entity_id}/settings").text
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"catalogue": False})
    assert where not in ada.get(f"/issuers/{harbor.entity_id}/settings").text
    assert ada.get(where).status_code == 404
