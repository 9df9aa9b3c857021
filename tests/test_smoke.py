import pytest
from tests import factories
@pytest.mark.django_db
def test_factories(client):
    a = factories.assertion()
    from rosette.models.assertions import assertion_record
    assert assertion_record(a.entity_id).salt == a.salt
    r = client.get("/v2/nothing")
    assert r.status_code == 404 and r.json()["fieldErrors"] == {}
    from rosette.models.applications import access
    assert access(factories.token(factories.user("carol@example.org"))).is_verified
