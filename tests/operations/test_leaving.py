"""Taking one's data along, and ending an account: what goes and what stays."""

import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from threading import Thread
from zipfile import ZipFile

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from rosette.errors import InvalidInput, NotFound, StillInUse, TryLater
from rosette.models import (
    AccessToken,
    Application,
    Assertion,
    AwardJob,
    BadgeClass,
    ClaimLink,
    ClaimRequest,
    Collection,
    EmailAddress,
    Identifier,
    Issuer,
    IssuerStaff,
    Pathway,
    PathwayCompletion,
    SocialAccount,
    TermsVersion,
    User,
    Visibility,
)
from rosette.openbadges.baking import unbake
from rosette.operations import (
    accounts,
    addresses,
    applications,
    export,
    imports,
    leaving,
    notices,
    sharing,
    terms,
    unsubscribing,
)
from rosette.operations import backpack as backpacks
from rosette.operations.accounts import SignUp
from rosette.operations.policies import Actor
from tests import factories, published
from tests.api.client import PNG, Api
from tests.environment import DATABASE
from tests.foreign import academy

PASSWORD = "knots and splices"
BOB = ("bob@example.org", "bob.reed@example.net", "https://bob.example.org", "+4712345678")


@pytest.fixture
def filed_mail(settings, tmp_path):
    settings.EMAIL_BACKEND = "rosette.outbox.FileOutbox"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    return tmp_path / "mail"


def work():
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)


def everywhere(words, *folders):
    """Every (table, column) or file in which any of the words stands, in any letter case."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    text = bytes(value) if isinstance(value, bytes | memoryview) else str(value)
                    text = text if isinstance(text, bytes) else text.encode()
                    if any(word.lower().encode() in text.lower() for word in words):
                        found.add((table, name))
    for folder in folders:
        for path in Path(folder).rglob("*"):
            if path.is_file() and any(
                word.lower().encode() in path.read_bytes().lower() for word in words
            ):
                found.add(("file", path.name))
    return found


def a_whole_life():
    """Bob, with everything that a person can have here; he earned one award and made another."""
    TermsVersion.objects.create(version=1, short_description="Be kind")
    bob = Api().post(
        "/v2/users",
        {
            "firstName": "Bob",
            "lastName": "Reed",
            "email": "Bob@Example.org",
            "password": PASSWORD,
        },
        **{"Idempotency-Key": "sign-up"},
    )
    bob = User.objects.get(entity_id=bob.one["entityId"])
    work()
    addresses.verify(addresses.verification_token(EmailAddress.objects.get()))
    EmailAddress.objects.create(user=bob, email=BOB[1], verified=True)
    for kind, value in (("url", BOB[2]), ("telephone", BOB[3])):
        Identifier.objects.create(user=bob, kind=kind, value=value, verified_at=timezone.now())
    SocialAccount.objects.create(
        user=bob, provider="campus", uid="bob-1", extra_data={"email": BOB[0]}
    )
    accounts.forgot_password("BOB@example.org")
    accounts.forgot_password(BOB[1])
    work()
    applications.legacy_token(bob)
    Application.objects.create(
        client_id="bobs-portal",
        name="Bob's Portal",
        user=bob,
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
    )
    ada = factories.user("ada@example.org")
    issuer = factories.issuer(ada)
    IssuerStaff.objects.create(issuer=issuer, user=bob, role="editor")
    api = Api(bob)
    badge = api.post(
        f"/v2/issuers/{issuer.entity_id}/badgeclasses",
        {"name": "Knots", "description": "Ties", "criteriaNarrative": "Tie", "image": PNG},
        **{"Idempotency-Key": "badge"},
    ).one["entityId"]
    Api(ada).post(
        f"/v2/badgeclasses/{badge}/assertions",
        {"recipient": {"identity": "BOB@Example.org", "type": "email"}, "notify": True},
    )
    api.post(
        f"/v2/badgeclasses/{badge}/assertions",
        {"recipient": {"identity": "carol@example.org", "type": "email"}, "notify": False},
    )
    work()
    earned = api.get("/v2/backpack/assertions").one["entityId"]
    api.put(f"/v2/backpack/assertions/{earned}", {"acceptance": "Accepted"})
    api.post("/v2/backpack/collections", {"name": "Ropes", "assertions": [earned]})
    with academy() as there:
        url = there.award()
        imports.import_award(url, by=Actor.person(bob))
    api.put("/v2/users/self", {"agreedTermsVersion": 1})
    now = timezone.now()
    times = {"created_at": now, "updated_at": now}
    knots = BadgeClass.objects.get(entity_id=badge)
    link = ClaimLink.objects.create(badgeclass=knots, title="Open day", is_automatic=True, **times)
    ClaimRequest.objects.create(link=link, email="bob@example.org", state="waiting", **times)
    pathway = Pathway.objects.create(issuer=issuer, name="Sailor", **times)
    PathwayCompletion.objects.create(
        pathway=pathway,
        recipient_kind="email",
        recipient_identity="bob@example.org",
        completed_at=now,
    )
    return bob


@pytest.fixture
def bob(settings, filed_mail):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    return a_whole_life()


@pytest.mark.django_db(transaction=True)
def test_nothing_outside_the_issuers_awards_names_a_person_who_left(bob, filed_mail):
    folders = (django_settings.ROSETTE.data_dir, filed_mail)
    before = everywhere([*BOB, "bob-1"], *folders)

    leaving.end(bob)

    assert {table for table, _ in before} >= {
        *("account_emailaddress", "rosette_identifier", "rosette_notice", "rosette_keptanswer"),
        "rosette_claimrequest",
        *("django_tasks_database_dbtaskresult", "socialaccount_socialaccount", "rosette_assertion"),
        "file",
    }
    assert everywhere([*BOB, "bob-1"], *folders) == {
        ("rosette_assertion", "recipient_identity"),
        ("rosette_pathwaycompletion", "recipient_identity"),
    }
    kept = Assertion.objects.order_by("pk")
    assert list(kept.values_list("recipient_identity", "acceptance")) == [
        ("bob@example.org", "Accepted"),
        ("carol@example.org", "Unaccepted"),
    ]
    assert list(kept.values_list("created_by__first_name", flat=True)) == ["Ada", None]
    assert not Collection.objects.exists()
    assert [person.first_name for person in User.objects.all()] == ["Ada"]


@pytest.mark.django_db(transaction=True)
def test_awards_of_somebody_who_left_are_theirs_again_when_they_come_back(bob):
    leaving.end(bob)

    back = factories.user("bob@example.org")

    (item,) = backpacks.index(Actor.person(back))
    assert item.award.recipient_identity == "bob@example.org"


@pytest.mark.django_db(transaction=True)
def test_who_wanted_no_notices_gets_none_after_leaving_either():
    bob = factories.user("bob@example.org")
    sent = notices.Notice.objects.create(kind="award", to="bob@example.org", state="sent")
    unsubscribing.unsubscribe(unsubscribing.unsubscribe_token(sent))

    leaving.end(bob)

    assert unsubscribing.is_unsubscribed("Bob@Example.org")
    assert everywhere(["bob@example.org"]) == set()


@pytest.mark.django_db
def test_the_only_owner_of_an_issuer_hands_it_over_or_deletes_it_first():
    ada = factories.user("ada@example.org")
    issuer = factories.issuer(ada, email="office@harbor.example.org")

    with pytest.raises(StillInUse) as refusal:
        leaving.end(ada)
    assert refusal.value.message == (
        "You are the only owner of these issuers. Make somebody else an owner, or delete them "
        "first: Harbor Learning"
    )
    bob = factories.user("bob@example.org")
    IssuerStaff.objects.create(issuer=issuer, user=bob, role="owner")
    leaving.end(ada)

    issuer.refresh_from_db()
    assert (issuer.created_by, list(issuer.staff.all())) == (None, [bob])


@pytest.mark.django_db
def test_an_address_that_an_issuer_publishes_is_replaced_there_first():
    ada, bob = factories.user("ada@example.org"), factories.user("bob@example.org")
    issuer = factories.issuer(ada, email="Bob@Example.org")
    gone = factories.issuer(
        ada, name="Old Harbor", email="Bob@Example.org", deleted_at=timezone.now()
    )

    with pytest.raises(StillInUse) as refusal:
        leaving.end(bob)
    assert refusal.value.message == (
        "Your email address is published by these issuers. Give them another one first: "
        "Harbor Learning"
    )
    Issuer.objects.filter(pk=issuer.pk).update(email="ada@example.org")
    leaving.end(bob)

    gone.refresh_from_db()
    assert gone.email == ""


@pytest.mark.django_db
def test_the_last_administrator_stays():
    admin = factories.user("ada@example.org", is_superuser=True)
    factories.user("bob@example.org", is_superuser=True, is_active=False)

    with pytest.raises(StillInUse, match="only administrator"):
        leaving.end(admin)

    User.objects.update(is_active=True)
    leaving.end(admin)
    assert [person.first_name for person in User.objects.all()] == ["Bob"]


@pytest.mark.django_db
def test_over_the_wire_the_password_ends_the_account():
    bob = factories.user("bob@example.org")
    bob.set_password(PASSWORD)
    bob.save()
    api = Api(bob)

    missing, wrong = (api.delete("/v2/users/self", sent) for sent in ({}, {"password": "no"}))
    in_time = api.delete("/v2/users/self", {"password": PASSWORD})
    assert (missing.status, missing.body["fieldErrors"]) == (
        400,
        {"password": ["Field is required"]},
    )
    assert (wrong.status, wrong.body["fieldErrors"]) == (
        400,
        {"password": ["Incorrect password"]},
    )
    assert in_time.status == 429
    leaving.limits.forget("leaving", bob.entity_id)
    assert Api(bob, "rw:profile").delete("/v2/users/self", {"password": PASSWORD}).status == 404
    assert api.delete("/v2/users/self", {"password": PASSWORD}).status == 204
    assert api.get("/v2/users/self").status == 401
    assert not User.objects.exists()


@pytest.mark.django_db
def test_without_a_password_a_fresh_token_ends_the_account():
    bob = factories.user("bob@example.org")
    api = Api(bob)
    AccessToken.objects.update(created=timezone.now() - timedelta(minutes=11))

    stale = api.delete("/v2/users/self")

    assert (stale.status, stale.body["validationErrors"]) == (
        400,
        ["Sign in anew first: your account has no password, so a fresh token is asked for."],
    )
    assert Api(bob).delete("/v2/users/self").status == 204


def read(archive):
    with ZipFile(BytesIO(archive)) as found:
        assert found.testzip() is None
        return {name: found.read(name) for name in found.namelist()}


@pytest.mark.django_db(transaction=True)
def test_the_archive_holds_all_that_is_kept_and_no_secret(bob):
    token = factories.token(bob)
    answer = Api(bob)._client.get(
        "/v2/users/self/export", headers={"Authorization": f"Bearer {token}"}
    )

    files = read(answer.getvalue())

    assert (answer.status_code, answer["Content-Type"], answer["Content-Disposition"]) == (
        200,
        "application/zip",
        'attachment; filename="rosette-export.zip"',
    )
    earned = Assertion.objects.get(recipient_identity="bob@example.org", source_url=None).entity_id
    imported = Assertion.objects.exclude(source_url=None).get().entity_id
    assert set(files) == {
        *("README.txt", "account.json", "awards-received.json", "awards-issued.json"),
        *("issuers.json", "collections.json", "access.json", "mails.json"),
        *("award-jobs.json", "shares.json", "badge-requests.json", "pathways.json"),
        *(f"awards/{name}.{kind}" for name in (earned, imported) for kind in ("json", "png")),
    }
    shown = {name: json.loads(files[name]) for name in files if name.endswith(".json")}
    baked = json.loads(unbake(files[f"awards/{earned}.png"]))
    assert baked["id"] == shown[f"awards/{earned}.json"]["id"]
    account = shown["account.json"]
    assert [item["email"] for item in account["emails"]] == [BOB[0], BOB[1]]
    assert [item["identity"] for item in account["identifiers"]] == [BOB[2], BOB[3]]
    assert [item["version"] for item in account["termsAgreed"]] == [1]
    assert [item["uid"] for item in account["signInAccounts"]] == ["bob-1"]
    assert [item["entityId"] for item in shown["awards-received.json"]] == [earned, imported]
    assert len(shown["awards-issued.json"]) == 1
    assert [item["role"] for item in shown["issuers.json"]] == ["editor"]
    assert [item["state"] for item in shown["badge-requests.json"]] == ["waiting"]
    assert [item["name"] for item in shown["pathways.json"]] == ["Sailor"]
    assert [item["awards"] for item in shown["collections.json"]] == [[earned]]
    assert [item["clientId"] for item in shown["access.json"]["applications"]] == ["bobs-portal"]
    assert {item["kind"] for item in shown["mails.json"]} == {
        *("verify_address", "reset_password", "award"),
    }
    whole = b"".join(files.values())
    secrets = [token, bob.password, applications.legacy_token(bob), "carol@example.org"]
    secrets += list(AccessToken.objects.values_list("token_checksum", flat=True))
    assert [secret for secret in secrets if secret.encode() in whole] == []


@pytest.mark.django_db
def test_the_archive_of_somebody_new_is_whole(django_assert_num_queries):
    bob = factories.user("bob@example.org")
    file = BytesIO()

    with django_assert_num_queries(25):
        export.write(bob, file)

    files = read(file.getvalue())
    assert json.loads(files["awards-received.json"]) == []
    assert json.loads(files["awards-issued.json"]) == []
    assert b"keeps about Bob Vale" in files["README.txt"]


@pytest.mark.django_db
def test_an_archive_that_is_too_large_or_asked_for_too_often_is_refused(settings):
    bob = factories.user("bob@example.org")
    factories.assertion(to="bob@example.org")

    with pytest.raises(InvalidInput) as refusal:
        export.write(bob, BytesIO(), max_bytes=10)
    assert refusal.value.general == [export.TOO_LARGE]
    leaving.exported(bob).close()
    with pytest.raises(TryLater):
        leaving.exported(bob)
    assert Api(bob, "rw:profile").get("/v2/users/self/export").status == 404


@pytest.mark.django_db
def test_consent_is_kept_with_its_time_and_goes_upwards_only(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(
        update={
            "terms_version": 2,
            "terms_description": "Shorter",
            "terms_url": "https://example.org/terms",
        }
    )
    terms.keep_configured()
    kept = TermsVersion.objects.get()
    terms.keep_configured()
    bob = accounts.sign_up(SignUp("bob@example.org", PASSWORD))

    assert TermsVersion.objects.get().updated_at == kept.updated_at
    assert (bob.agreed_terms_version, bob.agreements.get().version) == (2, 2)
    agreed_at = bob.agreements.get().agreed_at
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"terms_version": 3})
    terms.keep_configured()
    asked = Api(bob).get("/v2/users/self")
    assert (asked.body["latestTermsVersion"], asked.body["latestTermsDescription"]) == (
        3,
        "Shorter",
    )
    for version, agreed in ((1, 2), (4, 2), (3, 3), (2, 3)):
        answer = Api(bob).put("/v2/users/self", {"agreedTermsVersion": version})
        assert answer.one["agreedTermsVersion"] == agreed
    assert list(bob.agreements.order_by("version").values_list("version", flat=True)) == [2, 3]
    assert bob.agreements.get(version=2).agreed_at == agreed_at
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"terms_version": 2})
    terms.keep_configured()
    assert Api().get("/v2/termsVersions/latest").one["version"] == 2


@pytest.mark.django_db
def test_what_was_imported_for_somebody_elses_identity_stays_once_it_is_theirs(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    carol = factories.user("carol@example.org")
    EmailAddress.objects.create(user=carol, email="bob@example.org", verified=False)
    with academy() as there:
        imports.import_award(there.award(), by=Actor.person(carol))
    bob = factories.user("bob@example.org")
    addresses.give_way("bob@example.org", to=bob)

    leaving.end(carol)

    (item,) = backpacks.index(Actor.person(bob))
    assert (item.award.recipient_identity, item.is_pending) == ("bob@example.org", False)
    leaving.end(bob)
    assert not Assertion.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("visibility", ["link", "private"])
def test_the_archive_holds_what_is_not_public_too(visibility):
    bob = factories.user("bob@example.org")
    award = published.award()
    by = Actor.person(bob)
    item = backpacks.show(backpacks.find(award.entity_id, by=by), Visibility(visibility))
    file = BytesIO()

    export.write(bob, file)

    files = read(file.getvalue())
    name = f"awards/{award.entity_id}"
    document = json.loads(files[f"{name}.json"])
    assert document["badge"]["name"] == "Knot Tying"
    assert json.loads(unbake(files[f"{name}.png"]))["id"] == document["id"]
    (told,) = json.loads(files["awards-received.json"])
    shared_at = item.award.share_hash and document["id"]
    assert (told["visibility"], told["sharedAt"]) == (visibility, shared_at)


@pytest.mark.django_db
def test_the_archive_tells_what_was_shown_elsewhere_and_what_was_awarded_in_jobs():
    bob = factories.user("bob@example.org")
    mine, carols = published.award(), factories.assertion(to="carol@example.org")
    by = Actor.person(bob)
    sharing.share_award(mine.entity_id, "linkedin", by=by, source="badgr-ui")
    sharing.share_award(mine.entity_id, "twitter")
    sharing.share_award(carols.entity_id, "mail", by=by)
    sharing.share_award(carols.entity_id, "whatsapp")
    job = AwardJob.objects.create(
        badgeclass=mine.badgeclass,
        created_by=bob,
        by_grant=False,
        total=3,
        created_at=timezone.now(),
        updated_at=timezone.now(),
    )
    file = BytesIO()

    export.write(bob, file)

    files = read(file.getvalue())
    assert [
        (item["provider"], item["program"], item["award"], item["byYou"])
        for item in json.loads(files["shares.json"])
    ] == [
        ("linkedin", "badgr-ui", mine.entity_id, True),
        ("twitter", None, mine.entity_id, False),
        ("mail", None, None, True),
    ]
    (told,) = json.loads(files["award-jobs.json"])
    assert (told["entityId"], told["state"], told["lines"]) == (job.entity_id, "queued", 3)


@pytest.mark.django_db
def test_an_archive_is_too_large_for_what_was_awarded_as_well():
    ada = factories.user("ada@example.org")
    knots = factories.badgeclass(factories.issuer(ada))
    for number in range(50):
        factories.assertion(knots, to=f"person-{number}@example.org")

    with pytest.raises(InvalidInput):
        export.write(ada, BytesIO(), max_bytes=1000)


@pytest.mark.django_db
def test_who_left_already_is_not_found():
    bob = factories.user("bob@example.org")
    leaving.end(User.objects.get(pk=bob.pk))

    with pytest.raises(NotFound):
        leaving.end(bob)


@pytest.mark.skipif(DATABASE != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["issuer", "server"])
def test_of_the_last_two_who_leave_at_once_one_stays(what):
    people = [
        factories.user(f"{name}@example.org", is_superuser=what == "server")
        for name in ("ada", "bob")
    ]
    if what == "issuer":
        harbor = factories.issuer(people[0], email="office@harbor.example.org")
        IssuerStaff.objects.create(issuer=harbor, user=people[1], role="owner")
    refused = []

    def leave():
        try:
            leaving.end(people[1])
        except StillInUse as refusal:
            refused.append(refusal.message)
        finally:
            connection.close()

    other = Thread(target=leave)
    with transaction.atomic():
        leaving.end(people[0])
        other.start()
        other.join(1)  # it waits for us, or has done its work too early
    other.join()

    assert len(refused) == 1
    assert list(User.objects.all()) == [people[1]]
