"""
How many SQL statements each endpoint makes, with one of everything and with fifty.

A line is an endpoint; the number, of statements on either database, is the same for one award,
badge class, issuer, colleague, collection, address, token … and for fifty of them. What takes a
list is sent one item and fifty.

``PAGE`` is a GET as a browser does it. ``3/4`` is 3 on SQLite and 4 on PostgreSQL; ``6+5`` is 6 for
the first item and 5 for each more. What is ``refused`` cannot succeed in this world. Beginning and
end of transactions are not counted.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rosette.api import examples
from rosette.models import Assertion, Issuer, User
from tests import factories
from tests.calls import Call, body_of, prepare, routes
from tests.environment import DATABASE
from tests.world import IDENTITIES_MAX, World, standing

TABLE = """
# V2: issuers, badge classes, awards
GET    /v2/issuers                                                          5
POST   /v2/issuers                                                          10
GET    /v2/issuers/changed                                                  5/6
GET    /v2/issuers/:issuer                                                  7
PUT    /v2/issuers/:issuer                                                  15
PUT    /v2/issuers/:issuer?staff                                            20
DELETE /v2/issuers/:issuer                                                  11
GET    /v2/issuers/:issuer/audit                                            5
GET    /v2/issuers/:issuer/badgeclasses                                     4
GET    /v2/issuers/:issuer/badgeclasses?num=20                              4
POST   /v2/issuers/:issuer/badgeclasses                                     7
GET    /v2/issuers/:issuer/assertions                                       4
GET    /v2/issuers/:issuer/assertions?num=20                                4
POST   /v2/issuers/:issuer/assertions                                       8/7
GET    /v2/badgeclasses                                                     2
GET    /v2/badgeclasses?num=20                                              2
POST   /v2/badgeclasses                                                     7
GET    /v2/badgeclasses/changed                                             2/3
GET    /v2/badgeclasses/:badge                                              3
PUT    /v2/badgeclasses/:badge                                              12
DELETE /v2/badgeclasses/:badge                                              9
POST   /v2/badgeclasses/:badge/issue                                        7
GET    /v2/badgeclasses/:badge/jobs                                         3
POST   /v2/badgeclasses/:badge/jobs                                         8
GET    /v2/badgeclasses/:badge/assertions                                   3
GET    /v2/badgeclasses/:badge/assertions?num=20                            3
GET    /v2/badgeclasses/:badge/assertions?recipient=bob@example.org         3
POST   /v2/badgeclasses/:badge/assertions                                   5/4
POST   /v2/assertions/revoke                                                5
GET    /v2/assertions/changed                                               3/4
GET    /v2/assertions/:award                                                3
PUT    /v2/assertions/:award                                                8
DELETE /v2/assertions/:award                                                7
POST   /v2/assertions/:award/suspend                                        10
POST   /v2/assertions/:award/reinstate                                      9
GET    /v2/jobs/:job                                                        3
GET    /v2/jobs/:job/results                                                4
POST   /v2/jobs/:job/cancel                                                 7
POST   /v2/jobs/:job/undo                                                   8

# V2: webhooks
GET    /v2/issuers/:issuer/webhooks                                         5
POST   /v2/issuers/:issuer/webhooks                                         9
GET    /v2/webhooks/:webhook                                                3
PUT    /v2/webhooks/:webhook                                                9
DELETE /v2/webhooks/:webhook                                                10
POST   /v2/webhooks/:webhook/rotate                                         7
POST   /v2/webhooks/:webhook/ping                                           10
GET    /v2/webhooks/:webhook/deliveries                                     5
POST   /v2/webhooks/:webhook/replay                                         9
GET    /v2/webhookdeliveries/:delivery                                      3
POST   /v2/webhookdeliveries/:delivery/replay                               10

# V2: backpack
GET    /v2/backpack/assertions                                              4
GET    /v2/backpack/assertions?expand=badgeclass&expand=issuer              5
POST   /v2/backpack/assertions                                              10
GET    /v2/backpack/assertions/:award                                       4
PUT    /v2/backpack/assertions/:award                                       6
DELETE /v2/backpack/assertions/:award                                       8
GET    /v2/backpack/assertions/:award/image                                 4
POST   /v2/backpack/assertions/:award/verify                                7
POST   /v2/backpack/assertions/:award/offers                                7
GET    /v2/backpack/assertions/:award/offers/:offer                         2
POST   /v2/backpack/import                                                  10
GET    /v2/backpack/collections                                             3
POST   /v2/backpack/collections                                             9
GET    /v2/backpack/collections/:collection                                 3
PUT    /v2/backpack/collections/:collection                                 11
DELETE /v2/backpack/collections/:collection                                 6
GET    /v2/backpack/share/assertion/:award?provider=linkedin                10
GET    /v2/backpack/share/collection/:collection?provider=linkedin          6
GET    /v2/backpack/shares                                                  6

# V2: tokens and accounts
POST   /v2/tokens/issuers                                                   6
GET    /v2/auth/token                                                       5
PUT    /v2/auth/token                                                       5
GET    /v2/auth/forgot-password?token=:reset                                0
POST   /v2/auth/forgot-password                                             7
PUT    /v2/auth/forgot-password                                             16
GET    /v2/auth/confirm-email/:confirmation                                 6
GET    /v2/auth/tokens                                                      3
GET    /v2/auth/tokens/:token                                               3
DELETE /v2/auth/tokens/:token                                               7
POST   /v2/users                                                            28
GET    /v2/users/self                                                       5
PUT    /v2/users/self                                                       17
DELETE /v2/users/self                                                       66
GET    /v2/users/self/export                                                36
GET    /v2/users/self/identifiers                                           3
POST   /v2/users/self/identifiers                                           8
GET    /v2/users/self/identifiers/:identifier                               3
DELETE /v2/users/self/identifiers/:identifier                               8
POST   /v2/users/self/identifiers/:identifier/verify                        8
GET    /v2/users/:person                                                    5
PUT    /v2/users/:person                                                    17
GET    /v2/termsVersions/latest                                             1
GET    /v2/socialaccounts                                                   3
GET    /v2/socialaccounts/connect?provider=harbor                           2    refused
GET    /v2/socialaccounts/:account                                          3
DELETE /v2/socialaccounts/:account                                          7

# V1: accounts
GET    /v1/user/profile                                                     5
POST   /v1/user/profile                                                     28
PUT    /v1/user/profile                                                     8
POST   /v1/user/forgot-password                                             7
PUT    /v1/user/forgot-password                                             16
GET    /v1/user/confirmemail/:confirmation                                  6
GET    /v1/user/emails                                                      3
POST   /v1/user/emails                                                      11
GET    /v1/user/emails/:address                                             3
PUT    /v1/user/emails/:address                                             9
DELETE /v1/user/emails/:address                                             8
GET    /v1/user/auth-token                                                  5
PUT    /v1/user/auth-token                                                  5
GET    /v1/user/socialaccounts                                              3
GET    /v1/user/socialaccounts/connect?provider=harbor                      2    refused
GET    /v1/user/socialaccounts/:account                                     3
DELETE /v1/user/socialaccounts/:account                                     7

# V1: issuers, badge classes, awards
GET    /v1/issuer/issuers                                                   9
POST   /v1/issuer/issuers                                                   14
GET    /v1/issuer/issuers/:issuer                                           11
PUT    /v1/issuer/issuers/:issuer                                           20
DELETE /v1/issuer/issuers/:issuer                                           12
GET    /v1/issuer/issuers/:issuer/staff                                     8
POST   /v1/issuer/issuers/:issuer/staff                                     15
GET    /v1/issuer/issuers/:issuer/assertions                                7
GET    /v1/issuer/all-badges                                                3
GET    /v1/issuer/issuers/:issuer/badges                                    6
POST   /v1/issuer/issuers/:issuer/badges                                    9
GET    /v1/issuer/issuers/:issuer/badges/:badge                             6
PUT    /v1/issuer/issuers/:issuer/badges/:badge                             15
DELETE /v1/issuer/issuers/:issuer/badges/:badge                             11
GET    /v1/issuer/issuers/:issuer/badges/:badge/assertions                  7
POST   /v1/issuer/issuers/:issuer/badges/:badge/assertions                  10/9
POST   /v1/issuer/issuers/:issuer/badges/:badge/batchAssertions             11
GET    /v1/issuer/issuers/:issuer/badges/:badge/assertions/:award           7
DELETE /v1/issuer/issuers/:issuer/badges/:badge/assertions/:award           11

# V1: backpack
GET    /v1/earner/badges                                                    5
POST   /v1/earner/badges                                                    11
GET    /v1/earner/badges/:award                                             5
PUT    /v1/earner/badges/:award                                             7
DELETE /v1/earner/badges/:award                                             8
GET    /v1/earner/collections                                               3
POST   /v1/earner/collections                                               9
GET    /v1/earner/collections/:collection                                   3
PUT    /v1/earner/collections/:collection                                   11
DELETE /v1/earner/collections/:collection                                   6
GET    /v1/earner/share/badge/:award?provider=linkedin                      10
GET    /v1/earner/share/collection/:collection?provider=linkedin            6
GET    /v1/externaltools                                                    1

# OAuth
POST   /o/token                                                             10
POST   /o/code                                                              6
POST   /o/revoke_token                                                      8
GET    /o/authorize?client_id=harbor-portal&scope=:scopes                   2
POST   /o/authorize                                                         9
POST   /o/register                                                          7
POST   /api-auth/token                                                      8

# Wallets; what their credentials cost stands in tests/operations/test_wallets.py
GET    /openid/offers/:reference                                            1
POST   /openid/nonce                                                        0
POST   /openid/credential                                                   0    refused
POST   /openid/notification                                                 0    refused
GET    /.well-known/openid-credential-issuer                                0
GET    /.well-known/oauth-authorization-server                              0

# Badge Connect
GET    /.well-known/badgeconnect.json                                       0
GET    /bcv1/manifest/badges.example.org                                    0
GET    /bcv1/assertions                                                     5
POST   /bcv1/assertions                                                     10
GET    /bcv1/profile                                                        4

# Open Badges 3.0
GET    /ims/ob/v3p0/discovery                                               0
GET    /ims/ob/v3p0/credentials                                             8
POST   /ims/ob/v3p0/credentials                                             22
GET    /ims/ob/v3p0/profile                                                 4
PUT    /ims/ob/v3p0/profile                                                 7
POST   /ims/ob/v3p0/profile                                                 7

# What there is not
GET    /v2/anything                                                         0    refused
GET    /v2/badgeclasses/                                                    0    refused
GET    /v1/anything                                                         0    refused
GET    /bcv1/anything                                                       0    refused
GET    /ims/anything                                                        0    refused

# Reference
GET    /docs/v2/                                                            0
GET    /docs/v2/openapi.json                                                0
GET    /docs/v2/postman.json                                                0
GET    /docs                                                                0

# Public documents and pictures
GET    /public/issuers/:issuer                                              1
PAGE   /public/issuers/:issuer                                              3
GET    /public/issuers/:issuer/badges                                       2
PAGE   /public/issuers/:issuer/badges                                       3
GET    /public/issuers/:issuer/image                                        1
GET    /public/issuers/:issuer/did.json                                     2
GET    /public/issuers/:issuer/jwks.json                                    2
GET    /public/issuers/:issuer/status/revocation/1                          3
GET    /public/issuers/:issuer/revocations                                  2
GET    /public/issuers/:issuer/keys/jwt-1                                   2
GET    /public/issuers/:issuer/withdrawn                                    2
GET    /public/endorsements/:endorsement                                    1
PAGE   /public/endorsements/:endorsement                                    1
GET    /public/endorsements/:endorsement/ob3                                2
GET    /public/badges/:badge                                                1
GET    /public/badges/:badge?expand=issuer                                  1
PAGE   /public/badges/:badge                                                2
GET    /public/badges/:badge/image                                          1
GET    /public/badges/:badge/criteria                                       1
GET    /public/badges/:badge/ob3                                            1
PAGE   /public/badges/:badge/criteria                                       2
GET    /public/assertions/:award                                            1
GET    /public/assertions/:award?expand=badge&expand=badge.issuer           1
PAGE   /public/assertions/:award                                            1
GET    /public/assertions/:link                                             2
GET    /public/assertions/:award/image                                      1
GET    /public/assertions/:link/image                                       2
GET    /public/assertions/:award/baked                                      1
GET    /public/assertions/:link/baked                                       2
GET    /public/assertions/:award/ob3                                        3
GET    /public/assertions/:award/ob3.jwt                                    3
GET    /public/assertions/:link/ob3                                         5
GET    /public/assertions/:award/certificate                                3
GET    /public/assertions/:link/certificate                                 5
GET    /public/collections/:hash                                            2
GET    /public/collections/:hash?expand=badges.badge&expand=badges.badge.issuer 2
PAGE   /public/collections/:hash                                            2
GET    /public/collections/:hash/pdf                                        6
GET    /public/pathways/:pathway                                            4
PAGE   /public/pathways/:pathway                                            4
GET    /public/oembed?url=/public/assertions/:award                         1
POST   /public/verify                                                       1
GET    /share/badge/:award                                                  0
GET    /share/collection/:collection                                        1
GET    /share/collection/:collection/embed                                  1
GET    /earner/collections/1/:hash                                          1
GET    /earner/collections/1/:hash/embed                                    1
GET    /media/images/:image                                                 0

# Pages that links lead to, and of other providers
GET    /account/email/done                                                  0
GET    /account/password/:reset                                             2
POST   /account/password/:reset                                             16
GET    /account/sociallogin?provider=harbor                                 0    refused
GET    /account/oidc/harbor/login/callback                                  0    refused
GET    /account/google/login/callback                                       0    refused
GET    /account/facebook/login/callback                                     0    refused
GET    /account/saml/harbor/acs                                             0    refused
GET    /account/saml/harbor/acs/finish                                      0    refused
GET    /account/saml/harbor/sls                                             0    refused
GET    /account/saml/harbor/metadata                                        0    refused
GET    /unsubscribe/:unsubscribe                                            3
POST   /unsubscribe/:unsubscribe                                            6

# Pages for people who sign in
GET    /                                                                    1
POST   /language                                                            0
GET    /design/                                                             0
GET    /brand.css                                                           0
GET    /brand/logo                                                          0    refused
GET    /auth/login                                                          4
POST   /auth/login                                                          8
GET    /auth/change-password/:reset                                         0
GET    /login                                                               0
GET    /auth/oauth2/authorize?client_id=harbor-portal&scope=:scopes         9
POST   /auth/oauth2/authorize?client_id=harbor-portal&scope=:scopes         9

# Pages for developers
GET    /developers                                                          5
GET    /developers/console                                                  5
POST   /developers/console                                                  15

# Pages of people's backpacks
GET    /backpack                                                            8
GET    /backpack/import                                                     2
GET    /backpack/:award                                                     8
POST   /backpack/:award                                                     10
POST   /backpack/:award/undo                                                10
GET    /backpack/:award/share                                               9
GET    /backpack/:award/wallet                                              11
POST   /backpack/:award/wallet                                              15
GET    /backpack/:award/wallet/:offer                                       9
GET    /backpack/:award/download/picture                                    8
GET    /backpack/:award/download/certificate                                10
GET    /backpack/pathways                                                   12
GET    /collections                                                         10
GET    /collections/new                                                     8
POST   /collections/new                                                     12
GET    /collections/:collection                                             12
POST   /collections/:collection                                             17
GET    /collections/:collection/share                                       7
GET    /collections/:collection/remove                                      5
POST   /collections/:collection/remove                                      10
POST   /collections/:hidden/publish                                         8
GET    /claim/:claim                                                        8
POST   /claim/:claim                                                        18

# The verifier
GET    /verify                                                              0
POST   /verify                                                              13
POST   /verify/receipts                                                     10
GET    /verify/receipts/:receipt                                            2
POST   /verify/receipts/:receipt                                            2

# The catalogue
GET    /catalog                                                             1
PAGE   /catalog?issuer=:issuer&q=knot                                       2
GET    /catalog.atom                                                        1

# Links of old
GET    /recipient                                                           0
GET    /recipient/badges/import                                             0
GET    /recipient/badge-import                                              0
GET    /recipient/earned-badge/:award                                       0
GET    /recipient/badge-collections                                         0
GET    /recipient/badge-collections/create                                  0
GET    /recipient/badge-collections/:collection                             0
GET    /earner                                                              0
GET    /earner/collections                                                  0
GET    /issuer                                                              0
GET    /issuer/create                                                       0
GET    /issuer/issuers/:issuer/badges/:badge/issue                          1
GET    /issuer/issuers/:issuer                                              1
GET    /profile/profile                                                     0
GET    /auth/welcome                                                        0

# The issuer's desk: pages for people with a session
GET    /issuers                                                             9
GET    /issuers/new                                                         6
POST   /issuers/new                                                         13
POST   /issuers/sandbox                                                5
GET    /issuers/:sandbox/inbox                                         9
GET    /issuers/:sandbox/inbox/:mail                                   9
GET    /issuers/:sandbox/inbox/:mail/html                              9
GET    /issuers/:sandbox/empty                                         17
POST   /issuers/:sandbox/empty                                         46
GET    /issuers/:issuer                                                     9
GET    /issuers/:issuer/badges/new                                          7
POST   /issuers/:issuer/badges/new                                          11
GET    /issuers/:issuer/awards                                              11
POST   /issuers/:issuer/awards                                              7
GET    /issuers/:issuer/awards.csv                                          10
GET    /issuers/:issuer/recipients                                          10
POST   /issuers/:issuer/recipients/known                                    10
GET    /issuers/:issuer/recipients/:award                                   11
GET    /issuers/:issuer/staff                                               12
POST   /issuers/:issuer/staff                                               24
GET    /issuers/:issuer/history                                             10
GET    /issuers/:issuer/settings                                            9
POST   /issuers/:issuer/settings                                            18
GET    /issuers/:issuer/insights                                            13
GET    /issuers/:issuer/insights/awards.csv                                 12
GET    /issuers/:issuer/domain                                              8
POST   /issuers/:issuer/domain                                              10 refused
GET    /issuers/:issuer/catalogue                                           7
POST   /issuers/:issuer/catalogue                                           13
GET    /issuers/:issuer/endorsements                                        9
GET    /issuers/:issuer/endorsements/ask                                    8
POST   /issuers/:issuer/endorsements/ask                                    13
GET    /issuers/:issuer/endorsements/give                                   7
POST   /issuers/:issuer/endorsements/give                                   13
GET    /issuers/:issuer/endorsements/:endorsement                           8
POST   /issuers/:issuer/endorsements/:endorsement                           18
GET    /issuers/:issuer/pathways                                            12
GET    /issuers/:issuer/pathways/new                                        8
POST   /issuers/:issuer/pathways/new                                        19
GET    /issuers/:issuer/pathways/:pathway                                   15
POST   /issuers/:issuer/pathways/:pathway                                   16
GET    /issuers/:issuer/pathways/:pathway/edit                              12
POST   /issuers/:issuer/pathways/:pathway/edit                              26
GET    /issuers/:issuer/delete                                              9
POST   /issuers/:issuer/delete                                              17
GET    /badges/:badge                                                       10
GET    /issuers/:issuer/badges/design                                       7
POST   /issuers/:issuer/badges/design                                       7
POST   /issuers/:issuer/badges/design/picture                               7    refused
GET    /badges/:badge/design                                                7
POST   /badges/:badge/design                                                7
GET    /badges/:badge/edit                                                  8
POST   /badges/:badge/edit                                                  16
GET    /badges/:badge/award                                                 10
POST   /badges/:badge/award                                                 15/16
GET    /badges/:badge/award/many                                            10
POST   /badges/:badge/award/many                                            11
GET    /badges/:badge/award/template.csv                                    7
GET    /badges/:badge/sheets/:sheet                                         8
POST   /badges/:badge/sheets/:sheet                                         12
GET    /badges/:badge/sheets/:sheet/check                                   9
POST   /badges/:badge/sheets/:sheet/check                                   10
GET    /badges/:badge/sheets/:sheet/mistakes.csv                            9
GET    /badges/:badge/sheets/:sheet/confirm                                 11
POST   /badges/:badge/sheets/:sheet/confirm                                 18
POST   /badges/:badge/sheets/:sheet/discard                                 10
GET    /badges/:badge/jobs/:job                                             9
POST   /badges/:badge/jobs/:job/stop                                        14
POST   /badges/:badge/jobs/:job/undo                                        14
POST   /badges/:badge/jobs/:job/retry                                       13
GET    /badges/:badge/links                                                 8
POST   /badges/:badge/links                                                 10
GET    /badges/:badge/links/:claimlink                                      10
POST   /badges/:badge/links/:claimlink                                      11
GET    /badges/:badge/links/:claimlink/edit                                 8
POST   /badges/:badge/links/:claimlink/edit                                 13
GET    /badges/:badge/links/:claimlink/poster.pdf                           8
GET    /badges/:badge/links/:claimlink/projector                            8
GET    /c/:claimlink                                                        6
POST   /c/:claimlink                                                        28/29
GET    /c/confirm/:claimtoken                                               3
POST   /c/confirm/:claimtoken                                               18/19
GET    /badges/:badge/archive                                               8
POST   /badges/:badge/archive                                               14
GET    /badges/:badge/delete                                                9
POST   /badges/:badge/delete                                                14
GET    /awards/:award                                                       12
GET    /awards/:award/made                                                  8
POST   /awards/:award/resend                                                15
GET    /awards/:award/revoke                                                8
POST   /awards/:award/revoke                                                13
GET    /awards/:award/suspend                                               8
POST   /awards/:award/suspend                                               16
POST   /awards/:award/reinstate                                             15
GET    /awards/:award/name                                                  8
POST   /awards/:award/name                                                  14
GET    /awards/:award/move                                                  8
POST   /awards/:award/move                                                  19
GET    /backpack/:award/wallet                                              11
GET    /backpack/:award/wallet/:offer                                       9
POST   /backpack/:award/wallet                                              14
GET    /invitations/:invitation                                             4
POST   /invitations/:invitation                                             19

# For machines
GET    /ready                                                               3
GET    /metrics                                                             0    refused
GET    /health                                                              1
GET    /robots.txt                                                          0
GET    /keys/jwt-1                                                          1
GET    /.well-known/did.json                                                1
GET    /.well-known/jwks.json                                               1
GET    /favicon.ico                                                         0
"""
ROWS = {
    Call(*words[:2]): words[2:]
    for line in TABLE.splitlines()
    if len(words := line.partition("#")[0].split()) > 2
}
_BOBS = re.compile(
    r"\S+ (/v2/backpack|/v1/earner|/bcv1|/v2/users/self/export|/ims/ob/v3p0/credentials"
    r"|/backpack|/collections|/claim|/invitations)"
    r"|DELETE /v2/users/self$"
)
_PAGE = re.compile(
    r"/(auth|issuer|issuers|badges|awards|c|invitations|backpack|collections|claim|manage|developers"
    r"|account(?!/(password|email)/))(/|$)"  # what mails lead to, people open without signing in
)
_BOUNDARY = re.compile(r"(RELEASE )?SAVEPOINT|ROLLBACK|BEGIN|COMMIT")


@pytest.fixture(scope="module", params=[1, 50])
def harbor(request, django_db_setup, django_db_blocker) -> Iterator[World]:
    with standing(django_db_blocker, request.param) as made:
        yield made


def counted(call: Call, harbor: World) -> int:
    """How many statements it takes to answer whom it is for; it does answer."""
    by = "bob" if _BOBS.match(str(call)) else "ada"
    named = {**harbor.named, "me": f"{by}@example.org", "mine": harbor.people[by].entity_id}
    client = Client()
    headers = {"Accept": "text/html" if call.verb == "PAGE" else "application/json"}
    if call.endpoint and call.endpoint.scopes:
        headers |= factories.bearer(harbor.people[by])
    elif _PAGE.match(call.path) and ":reset" not in call.path:  # which signing in ends
        client.force_login(harbor.people[by])
    many = MANY.get(str(call))
    body = many(harbor.times) if many else body_of(call, named)
    with CaptureQueriesContext(connection) as made:
        answer = call.made(client, named, headers, body)
        content = answer.getvalue()
    assert (answer.status_code >= 400) is ("refused" in ROWS[call]), content
    return sum(not _BOUNDARY.match(query["sql"]) for query in made.captured_queries)


def _people(times: int) -> list[str]:
    return list(User.objects.order_by("pk").values_list("entity_id", flat=True)[:times])


def _own(times: int) -> list[str]:
    """Issuers of Ada."""
    found = Issuer.objects.filter(staff_rows__user__entity_id=examples.PERSON).order_by("pk")
    return list(found.values_list("entity_id", flat=True)[:times])


def _awards(times: int) -> list[dict[str, Any]]:
    evidence = [{"url": "https://harbor.example.org/knots", "narrative": "Tied"}]
    return [
        {"recipient": {"identity": f"new{n}@example.org"}, "evidence": evidence, "notify": True}
        for n in range(times)
    ]


def _v1_awards(times: int) -> list[dict[str, Any]]:
    return [{"recipient_identifier": f"new{n}@example.org"} for n in range(times)]


def _knot(times: int) -> dict[str, Any]:
    alignment = {"targetName": "Std", "targetUrl": "https://std.example.org"}
    return {
        "name": "Sheet Bend",
        "description": "Ties it",
        "criteriaNarrative": "Tie it",
        "image": examples.IMAGE,
        "alignments": [alignment | {"targetCode": str(n)} for n in range(times)],
        "tags": [f"tag {n}" for n in range(times)],
    }


def _held(times: int) -> list[str]:
    """Awards to Bob."""
    held = Assertion.objects.filter(recipient_identity="bob@example.org", visibility="public")
    return list(held.order_by("pk").values_list("entity_id", flat=True)[:times])


def _mails(times: int) -> dict[str, Any]:
    return {
        "emails": [
            {"email": "ada@example.org", "primary": True},
            *(
                {"email": f"ada{n}@example.org", "primary": False}
                for n in range(min(times, IDENTITIES_MAX))
            ),
        ]
    }


# Bodies with a list, of so many items.
MANY: dict[str, Callable[[int], Any]] = {
    "POST /v2/badgeclasses/:badge/issue": lambda n: {"assertions": _awards(n)},
    "POST /v2/badgeclasses/:badge/jobs": lambda n: {"assertions": _awards(n)},
    "POST /v2/assertions/revoke": lambda n: [
        {"entityId": name, "revocationReason": "Error"} for name in _held(n)
    ],
    "POST /v2/issuers/:issuer/badgeclasses": _knot,
    "PUT /v2/badgeclasses/:badge": _knot,
    "PUT /v2/issuers/:issuer?staff": lambda n: {
        "staff": [{"user": name, "role": "editor"} for name in _people(n + 1)]
    },
    "POST /v2/backpack/collections": lambda n: {"name": "All", "assertions": _held(n)},
    "PUT /v2/backpack/collections/:collection": lambda n: {"name": "All", "assertions": _held(n)},
    "POST /v1/earner/collections": lambda n: {
        "name": "All",
        "badges": [{"id": name} for name in _held(n)],
    },
    "PUT /v1/earner/collections/:collection": lambda n: {
        "name": "All",
        "badges": [{"id": name} for name in _held(n)],
    },
    "POST /v2/tokens/issuers": lambda n: {"issuers": _own(n)},
    "PUT /v2/users/self": _mails,
    "PUT /v2/users/:person": _mails,
    "POST /v1/issuer/issuers/:issuer/badges/:badge/batchAssertions": lambda n: {
        "assertions": _v1_awards(n),
        "create_notification": True,
    },
    "POST /o/authorize": lambda n: {
        "client_id": "harbor-portal",
        "redirect_uri": "https://portal.example.org/callback",
        "allow": True,
        "scopes": ["r:profile", *(f"rw:issuer:{name}" for name in _own(n))],
    },
}


def test_every_endpoint_has_a_row():
    assert {call.route for call in ROWS} == routes()


@pytest.mark.django_db
@pytest.mark.parametrize("call", ROWS, ids=str)
def test_the_statements_are_as_many_as_the_table_says(call, harbor):
    on_sqlite, _, on_postgresql = ROWS[call][0].partition("/")
    expected = on_postgresql or on_sqlite if DATABASE == "postgresql" else on_sqlite
    first, _, each_more = expected.partition("+")
    prepare(call)

    assert counted(call, harbor) == int(first) + int(each_more or 0) * (harbor.times - 1)
