"""Signing up and in, profiles and passwords."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import MD5PasswordHasher
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from rosette import limits
from rosette.errors import InvalidInput, NotFound, TryLater
from rosette.models import (
    AccessToken,
    Application,
    EmailAddress,
    Identifier,
    LegacyToken,
    Notice,
    RefreshToken,
    TermsVersion,
    User,
)
from rosette.operations import accounts, addresses
from rosette.operations.accounts import SignUp
from rosette.operations.addresses import AddressWish
from rosette.operations.policies import Actor
from tests import factories

pytestmark = pytest.mark.django_db

PASSWORD = "knots and splices"


def addresses_of(person):
    return [(item.email, item.verified, item.primary) for item in person.addresses()]


def notices():
    return list(Notice.objects.order_by("pk").values_list("kind", "to", "state"))


def with_password(person, password=PASSWORD):
    person.set_password(password)
    person.save()
    return person


# Signing in


@pytest.mark.parametrize("name", ["ada@example.org", "ADA@Example.ORG", " ada@example.org "])
def test_signing_in_works_with_any_letter_case_of_the_address(name):
    ada = with_password(factories.user("ada@example.org"))

    assert authenticate(username=name, password=PASSWORD) == ada


def test_signing_in_works_with_every_address_and_with_the_internal_name():
    ada = with_password(factories.user("ada@example.org"))
    EmailAddress.objects.create(user=ada, email="vale@example.org")

    assert authenticate(username="vale@example.org", password=PASSWORD) == ada
    assert authenticate(username=ada.username, password=PASSWORD) == ada


def test_signing_in_is_refused_for_a_wrong_password_a_stranger_and_a_nul_character():
    with_password(factories.user("ada@example.org"))

    assert authenticate(username="ada@example.org", password="wrong") is None
    assert authenticate(username="carol@example.org", password=PASSWORD) is None
    assert authenticate(username="ada\x00@example.org", password=PASSWORD) is None
    assert authenticate(username="", password=PASSWORD) is None
    assert authenticate(username="ada@example.org", password=None) is None


def test_signing_in_is_refused_for_an_inactive_account_and_for_one_without_password():
    with_password(factories.user("ada@example.org", is_active=False))
    factories.user("bob@example.org")

    assert authenticate(username="ada@example.org", password=PASSWORD) is None
    assert authenticate(username="bob@example.org", password="") is None


def test_the_owner_of_an_address_signs_in_and_its_claimants_do_not():
    carol = with_password(factories.user("carol@example.org"), "claims and claims")
    ada = with_password(factories.user("ada@example.org"))
    EmailAddress.objects.create(user=carol, email="ada@example.org")

    assert authenticate(username="ada@example.org", password=PASSWORD) == ada
    assert authenticate(username="ada@example.org", password="claims and claims") is None


def test_an_unknown_name_costs_as_many_hashes_as_a_wrong_password(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    with_password(factories.user("ada@example.org"))
    factories.user("bob@example.org")  # has no password

    counts = []
    for name in ("ada@example.org", "bob@example.org", "carol@example.org"):
        CountingHasher.count = 0
        assert authenticate(username=name, password="wrong") is None
        counts.append(CountingHasher.count)

    assert counts == [1, 1, 1]


class CountingHasher(MD5PasswordHasher):
    count = 0

    def encode(self, password, salt):
        type(self).count += 1
        return super().encode(password, salt)


# Signing up


def test_sign_up_makes_an_account_whose_address_is_still_to_be_verified():
    TermsVersion.objects.create(version=3, short_description="Be kind")

    ada = accounts.sign_up(SignUp("Ada@Example.org", PASSWORD, "Ada", "Vale", True))

    assert ada == User.objects.get()
    assert addresses_of(ada) == [("ada@example.org", False, True)]
    assert (ada.first_name, ada.last_name, ada.marketing_opt_in) == ("Ada", "Vale", True)
    assert ada.agreed_terms_version == 3
    assert ada.check_password(PASSWORD)
    assert notices() == [("verify_address", "ada@example.org", "queued")]
    [job] = DBTaskResult.objects.all()
    assert (job.task_path, job.args_kwargs, job.priority) == (
        "rosette.tasks.send_personal_notices",
        {"args": [], "kwargs": {"notice_ids": [Notice.objects.get().pk]}},
        10,
    )


def test_sign_up_is_refused_where_it_is_switched_off(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"allow_signup": False})

    with pytest.raises(InvalidInput) as refusal:
        accounts.sign_up(SignUp("ada@example.org", PASSWORD))

    assert refusal.value.general == ["Accounts on this server are made by its administrators."]
    assert (list(User.objects.all()), notices()) == ([], [])


def test_sign_up_is_refused_for_an_address_that_somebody_owns():
    with_password(factories.user("ada@example.org"))

    with pytest.raises(InvalidInput) as refusal:
        accounts.sign_up(SignUp("ADA@example.org", PASSWORD))

    assert refusal.value.general == [
        "Account could not be created. An account with this email address may already exist."
    ]


@pytest.mark.parametrize(
    ("password", "messages"),
    [
        (
            "short",
            ["This password is too short. It must contain at least 8 characters."],
        ),
        ("password1", ["This password is too common."]),
        (
            "1234567",
            [
                "This password is too short. It must contain at least 8 characters.",
                "This password is too common.",
                "This password is entirely numeric.",
            ],
        ),
    ],
)
def test_sign_up_is_refused_for_a_weak_password(password, messages):
    with pytest.raises(InvalidInput) as refusal:
        accounts.sign_up(SignUp("ada@example.org", password))

    assert (refusal.value.fields, refusal.value.general) == ({"password": messages}, [])
    assert list(User.objects.all()) == []


def test_sign_up_ends_a_claim_that_was_never_verified_and_the_account_that_was_nothing_else():
    earlier = with_password(factories.user("ada@example.org", verified=False))

    ada = accounts.sign_up(SignUp("ada@example.org", PASSWORD, "Ada", "Vale"))

    assert ada != earlier
    assert list(User.objects.all()) == [ada]
    assert addresses_of(ada) == [("ada@example.org", False, True)]


def test_sign_up_for_one_address_again_and_again_has_to_wait_and_mails_once():
    accounts.sign_up(SignUp("bob@example.org", PASSWORD))

    with pytest.raises(TryLater):
        accounts.sign_up(SignUp("BOB@example.org", PASSWORD))

    assert notices() == [("verify_address", "bob@example.org", "queued")]
    accounts.sign_up(SignUp("carol@example.org", PASSWORD))


def test_sign_up_ends_a_claim_but_no_account_that_has_anything_besides():
    bob = with_password(factories.user("bob@example.org"))
    EmailAddress.objects.create(user=bob, email="ada@example.org")
    carol = with_password(factories.user("ada@example.org", verified=False))
    Identifier.objects.create(
        user=carol, kind="url", value="https://carol.example.org", verified_at=timezone.now()
    )

    ada = accounts.sign_up(SignUp("ada@example.org", PASSWORD))

    assert set(User.objects.all()) == {ada, bob, carol}
    assert addresses_of(bob) == [("bob@example.org", True, True)]
    assert addresses_of(carol) == []


def test_sign_up_takes_over_an_account_without_password_whose_owner_never_came():
    made = factories.user("ada@example.org", verified=False, first_name="")

    ada = accounts.sign_up(SignUp("ada@example.org", PASSWORD, "Ada", "Vale"))

    assert ada == made
    assert addresses_of(ada) == [("ada@example.org", False, True)]
    assert User.objects.get().check_password(PASSWORD)


def test_sign_up_does_not_take_over_an_account_that_has_proven_another_address():
    made = factories.user("bob@example.org")
    EmailAddress.objects.create(user=made, email="ada@example.org")

    ada = accounts.sign_up(SignUp("ada@example.org", PASSWORD))

    assert ada != made
    assert not User.objects.get(pk=made.pk).has_usable_password()


def test_x15_sign_up_at_an_account_without_password_mails_a_link_and_no_password():
    made = factories.user("ada@example.org")

    assert accounts.sign_up(SignUp("ada@example.org", PASSWORD)) is None

    assert list(User.objects.all()) == [made]
    assert not User.objects.get().has_usable_password()
    assert notices() == [("reset_password", "ada@example.org", "queued")]
    assert PASSWORD not in str(list(DBTaskResult.objects.values()) + list(Notice.objects.values()))


# The operator's accounts


def test_add_person_makes_an_account_that_is_vouched_for():
    ada = accounts.add_person(
        "Ada@example.org",
        PASSWORD,
        first_name="Ada",
        last_name="Vale",
        verified=True,
        is_admin=True,
    )

    assert addresses_of(ada) == [("ada@example.org", True, True)]
    assert (ada.name, ada.is_superuser, ada.check_password(PASSWORD)) == ("Ada Vale", True, True)
    assert notices() == []


def test_add_person_without_password_or_vouching_mails_to_verify_the_address():
    ada = accounts.add_person("ada@example.org")

    assert addresses_of(ada) == [("ada@example.org", False, True)]
    assert not ada.has_usable_password()
    assert notices() == [("verify_address", "ada@example.org", "queued")]


def test_add_person_is_refused_for_a_known_address_and_a_weak_password():
    factories.user("ada@example.org", verified=False)

    with pytest.raises(InvalidInput) as known:
        accounts.add_person("ADA@example.org", PASSWORD)
    with pytest.raises(InvalidInput) as weak:
        accounts.add_person("bob@example.org", "12345678")

    assert known.value.fields == {"email": ["Email 'ada@example.org' may already be in use"]}
    assert weak.value.fields == {
        "password": ["This password is too common.", "This password is entirely numeric."]
    }
    assert User.objects.count() == 1


def test_set_password_is_for_known_addresses():
    ada = factories.user("ada@example.org")

    accounts.set_password("ADA@example.org", PASSWORD)
    with pytest.raises(InvalidInput) as refusal:
        accounts.set_password("bob@example.org", PASSWORD)

    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)
    assert refusal.value.fields == {
        "email": ["There is no account with the address 'bob@example.org'."]
    }
    assert notices() == [("password_changed", "ada@example.org", "queued")]


# Who may see whom


def test_a_colleague_is_found_and_a_stranger_is_not():
    ada, bob, carol = map(
        factories.user, ("ada@example.org", "bob@example.org", "carol@example.org")
    )
    issuer = factories.issuer(ada)
    issuer.staff_rows.create(user=bob, role="staff")

    assert accounts.find(ada.entity_id, by=Actor.person(bob)) == ada
    with pytest.raises(NotFound):
        accounts.find(ada.entity_id, by=Actor.person(carol))
    with pytest.raises(NotFound):
        accounts.find("nobody", by=Actor.person(bob))


def test_nobody_is_a_colleague_at_a_deleted_issuer_or_without_a_verified_address():
    ada, bob = factories.user("ada@example.org"), factories.user("bob@example.org")
    gone = factories.issuer(ada, deleted_at=timezone.now())
    gone.staff_rows.create(user=bob, role="staff")
    new = factories.user("new@example.org", verified=False)
    factories.issuer(ada).staff_rows.create(user=new, role="owner")

    for person in (bob, new):
        with pytest.raises(NotFound):
            accounts.find(ada.entity_id, by=Actor.person(person))


@pytest.mark.parametrize("count", [1, 5])
def test_identities_of_many_people_are_two_queries(django_assert_num_queries, count):
    people = [factories.user(f"person{number}@example.org") for number in range(count)]
    for person in people:
        Identifier.objects.create(
            user=person, kind="url", value=f"https://{person.pk}.test", verified_at=timezone.now()
        )
        Identifier.objects.create(user=person, kind="telephone", value="+46 1")

    with django_assert_num_queries(2):
        found = accounts.identities(people)

    assert {
        number: ([item.email for item in mine.addresses], mine.urls, mine.telephones)
        for number, mine in found.items()
    } == {
        person.pk: ([f"person{number}@example.org"], [f"https://{person.pk}.test"], [])
        for number, person in enumerate(people)
    }


# The profile


def test_w24_a_profile_is_changed_as_a_whole_or_not_at_all():
    ada = with_password(factories.user("ada@example.org"))

    with pytest.raises(InvalidInput) as refusal:
        accounts.change_profile(
            ada,
            {
                "first_name": "Eve",
                "emails": [
                    AddressWish("ada@example.org", primary=True),
                    AddressWish("new@example.org"),
                ],
                "password": "splices and knots",
                "current_password": "wrong",
            },
        )

    assert refusal.value.fields == {"current_password": ["Incorrect password"]}
    row = User.objects.get()
    assert (row.first_name, row.check_password(PASSWORD)) == ("Ada", True)
    assert addresses_of(row) == [("ada@example.org", True, True)]
    assert notices() == []


def test_w24_a_new_password_is_not_kept_when_an_address_is_refused():
    ada = with_password(factories.user("ada@example.org"))

    with pytest.raises(InvalidInput):
        accounts.change_profile(
            ada, {"password": "splices and knots", "current_password": PASSWORD, "emails": []}
        )

    assert User.objects.get().check_password(PASSWORD)
    assert notices() == []


def test_a_new_password_wants_the_current_one_and_is_told_of_by_mail():
    ada = with_password(factories.user("ada@example.org"))

    with pytest.raises(InvalidInput) as missing:
        accounts.change_profile(ada, {"password": "splices and knots"})
    with pytest.raises(InvalidInput) as weak:
        accounts.change_profile(ada, {"password": "knots", "current_password": PASSWORD})
    accounts.change_profile(ada, {"password": "splices and knots", "current_password": PASSWORD})

    assert missing.value.fields == {"current_password": ["Field is required"]}
    assert weak.value.fields == {
        "password": ["This password is too short. It must contain at least 8 characters."]
    }
    assert User.objects.get().check_password("splices and knots")
    assert notices() == [("password_changed", "ada@example.org", "queued")]


@pytest.mark.parametrize(("asked", "kept"), [(1, 2), (3, 3), (4, 2), (9, 2), (-1, 2)])
def test_terms_are_agreed_to_upwards_only_and_only_those_in_force(asked, kept):
    for version, is_active in ((1, True), (2, True), (3, True), (4, False)):
        TermsVersion.objects.create(version=version, is_active=is_active)
    ada = factories.user("ada@example.org", agreed_terms_version=2)

    assert (
        accounts.change_profile(ada, {"agreed_terms_version": asked}).agreed_terms_version == kept
    )


# A forgotten password


def forget(email):
    accounts.forgot_password(email)
    accounts.start_password_reset(email)


def test_x17_asking_for_a_password_mail_does_the_same_whether_or_not_the_account_exists(
    django_assert_num_queries,
):
    factories.user("ada@example.org")

    for email in ("ada@example.org", "carol@example.org"):
        with django_assert_num_queries(4):  # the entry, the job, and a transaction around them
            accounts.forgot_password(email)

    assert [job.args_kwargs["kwargs"] for job in DBTaskResult.objects.order_by("enqueued_at")] == [
        {"email": "ada@example.org"},
        {"email": "carol@example.org"},
    ]


def test_x17_one_password_mail_in_five_minutes_and_no_word_about_it():
    factories.user("ada@example.org")

    forget("Ada@Example.org")
    forget("ada@example.org")
    assert notices() == [("reset_password", "ada@example.org", "queued")]

    Notice.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    forget("ada@example.org")
    assert len(notices()) == 2


def test_x17_no_password_mail_goes_to_unverified_addresses_strangers_or_inactive_accounts():
    factories.user("ada@example.org", verified=False)
    factories.user("bob@example.org", is_active=False)

    for email in ("ada@example.org", "bob@example.org", "carol@example.org"):
        forget(email)

    assert notices() == []


def test_a_password_token_works_once_and_is_told_of_by_mail():
    ada = with_password(factories.user("ada@example.org"))
    token = accounts.reset_token(ada)

    assert accounts.reset_password(token, "splices and knots") == ada
    with pytest.raises(NotFound):
        accounts.reset_password(token, "more and more knots")

    assert User.objects.get().check_password("splices and knots")
    assert notices() == [("password_changed", "ada@example.org", "queued")]


def test_a_new_password_ends_the_wait_after_wrong_ones():
    ada = factories.user("ada@example.org")
    limits.attempt("login", name="ada@example.org").failed()
    with pytest.raises(TryLater):
        limits.attempt("login", name="ada@example.org")

    accounts.reset_password(accounts.reset_token(ada), PASSWORD)

    limits.attempt("login", name="ada@example.org")


def test_a_password_token_survives_a_weak_password():
    ada = factories.user("ada@example.org")
    token = accounts.reset_token(ada)

    with pytest.raises(InvalidInput):
        accounts.reset_password(token, "weak")

    assert accounts.reset_password(token, PASSWORD) == ada


@pytest.mark.parametrize(
    "token", ["", "-", "zz-1-2", "ä-1-2", "1" * 99 + "-1-2", "{pk}-bad", "{pk}"]
)
def test_a_wrong_password_token_is_not_found(token):
    ada = factories.user("ada@example.org")

    with pytest.raises(NotFound):
        accounts.reset_password(token.format(pk=ada.pk), PASSWORD)


def test_a_password_token_ends_after_three_days_and_with_the_account():
    ada = factories.user("ada@example.org")
    generator = accounts._reset_tokens
    old = generator._make_token_with_timestamp(
        ada, generator._num_seconds(generator._now()) - 3 * 86_400 - 1, generator.secret
    )
    token = accounts.reset_token(ada)

    with pytest.raises(NotFound):
        accounts.require_reset_token(f"{token.partition('-')[0]}-{old}")
    assert accounts.require_reset_token(token) == ada
    User.objects.update(is_active=False)
    with pytest.raises(NotFound):
        accounts.require_reset_token(token)


@pytest.mark.parametrize("change", ["given up", "won"])
def test_a_password_token_ends_when_the_persons_own_addresses_change(change):
    ada = factories.user("ada@example.org")
    lost = EmailAddress.objects.create(user=ada, email="lost@example.org", verified=True)
    token = accounts.reset_token(ada)

    if change == "given up":
        addresses.remove(ada, lost.pk)
    else:
        EmailAddress.objects.create(user=ada, email="new@example.org", verified=True)

    with pytest.raises(NotFound):
        accounts.reset_password(token, PASSWORD)


def test_a_password_token_survives_a_claim_to_an_address():
    ada = factories.user("ada@example.org")
    token = accounts.reset_token(ada)
    addresses.add(ada, "new@example.org")

    assert accounts.reset_password(token, PASSWORD) == ada


def test_a_password_that_was_reset_ends_every_token_of_the_account_and_of_no_other():
    ada, bob = factories.user("ada@example.org"), factories.user("bob@example.org")
    client = Application.objects.create(
        client_type="public", authorization_grant_type="password", name="App"
    )
    for number, person in enumerate((ada, bob)):
        access = AccessToken.objects.create(
            user=person, application=client, token=f"t{number}", expires=timezone.now()
        )
        RefreshToken.objects.create(
            user=person, application=client, token=f"r{number}", access_token=access
        )
        LegacyToken.objects.create(user=person, token_checksum=f"l{number}")

    accounts.reset_password(accounts.reset_token(ada), PASSWORD)

    for model in (AccessToken, RefreshToken, LegacyToken):
        assert [row.user for row in model.objects.all()] == [bob]
