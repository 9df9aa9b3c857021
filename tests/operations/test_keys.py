"""Keys of issuers and of the site: made once, sealed, exchanged."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from rosette import sealing
from rosette.errors import NotFound
from rosette.models import Issuer, SigningKey
from rosette.openbadges.keys import KINDS
from rosette.operations import keys
from rosette.sealing import LocalSealer, WrongMasterKey
from tests import factories
from tests.environment import DATABASE


@pytest.fixture
def issuer(db: None) -> Issuer:
    return factories.issuer()


def names(rows: list[SigningKey]) -> list[str]:
    return [str(row) for row in rows]


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_is_made_when_it_is_first_needed_and_stays(issuer: Issuer, kind: keys.Kind):
    first = keys.signer(issuer.pk, kind)
    again = keys.signer(issuer.pk, kind)

    assert (first.name, first.public) == (again.name, again.public)
    assert first.name == f"{kind}-1"
    assert SigningKey.objects.count() == 1


def test_the_private_half_is_sealed_and_bound_to_its_owner(issuer: Issuer):
    keys.signer(issuer.pk, "key")
    row = SigningKey.objects.get()

    assert sealing.label_of(row.sealed) == sealing.sealer().label
    other = factories.issuer()
    SigningKey.objects.update(issuer=other)
    with pytest.raises(WrongMasterKey):
        keys.signer(other.pk, "key")


def test_issuers_and_site_have_keys_of_their_own(issuer: Issuer):
    other = factories.issuer()
    publics = [keys.signer(owner, "key").public for owner in (issuer.pk, other.pk, None)]

    assert len({str(public) for public in publics}) == 3
    assert [key.public for key in keys.published(None) if key.kind == "key"] == [publics[2]]


def test_all_keys_are_published_and_missing_ones_made(issuer: Issuer):
    found = keys.published(issuer.pk)

    assert [key.name for key in found] == ["jwt-1", "key-1"]
    assert keys.published(issuer.pk) == found
    assert keys.signer(issuer.pk, "jwt").public == found[0].public


def test_rotation_keeps_old_public_keys_and_forgets_private_ones(issuer: Issuer):
    old = keys.published(issuer.pk)

    assert names(keys.rotate(issuer)) == ["key-2", "jwt-2"]

    found = keys.published(issuer.pk)
    assert [key.name for key in found] == ["jwt-1", "jwt-2", "key-1", "key-2"]
    assert [key for key in found if key in old] == old
    assert all(key.is_trusted for key in found)
    assert keys.signer(issuer.pk, "key").name == "key-2"
    assert keys.signer(issuer.pk, "key").mistrusted_at is None
    assert set(SigningKey.objects.exclude(retired_at=None).values_list("sealed", flat=True)) == {""}


def test_one_kind_may_be_rotated_alone(issuer: Issuer):
    keys.published(issuer.pk)

    assert names(keys.rotate(issuer, ["jwt"])) == ["jwt-2"]
    assert keys.signer(issuer.pk, "key").name == "key-1"


def test_stolen_keys_are_trusted_no_more(issuer: Issuer):
    keys.published(issuer.pk)
    keys.rotate(issuer, ["key"], stolen=True)

    trusted = {key.name: key.is_trusted for key in keys.published(issuer.pk)}
    assert trusted == {"jwt-1": True, "key-1": False, "key-2": True}
    stolen_at = SigningKey.objects.get(kind="key", number=1).withdrawn_at
    assert keys.signer(issuer.pk, "key").mistrusted_at == stolen_at
    assert keys.signer(issuer.pk, "jwt").mistrusted_at == stolen_at


def test_a_number_is_never_used_again(issuer: Issuer):
    for number in range(1, 4):
        assert keys.signer(issuer.pk, "key").name == f"key-{number}"
        keys.rotate(issuer, ["key"])


def test_the_site_rotates_too(db: None):
    keys.published(None)

    assert names(keys.rotate(None)) == ["key-2", "jwt-2"]


@pytest.mark.skipif(
    DATABASE != "postgresql",
    reason="SQLite lives in memory here, where threads lock each other out; see tests/cli",
)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("of_site", [True, False])
def test_of_many_who_need_the_first_key_at_once_one_makes_it(of_site: bool):
    number = None if of_site else factories.issuer().pk
    together = Barrier(4)

    def need(_: int) -> str:
        together.wait(10)
        try:
            return str(keys.signer(number, "key").public)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(need, range(4)))

    assert len(found) == 1
    assert SigningKey.objects.count() == 1


def test_another_master_key_is_noticed(issuer: Issuer, monkeypatch: pytest.MonkeyPatch):
    assert keys.sealed_otherwise() is None
    keys.published(issuer.pk)
    assert keys.sealed_otherwise() is None

    other = LocalSealer("another master key of thirty-two letters")
    mine = sealing.sealer().label
    monkeypatch.setattr(sealing, "sealer", lambda: other)
    assert keys.sealed_otherwise() == (
        f"keys or secrets were sealed with the master key {mine}, but the one in force is "
        f"{other.label}"
    )
    keys.rotate(issuer)
    assert keys.sealed_otherwise() is None


def test_only_our_own_issuers_have_keys(issuer: Issuer):
    foreign = factories.issuer(source_url="https://elsewhere.example.org/issuer")

    assert keys.issuer_number(issuer.entity_id) == issuer.pk
    for name in (foreign.entity_id, "unknown"):
        with pytest.raises(NotFound):
            keys.issuer_number(name)
