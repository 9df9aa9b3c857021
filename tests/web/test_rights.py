"""
Pages that know people by a session: who is answered what.

Each line: a verb, an address, and the status for nobody, for Carol, who is no administrator, and
for root, who is. ``:ada``, ``:issuer``, ``:key``, ``:address``, ``:page`` are Ada's. Whoever is
nobody gets the form to sign in (200), or is led to it (303); whatever is refused changes nothing.
Whatever changes anything leaves an entry in the audit log, by whoever is signed in, and no mail
address in it.
"""

import re

import pytest
from django.apps import apps
from django.test import Client
from django.urls import resolve

from rosette.models import AccessToken, AuditEntry, Identifier, Session
from tests import factories
from tests.api.oauth.clients import person
from tests.calls import session_routes
from tests.web.visits import let_go, signed_in, words

pytestmark = pytest.mark.django_db

TABLE = """
POST /auth/passkey                              200 200 200
GET  /signup                                    200 303 303
GET  /signup/success                            200 200 200
GET  /account/password                          200 200 200
GET  /account                                   200 200 200
POST /account                                   303 303 303
GET  /account/addresses                         200 200 200
POST /account/addresses                         303 303 303
GET  /account/addresses/:address/remove         200 404 404
POST /account/addresses/:address/remove         303 404 404
GET  /account/identifiers                       200 200 200
GET  /account/identifiers/:page                 200 404 404
POST /account/identifiers/:page                 303 404 404
GET  /account/security                          200 200 200
GET  /account/security/password                 200 200 200
GET  /account/security/two-step                 200 200 200
GET  /account/security/two-step/off             200 200 200
POST /account/security/two-step/off             303 404 404
GET  /account/security/codes                    200 404 404
POST /account/security/codes                    303 404 404
GET  /account/security/passkeys/new             200 200 200
POST /account/security/passkeys/options         303 200 200
POST /account/security/passkeys/1/remove        303 404 404
POST /account/security/link                     303 400 400
POST /account/security/linked/1/remove          303 404 404
GET  /account/devices                           200 200 200
POST /account/devices                           303 404 404
GET  /account/notifications                     200 200 200
POST /account/notifications                     303 400 400
GET  /account/keys                              200 200 200
GET  /account/keys/new                          200 200 200
POST /account/keys/:key/end                     303 404 404
GET  /account/apps                              200 200 200
POST /account/apps                              303 404 404
GET  /account/data                              200 200 200
POST /account/data/export                       303 200 200
GET  /account/data/leave                        200 200 200
POST /account/data/leave                        303 400 400
GET  /goodbye                                   200 200 200
GET  /setup                                     404 404 404
POST /setup                                     404 404 404
GET  /manage                                    200 404 200
GET  /manage/users                              200 404 200
GET  /manage/users/:ada                         200 404 200
POST /manage/users/:ada                         303 404 303
POST /manage/users/:ada/activate                303 404 303
GET  /manage/issuers                            200 404 200
GET  /manage/issuers/:issuer                    200 404 200
POST /manage/issuers/:issuer                    303 404 400
GET  /manage/insights                           200 404 200
GET  /manage/insights/awards.csv                200 404 200
GET  /manage/mail                               200 404 200
POST /manage/mail                               303 404 404
GET  /manage/jobs                               200 404 200
POST /manage/jobs                               303 404 404
GET  /manage/audit                               200 404 200
GET  /manage/audit.csv                           200 404 200
GET  /manage/setup                              200 404 200
POST /manage/setup/mail                         303 404 303
POST /manage/setup/demo                         303 404 303
POST /manage/setup/settings                     303 404 400
GET  /static/admin/css/base.css                 200 200 200
GET  /staff/                                    200 404 200
"""
ROWS = [line.split() for line in TABLE.splitlines() if line]
# Not what a page changes when somebody merely comes by.
_PASSING = {"session", "backoff", "auditentry", "auditblock"}


@pytest.fixture
def named(ada):
    factories.token(ada)
    AccessToken.objects.update(name="k")
    page = Identifier.objects.create(user=ada, kind="url", value="https://ada.example.org")
    return {
        "ada": ada.entity_id,
        "issuer": factories.issuer(ada).entity_id,
        "key": AccessToken.objects.get().entity_id,
        "address": str(ada.addresses()[0].pk),
        "page": page.entity_id,
    }


def test_every_such_page_has_a_row():
    plain = (re.sub(r":\w+", "1", path) for _, path, *_ in ROWS)

    assert {
        resolve(path).route for path in plain if not path.startswith("/staff/")
    } == session_routes()


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_each_is_answered_as_the_table_says(named, root, row):
    verb, path, *expected = row
    where = re.sub(r":(\w+)", lambda found: named[found[1]], path)
    carol = person("carol@example.org")
    found = []
    for browser, who in (
        (Client(), ""),
        (signed_in(carol), carol.entity_id),
        (signed_in(root), root.entity_id),
    ):
        before = everything()
        known = list(AuditEntry.objects.values_list("pk", flat=True))
        answer = browser.generic(verb, where, b"", content_type="application/x-www-form-urlencoded")
        found.append(str(answer.status_code))
        if answer.status_code >= 400:
            assert everything() == before
        noted = AuditEntry.objects.exclude(pk__in=known)
        if everything() != before:
            assert who in {entry.actor for entry in noted}
        for entry in noted:
            assert entry.address == "127.0.0.1"
            assert "@" not in entry.details
        let_go(answer)

    assert found == expected


def test_a_token_opens_no_page(ada):
    shown = Client().get("/account", headers=factories.bearer(ada))

    assert words(shown).startswith("Sign in to Rosette")
    assert not Session.objects.filter(user=ada).exists()


def everything():
    """All rows of all tables, but for those that say who came by."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.model_name not in _PASSING
    }
