"""Sandboxes: what is tried out in them reaches nobody, and says that it is a test."""

import pytest

from rosette.errors import NotPermitted
from rosette.models import AuditEntry, BadgeClass, Issuer, User
from rosette.operations import issuers, sandbox
from rosette.operations.policies import Actor
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return factories.user()


def test_everybody_has_one_sandbox_of_their_own_which_is_made_when_first_opened(ada: User) -> None:
    assert sandbox.of_person(ada) is None
    made = sandbox.open_for(ada)
    assert sandbox.open_for(ada) == made
    assert sandbox.of_person(ada) == made
    assert (made.sandbox, made.name) == (True, "Sandbox")
    assert [badge.name for badge in BadgeClass.objects.filter(issuer=made)] == ["Example badge"]
    assert sandbox.of_person(factories.user("bob@example.org")) is None


def test_a_sandbox_does_not_publish_the_address_of_its_maker(ada: User) -> None:
    made = sandbox.open_for(ada)
    assert made.email == issuers.site_email()
    assert "ada@" not in made.email


def test_the_making_is_noted(ada: User) -> None:
    made = sandbox.open_for(ada)
    entry = AuditEntry.objects.get(action="issuer.create")
    assert entry.name == made.entity_id
    assert '"sandbox":true' in entry.details.replace(" ", "")


def test_whoever_may_make_no_issuer_may_make_no_sandbox() -> None:
    with pytest.raises(NotPermitted):
        sandbox.open_for(factories.user("bob@example.org", verified=False))
    assert not Issuer.objects.exists()


def test_an_issuer_that_was_none_never_becomes_a_sandbox(ada: User) -> None:
    harbor = factories.issuer(ada)
    issuers.change(harbor, {"name": "Harbor", "sandbox": True}, by=Actor.person(ada))
    harbor.refresh_from_db()
    assert not harbor.sandbox
    assert sandbox.of_person(ada) is None


def test_after_its_removal_a_new_one_is_made(ada: User) -> None:
    first = sandbox.open_for(ada)
    issuers.remove(first, by=Actor.person(ada))
    assert sandbox.open_for(ada).pk != first.pk
