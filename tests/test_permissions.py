"""
Who may do what: every endpoint, and what it answers to each kind of caller.

The table is read like a document. Its columns are the callers:

    nobody      without any token
    stranger    Carol: verified, all scopes, owner of an issuer of her own
    unproven    Una: owner of this issuer, but her address is not verified
    holder      Bob: recipient of the award, with a backpack and a published collection
    link        Carol, who was given the links: she says the hash of what is seen by link, not its id
    staff, editor, owner    Sam, Dora and Ada, who work for the issuer
    scope       the rightful person (Bob for the backpack, Ada for all else), by a token with every
                scope except those that the endpoint asks for
    reader      the rightful person, by a token that may read and nothing else
    this        a token with the scope ``rw:issuer:<this issuer>``, of somebody without any role
    other       a token with the scope ``rw:issuer:<another issuer>``, of that one's owner
    admin       a token with the scope ``rw:serverAdmin`` alone, of an administrator
    former      such a token, which Ada got while she was administrator

and its cells the statuses, with a mark where that says more:

    200-    the caller is answered, with nothing in it of this issuer, its awards, Ada or Bob
    200=    a write that was answered and has changed nothing
    200+    a read that has written something down

Whatever is refused has changed nothing: all tables are compared. Whatever has changed anything has
left an entry in the audit log, by whoever the token or session is of, and no mail address in it.
Things are ``:named``: ``:award`` is Bob's public award, ``:linked`` one that is seen by link alone,
``:private`` one that is seen by nobody, ``:hidden`` a collection that is not published.
"""
# ruff: noqa: E501 -- a table has long lines

import re
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from rosette.models import AuditBlock, AuditEntry, Backoff
from rosette.scopes import ADMIN_SCOPE, ANY_ISSUER, SCOPES, issuer_scope
from tests import factories
from tests.api.client import NOT_FOUND
from tests.calls import DESK, Call, body_of, prepare, routes
from tests.world import LINK, OTHER, World, standing, undone

TABLE = """
                                                                        nobody stranger unproven holder link staff editor owner scope reader this other admin former

# V2: issuers, badge classes, awards
GET    /v2/issuers                                                      401    200-     404      200-   200- 200   200    200   404   200    404  404   200-  404
POST   /v2/issuers                                                      401    201      404      201    201  201   201    201   404   404    404  404   201   404
GET    /v2/issuers/changed                                              401    200-     404      200-   200- 200   200    200   404   200    404  404   200-  404
GET    /v2/issuers/:issuer                                              401    404      404      200    404  200   200    200   404   200    200  404   200   404
PUT    /v2/issuers/:issuer                                              401    404      404      404    404  404   200    200   404   404    200  404   200   404
PUT    /v2/issuers/:issuer?staff                                        401    404      404      404    404  404   404    200   404   404    200  404   200   404
DELETE /v2/issuers/:issuer                                              401    404      404      404    404  404   404    204   404   404    204  404   204   404
GET    /v2/issuers/:issuer/audit                                        401    404      404      404    404  404   404    200   404   404    200  404   200   404
GET    /v2/issuers/:issuer/badgeclasses                                 401    404      404      404    404  200   200    200   404   200    200  404   200   404
POST   /v2/issuers/:issuer/badgeclasses                                 401    404      404      404    404  404   201    201   404   404    201  404   201   404
GET    /v2/issuers/:issuer/assertions                                   401    404      404      404    404  200   200    200   404   200    200  404   200   404
POST   /v2/issuers/:issuer/assertions                                   401    404      404      404    404  201   201    201   404   404    201  404   201   404
GET    /v2/badgeclasses                                                 401    200-     404      200-   200- 200   200    200   404   200    404  404   200-  404
POST   /v2/badgeclasses                                                 401    400      404      400    400  400   201    201   404   404    201  400   201   404
GET    /v2/badgeclasses/changed                                         401    200-     404      200-   200- 200   200    200   404   200    404  404   200-  404
GET    /v2/badgeclasses/:badge                                          401    404      404      200    404  200   200    200   404   200    200  404   200   404
PUT    /v2/badgeclasses/:badge                                          401    404      404      404    404  404   200    200   404   404    200  404   200   404
DELETE /v2/badgeclasses/:badge                                          401    404      404      404    404  404   204    204   404   404    204  404   204   404
POST   /v2/badgeclasses/:badge/issue                                    401    404      404      404    404  201   201    201   404   404    201  404   201   404
GET    /v2/badgeclasses/:badge/jobs                                     401    404      404      404    404  200   200    200   404   200    200  404   200   404
POST   /v2/badgeclasses/:badge/jobs                                     401    404      404      404    404  202   202    202   404   404    202  404   202   404
GET    /v2/badgeclasses/:badge/assertions                               401    404      404      404    404  200   200    200   404   200    200  404   200   404
POST   /v2/badgeclasses/:badge/assertions                               401    404      404      404    404  201   201    201   404   404    201  404   201   404
POST   /v2/assertions/revoke                                            401    200=     404      200=   200= 200=  200    200   404   404    200  200=  200   404
GET    /v2/assertions/changed                                           401    200-     404      200-   200- 200   200    200   404   200    404  404   200-  404
GET    /v2/assertions/:award                                            401    404      404      404    404  200   200    200   404   200    200  404   200   404
PUT    /v2/assertions/:award                                            401    404      404      404    404  404   200    200   404   404    200  404   200   404
DELETE /v2/assertions/:award                                            401    404      404      404    404  404   200    200   404   404    200  404   200   404
POST   /v2/assertions/:award/suspend                                    401    404      404      404    404  404   200    200   404   404    200  404   200   404
POST   /v2/assertions/:award/reinstate                                  401    404      404      404    404  404   200    200   404   404    200  404   200   404
GET    /v2/jobs/:job                                                    401    404      404      404    404  200   200    200   404   200    200  404   200   404
GET    /v2/jobs/:job/results                                            401    404      404      404    404  200   200    200   404   200    200  404   200   404
POST   /v2/jobs/:job/cancel                                             401    404      404      404    404  200   200    200   404   404    200  404   200   404
POST   /v2/jobs/:job/undo                                               401    404      404      404    404  404   200    200   404   404    200  404   200   404

# V2: webhooks
GET    /v2/issuers/:issuer/webhooks                                     401    404      404      404    404  404   404    200   404   404    200  404   200   404
POST   /v2/issuers/:issuer/webhooks                                     401    404      404      404    404  404   404    201   404   404    201  404   201   404
GET    /v2/webhooks/:webhook                                            401    404      404      404    404  404   404    200   404   404    200  404   200   404
PUT    /v2/webhooks/:webhook                                            401    404      404      404    404  404   404    200   404   404    200  404   200   404
DELETE /v2/webhooks/:webhook                                            401    404      404      404    404  404   404    204   404   404    204  404   204   404
POST   /v2/webhooks/:webhook/rotate                                     401    404      404      404    404  404   404    200   404   404    200  404   200   404
POST   /v2/webhooks/:webhook/ping                                       401    404      404      404    404  404   404    200   404   404    200  404   200   404
GET    /v2/webhooks/:webhook/deliveries                                 401    404      404      404    404  404   404    200   404   404    200  404   200   404
POST   /v2/webhooks/:webhook/replay                                     401    404      404      404    404  404   404    200   404   404    200  404   200   404
GET    /v2/webhookdeliveries/:delivery                                  401    404      404      404    404  404   404    200   404   404    200  404   200   404
POST   /v2/webhookdeliveries/:delivery/replay                           401    404      404      404    404  404   404    200   404   404    200  404   200   404

# V2: backpack
GET    /v2/backpack/assertions                                          401    200-     404      200    200- 200-  200-   200-  404   200    404  404   404   404
POST   /v2/backpack/assertions                                          401    400      404      201    400  400   400    400   404   404    404  404   404   404
GET    /v2/backpack/assertions/:award                                   401    404      404      200    404  404   404    404   404   200    404  404   404   404
GET    /v2/backpack/assertions/:private                                 401    404      404      200    404  404   404    404   404   200    404  404   404   404
PUT    /v2/backpack/assertions/:award                                   401    404      404      200    404  404   404    404   404   404    404  404   404   404
PUT    /v2/backpack/assertions/:private                                 401    404      404      200    404  404   404    404   404   404    404  404   404   404
DELETE /v2/backpack/assertions/:award                                   401    404      404      204    404  404   404    404   404   404    404  404   404   404
DELETE /v2/backpack/assertions/:private                                 401    404      404      204    404  404   404    404   404   404    404  404   404   404
GET    /v2/backpack/assertions/:award/image                             401    404      404      302    404  404   404    404   404   302    404  404   404   404
POST   /v2/backpack/assertions/:award/verify                            401    404      404      200=   404  404   404    404   404   404    404  404   404   404
POST   /v2/backpack/assertions/:award/offers                            401    404      404      200    404  404   404    404   404   404    404  404   404   404
POST   /v2/backpack/assertions/:private/offers                          401    404      404      200    404  404   404    404   404   404    404  404   404   404
GET    /v2/backpack/assertions/:award/offers/:offer                     401    404      404      200    404  404   404    404   404   200    404  404   404   404
GET    /v2/backpack/assertions/:private/offers/:offer                   401    404      404      404    404  404   404    404   404   404    404  404   404   404
POST   /v2/backpack/import                                              401    400      404      201    400  400   400    400   404   404    404  404   404   404
GET    /v2/backpack/collections                                         401    200-     404      200    200- 200-  200-   200-  404   200    404  404   404   404
POST   /v2/backpack/collections                                         401    400      404      201    400  400   400    400   404   404    404  404   404   404
GET    /v2/backpack/collections/:collection                             401    404      404      200    404  404   404    404   404   200    404  404   404   404
PUT    /v2/backpack/collections/:collection                             401    404      404      200    404  404   404    404   404   404    404  404   404   404
DELETE /v2/backpack/collections/:collection                             401    404      404      204    404  404   404    404   404   404    404  404   404   404
GET    /v2/backpack/share/assertion/:award?provider=linkedin            302+   302+     302+     302+   302+ 302+  302+   302+  302+  302+   302+ 302+  302+  302+
GET    /v2/backpack/share/assertion/:linked?provider=linkedin           404    404      404      302+   302+ 404   404    404   302+  302+   404  404   404   404
GET    /v2/backpack/share/assertion/:private?provider=linkedin          404    404      404      400    404  404   404    404   400   400    404  404   404   404
GET    /v2/backpack/share/collection/:collection?provider=linkedin      401    302+     302+     302+   404  302+  302+   302+  404   302+   302+ 302+  302+  404
GET    /v2/backpack/share/collection/:hidden?provider=linkedin          401    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /v2/backpack/shares                                              401    200-     404      200    200- 200-  200-   200-  404   200    404  404   404   404

# V2: tokens and accounts
POST   /v2/tokens/issuers                                               401    404      404      404    404  404   404    200   404   404    404  404   404   404
GET    /v2/auth/token                                                   401    200+     200+     200+   200+ 200+  200+   200+  404   404    404  404   404   404
PUT    /v2/auth/token                                                   401    200      200      200    200  200   200    200   404   404    404  404   404   404
GET    /v2/auth/forgot-password?token=:reset                            302    302      302      302    302  302   302    302   302   302    302  302   302   302
POST   /v2/auth/forgot-password                                         200    200      200      200    200  200   200    200   200   200    200  200   200   200
PUT    /v2/auth/forgot-password                                         200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /v2/auth/confirm-email/:confirmation                             302+   302+     302+     302+   302+ 302+  302+   302+  302+  302+   302+ 302+  302+  302+
GET    /v2/auth/tokens                                                  401    200-     200-     200-   200- 200-  200-   200   404   404    404  404   404   404
GET    /v2/auth/tokens/:token                                           401    404      404      404    404  404   404    200   404   404    404  404   404   404
DELETE /v2/auth/tokens/:token                                           401    404      404      404    404  404   404    204   404   404    404  404   404   404
POST   /v2/users                                                        201    201      201      201    201  201   201    201   201   201    201  201   201   201
GET    /v2/users/self                                                   401    200-     200-     200    200- 200-  200-   200   404   200    404  404   404   404
PUT    /v2/users/self                                                   401    200      200      200    200  200   200    200   404   404    404  404   404   404
DELETE /v2/users/self                                                   401    400      204      204    400  204   204    400   404   404    404  404   404   404
GET    /v2/users/self/export                                            401    200      200      200    200  200   200    200   404   404    404  404   404   404
GET    /v2/users/self/identifiers                                       401    200-     200-     200-   200- 200-  200-   200   404   200    404  404   404   404
POST   /v2/users/self/identifiers                                       401    201      201      201    201  201   201    201   404   404    404  404   404   404
GET    /v2/users/self/identifiers/:identifier                           401    404      404      404    404  404   404    200   404   200    404  404   404   404
DELETE /v2/users/self/identifiers/:identifier                           401    404      404      404    404  404   404    204   404   404    404  404   404   404
POST   /v2/users/self/identifiers/:identifier/verify                    401    404      404      404    404  404   404    200   404   404    404  404   404   404
GET    /v2/users/:person                                                401    404      404      404    404  200   200    200   404   200    404  404   404   404
PUT    /v2/users/:person                                                401    404      404      404    404  404   404    200   404   404    404  404   404   404
GET    /v2/users/:bob                                                   401    404      404      200    404  404   404    404   404   404    404  404   404   404
PUT    /v2/users/:bob                                                   401    404      404      200    404  404   404    404   404   404    404  404   404   404
GET    /v2/termsVersions/latest                                         200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /v2/socialaccounts                                               401    200-     200-     200-   200- 200-  200-   200   404   200    404  404   404   404
GET    /v2/socialaccounts/connect?provider=harbor                       401    400      400      400    400  400   400    400   404   404    404  404   404   404
GET    /v2/socialaccounts/:account                                      401    404      404      404    404  404   404    200   404   200    404  404   404   404
DELETE /v2/socialaccounts/:account                                      401    404      404      404    404  404   404    204   404   404    404  404   404   404

# V1: accounts
GET    /v1/user/profile                                                 401    200-     200-     200    200- 200-  200-   200   403   200    403  403   403   403
POST   /v1/user/profile                                                 201    201      201      201    201  201   201    201   201   201    201  201   201   201
PUT    /v1/user/profile                                                 401    200      200      200    200  200   200    200   403   403    403  403   403   403
POST   /v1/user/forgot-password                                         200    200      200      200    200  200   200    200   200   200    200  200   200   200
PUT    /v1/user/forgot-password                                         200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /v1/user/confirmemail/:confirmation                              302+   302+     302+     302+   302+ 302+  302+   302+  302+  302+   302+ 302+  302+  302+
GET    /v1/user/emails                                                  401    200-     200-     200    200- 200-  200-   200   403   200    403  403   403   403
POST   /v1/user/emails                                                  401    201      201      201    201  201   201    201   403   403    403  403   403   403
GET    /v1/user/emails/:address                                         401    404      404      404    404  404   404    200   403   200    403  403   403   403
PUT    /v1/user/emails/:address                                         401    404      404      404    404  404   404    200   403   403    403  403   403   403
DELETE /v1/user/emails/:address                                         401    404      404      404    404  404   404    200   403   403    403  403   403   403
GET    /v1/user/auth-token                                              401    200+     200+     200+   200+ 200+  200+   200+  403   403    403  403   403   403
PUT    /v1/user/auth-token                                              401    200      200      200    200  200   200    200   403   403    403  403   403   403
GET    /v1/user/socialaccounts                                          401    200-     200-     200-   200- 200-  200-   200   403   200    403  403   403   403
GET    /v1/user/socialaccounts/connect?provider=harbor                  401    400      400      400    400  400   400    400   403   403    403  403   403   403
GET    /v1/user/socialaccounts/:account                                 401    404      404      404    404  404   404    200   403   200    403  403   403   403
DELETE /v1/user/socialaccounts/:account                                 401    404      404      404    404  404   404    204   403   403    403  403   403   403

# V1: issuers, badge classes, awards
GET    /v1/issuer/issuers                                               401    200-     403      200-   200- 200   200    200   403   200    403  403   200-  403
POST   /v1/issuer/issuers                                               401    201      403      201    201  201   201    201   403   403    403  403   201   403
GET    /v1/issuer/issuers/:issuer                                       401    403      403      403    403  200   200    200   403   200    200  403   200   403
PUT    /v1/issuer/issuers/:issuer                                       401    403      403      403    403  403   200    200   403   403    200  403   200   403
DELETE /v1/issuer/issuers/:issuer                                       401    403      403      403    403  403   403    204   403   403    204  403   204   403
GET    /v1/issuer/issuers/:issuer/staff                                 401    403      403      403    403  200   200    200   403   200    200  403   200   403
POST   /v1/issuer/issuers/:issuer/staff                                 401    403      403      403    403  403   403    200   403   403    200  403   200   403
GET    /v1/issuer/issuers/:issuer/assertions                            401    403      403      403    403  200   200    200   403   200    200  403   200   403
GET    /v1/issuer/all-badges                                            401    200-     403      200-   200- 200   200    200   403   200    403  403   200-  403
GET    /v1/issuer/issuers/:issuer/badges                                401    403      403      403    403  200   200    200   403   200    200  403   200   403
POST   /v1/issuer/issuers/:issuer/badges                                401    403      403      403    403  403   201    201   403   403    201  403   201   403
GET    /v1/issuer/issuers/:issuer/badges/:badge                         401    403      403      403    403  200   200    200   403   200    200  403   200   403
PUT    /v1/issuer/issuers/:issuer/badges/:badge                         401    403      403      403    403  403   200    200   403   403    200  403   200   403
DELETE /v1/issuer/issuers/:issuer/badges/:badge                         401    403      403      403    403  403   204    204   403   403    204  403   204   403
GET    /v1/issuer/issuers/:issuer/badges/:badge/assertions              401    403      403      403    403  200   200    200   403   200    200  403   200   403
POST   /v1/issuer/issuers/:issuer/badges/:badge/assertions              401    403      403      403    403  201   201    201   403   403    201  403   201   403
POST   /v1/issuer/issuers/:issuer/badges/:badge/batchAssertions         401    403      403      403    403  201   201    201   403   403    201  403   201   403
GET    /v1/issuer/issuers/:issuer/badges/:badge/assertions/:award       401    403      403      403    403  200   200    200   403   200    200  403   200   403
DELETE /v1/issuer/issuers/:issuer/badges/:badge/assertions/:award       401    403      403      403    403  403   200    200   403   403    200  403   200   403

# V1: backpack
GET    /v1/earner/badges                                                401    200-     403      200    200- 200-  200-   200-  403   200    403  403   403   403
POST   /v1/earner/badges                                                401    400      403      201    400  400   400    400   403   403    403  403   403   403
GET    /v1/earner/badges/:award                                         401    404      403      200    404  404   404    404   403   200    403  403   403   403
GET    /v1/earner/badges/:private                                       401    404      403      200    404  404   404    404   403   200    403  403   403   403
PUT    /v1/earner/badges/:award                                         401    404      403      200    404  404   404    404   403   403    403  403   403   403
DELETE /v1/earner/badges/:award                                         401    404      403      204    404  404   404    404   403   403    403  403   403   403
GET    /v1/earner/collections                                           401    200-     403      200    200- 200-  200-   200-  403   200    403  403   403   403
POST   /v1/earner/collections                                           401    400      403      201    400  400   400    400   403   403    403  403   403   403
GET    /v1/earner/collections/:collection                               401    404      403      200    404  404   404    404   403   200    403  403   403   403
PUT    /v1/earner/collections/:collection                               401    404      403      200    404  404   404    404   403   403    403  403   403   403
DELETE /v1/earner/collections/:collection                               401    404      403      204    404  404   404    404   403   403    403  403   403   403
GET    /v1/earner/share/badge/:award?provider=linkedin                  302+   302+     302+     302+   302+ 302+  302+   302+  302+  302+   302+ 302+  302+  302+
GET    /v1/earner/share/badge/:linked?provider=linkedin                 404    404      404      302+   302+ 404   404    404   302+  302+   404  404   404   404
GET    /v1/earner/share/badge/:private?provider=linkedin                404    404      404      400    404  404   404    404   400   400    404  404   404   404
GET    /v1/earner/share/collection/:collection?provider=linkedin        401    302+     302+     302+   404  302+  302+   302+  403   302+   302+ 302+  302+  403
GET    /v1/earner/share/collection/:hidden?provider=linkedin            401    404      404      404    404  404   404    404   403   404    404  404   404   403
GET    /v1/externaltools                                                401    200-     200-     200-   200- 200-  200-   200-  403   200-   200- 200-  200-  403

# OAuth
POST   /o/token                                                         200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /o/code                                                          200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /o/revoke_token                                                  200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /o/authorize?client_id=harbor-portal&scope=r:profile             200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /o/authorize                                                     401    200      200      200    200  200   200    200   403   403    403  403   403   403
POST   /o/register                                                      201    201      201      201    201  201   201    201   201   201    201  201   201   201
POST   /api-auth/token                                                  200    200      200      200    200  200   200    200   200   200    200  200   200   200

# Wallets
GET    /openid/offers/:reference                                        200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /openid/offers/nothing                                           404    404      404      404    404  404   404    404   404   404    404  404   404   404
POST   /openid/nonce                                                    200=   200=     200=     200=   200= 200=  200=   200=  200=  200=   200= 200=  200=  200=
POST   /openid/credential                                               401    401      401      401    401  401   401    401   401   401    401  401   401   401
POST   /openid/notification                                             401    401      401      401    401  401   401    401   401   401    401  401   401   401
GET    /.well-known/openid-credential-issuer                            200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /.well-known/oauth-authorization-server                          200    200      200      200    200  200   200    200   200   200    200  200   200   200

# Badge Connect
GET    /.well-known/badgeconnect.json                                   302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /bcv1/manifest/badges.example.org                                200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /bcv1/assertions                                                 401    200-     401      200    200- 200-  200-   200-  401   200    401  401   401   401
POST   /bcv1/assertions                                                 401    400      401      201    400  400   400    400   401   401    401  401   401   401
GET    /bcv1/profile                                                    401    200-     401      200    200- 200-  200-   200   401   200    401  401   401   401

# Open Badges 3.0
GET    /ims/ob/v3p0/discovery                                           200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /ims/ob/v3p0/credentials                                         401    200-     403      200    200- 200-  200-   200-  403   200    403  403   403   403
POST   /ims/ob/v3p0/credentials                                         401    400      403      200    400  400   400    400   403   403    403  403   403   403
GET    /ims/ob/v3p0/profile                                             401    200-     403      200    200- 200-  200-   200   403   200    403  403   403   403
PUT    /ims/ob/v3p0/profile                                             401    400      403      400    400  400   400    200   403   403    403  403   403   403
POST   /ims/ob/v3p0/profile                                             401    400      403      400    400  400   400    200   403   403    403  403   403   403

# What there is not
GET    /v2/anything                                                     404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /v2/badgeclasses/                                                404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /v1/anything                                                     404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /v2/issuers/nothing                                              401    404      404      404    404  404   404    404   404   404    404  404   404   404
PUT    /v2/issuers/nothing                                              401    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /v2/badgeclasses/nothing                                         401    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /v2/assertions/nothing                                           401    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /v2/backpack/assertions/nothing                                  401    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /v1/issuer/issuers/nothing                                       401    404      403      404    404  404   404    404   403   404    404  404   404   403
GET    /v1/issuer/issuers/:issuer/badges/nothing                        401    404      403      404    404  404   404    404   403   404    404  404   404   403
GET    /v1/issuer/issuers/:issuer/badges/:badge/assertions/nothing      401    404      403      404    404  404   404    404   403   404    404  404   404   403
GET    /v1/earner/badges/nothing                                        401    404      403      404    404  404   404    404   403   404    403  403   403   403
GET    /bcv1/anything                                                   404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /ims/anything                                                    404    404      404      404    404  404   404    404   404   404    404  404   404   404

# Reference
GET    /docs/v2/                                                        200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /docs/v2/openapi.json                                            200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /docs/v2/postman.json                                            200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /docs                                                            302    302      302      302    302  302   302    302   302   302    302  302   302   302

# Public documents and pictures
GET    /public/issuers/:issuer                                          200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/issuers/:issuer/badges                                   200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/issuers/:issuer/image                                    200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/issuers/:issuer/did.json                                 200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/issuers/:issuer/jwks.json                                200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/issuers/:issuer/status/revocation/1                      200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/issuers/:issuer/revocations                              200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/issuers/:issuer/keys/jwt-1                               200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/issuers/:issuer/withdrawn                                200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/endorsements/:endorsement                                200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/endorsements/:endorsement/ob3                            200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/badges/:badge                                            200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/badges/:badge/image                                      200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/badges/:badge/criteria                                   302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /public/badges/:badge/ob3                                        200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/assertions/:award                                        200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/assertions/:linked                                       404    404      404      404    200  404   404    404   404   404    404  404   404   404
GET    /public/assertions/:private                                      404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /public/assertions/:award/image                                  200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/assertions/:linked/image                                 404    404      404      404    200  404   404    404   404   404    404  404   404   404
GET    /public/assertions/:private/image                                404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /public/assertions/:award/baked                                  200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/assertions/:linked/baked                                 404    404      404      404    200  404   404    404   404   404    404  404   404   404
GET    /public/assertions/:private/baked                                404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /public/assertions/:award/ob3                                    200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/assertions/:linked/ob3                                   404    404      404      404    200  404   404    404   404   404    404  404   404   404
GET    /public/assertions/:private/ob3                                  404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /public/assertions/:award/certificate                            200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/assertions/:linked/certificate                           404    404      404      404    200  404   404    404   404   404    404  404   404   404
GET    /public/assertions/:private/certificate                          404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /public/collections/:collection                                  404    404      404      404    200  404   404    404   404   404    404  404   404   404
GET    /public/collections/:hidden                                      404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /public/collections/:collection/pdf                              404    404      404      404    200  404   404    404   404   404    404  404   404   404
GET    /public/collections/:hidden/pdf                                  404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /public/pathways/:pathway                                        200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/oembed?url=/public/assertions/:award                     200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /public/oembed?url=/public/assertions/:linked                    404    404      404      404    200  404   404    404   404   404    404  404   404   404
GET    /public/oembed?url=/public/assertions/:private                   404    404      404      404    404  404   404    404   404   404    404  404   404   404
POST   /public/verify                                                   200=   200=     200=     200=   200= 200=  200=   200=  200=  200=   200= 200=  200=  200=
POST   /public/verify?linked                                            404    404      404      404    200= 404   404    404   404   404    404  404   404   404
POST   /public/verify?private                                           404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /share/badge/:award                                              301    301      301      301    301  301   301    301   301   301    301  301   301   301
GET    /share/badge/:linked                                             301    301      301      301    301  301   301    301   301   301    301  301   301   301
GET    /share/badge/:private                                            301    301      301      301    301  301   301    301   301   301    301  301   301   301
GET    /share/collection/:collection                                    301    301      301      301    301  301   301    301   301   301    301  301   301   301
GET    /share/collection/:hidden                                        404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /share/collection/:collection/embed                              301    301      301      301    301  301   301    301   301   301    301  301   301   301
GET    /earner/collections/1/:collection                                404    404      404      404    301  404   404    404   404   404    404  404   404   404
GET    /earner/collections/1/:hidden                                    404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /earner/collections/1/:collection/embed                          404    404      404      404    301  404   404    404   404   404    404  404   404   404
GET    /media/images/:image                                             200    200      200      200    200  200   200    200   200   200    200  200   200   200

# Pages that links lead to, and of other providers
GET    /account/email/done                                              200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /account/password/:reset                                         200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /account/password/:reset                                         200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /account/sociallogin?provider=harbor                             404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /account/oidc/harbor/login/callback                              404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /account/google/login/callback                                   404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /account/facebook/login/callback                                 404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /account/saml/harbor/acs                                         404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /account/saml/harbor/acs/finish                                  404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /account/saml/harbor/sls                                         404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /account/saml/harbor/metadata                                    404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /unsubscribe/:unsubscribe                                        200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /unsubscribe/:unsubscribe                                        200    200      200      200    200  200   200    200   200   200    200  200   200   200

# Pages for people who sign in
GET    /auth/login                                                      200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /auth/login                                                      303    303      303      303    303  303   303    303   303   303    303  303   303   303
GET    /auth/change-password/:reset                                     302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /login                                                           302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /auth/oauth2/authorize?client_id=harbor-portal&scope=r:profile   200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /auth/oauth2/authorize?client_id=harbor-portal&scope=r:profile   303=   303      303      303    303  303   303    303   303   303    303  303   303   303

# Pages for developers
GET    /developers                                                      200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /developers/console                                              200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /developers/console                                              303=   200      404      200    200  200   200    200   200   200    200  200   200   200

# Pages of people's backpacks
GET    /backpack                                                        200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /backpack/import                                                 200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /backpack/import                                                 303=   200=     200=     200=   200= 200=  200=   200=  200=  200=   200= 200=  200=  200=
GET    /backpack/:award                                                 200    404      404      200    404  404   404    404   200   200    404  404   404   404
GET    /backpack/:private                                               200    404      404      200    404  404   404    404   200   200    404  404   404   404
POST   /backpack/:award                                                 303=   404      404      303    404  404   404    404   303   303    404  404   404   404
POST   /backpack/:award/undo                                            303=   404      404      303    404  404   404    404   303   303    404  404   404   404
GET    /backpack/:award/share                                           200    404      404      200    404  404   404    404   200   200    404  404   404   404
GET    /backpack/:award/wallet                                          200    404      404      200    404  404   404    404   200   200    404  404   404   404
GET    /backpack/:award/wallet/:offer                                   200    404      404      200    404  404   404    404   200   200    404  404   404   404
POST   /backpack/:award/wallet                                          303=   404      404      200    404  404   404    404   200   200    404  404   404   404
POST   /backpack/:private/wallet                                        303=   404      404      200    404  404   404    404   200   200    404  404   404   404
GET    /backpack/:award/download/picture                                200    404      404      200    404  404   404    404   200   200    404  404   404   404
GET    /backpack/:private/download/json                                 200    404      404      200    404  404   404    404   200   200    404  404   404   404
GET    /backpack/pathways                                               200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /collections                                                     200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /collections/new                                                 200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /collections/new                                                 303=   400      400      303    400  400   400    400   303   303    400  400   400   400
GET    /collections/:collection                                         200    404      404      200    404  404   404    404   200   200    404  404   404   404
POST   /collections/:collection                                         303=   404      404      303    404  404   404    404   303   303    404  404   404   404
GET    /collections/:hidden/share                                       200    404      404      200    404  404   404    404   200   200    404  404   404   404
GET    /collections/:collection/remove                                  200    404      404      200    404  404   404    404   200   200    404  404   404   404
POST   /collections/:collection/remove                                  303=   404      404      303    404  404   404    404   303   303    404  404   404   404
POST   /collections/:hidden/publish                                     303=   404      404      303    404  404   404    404   303   303    404  404   404   404
GET    /claim/:claim                                                    200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /claim/:claim                                                    303=   303=     303=     303    303= 303=  303=   303=  303   303    303= 303=  303=  303=

# The verifier
GET    /verify                                                          200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /verify                                                          200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /verify/receipts                                                 303    303      303      303    303  303   303    303   303   303    303  303   303   303
GET    /verify/receipts/:receipt                                        200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /verify/receipts/:receipt                                        200=   200=     200=     200=   200= 200=  200=   200=  200=  200=   200= 200=  200=  200=

# The catalogue
GET    /catalog                                                         200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /catalog.atom                                                    200    200      200      200    200  200   200    200   200   200    200  200   200   200

# Links of old
GET    /recipient                                                       302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /recipient/badges/import                                         302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /recipient/badge-import                                          302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /recipient/earned-badge/:award                                   302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /recipient/badge-collections                                     302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /recipient/badge-collections/create                              302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /recipient/badge-collections/:collection                         302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /earner                                                          302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /earner/collections                                              302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /issuer                                                          302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /issuer/create                                                   302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /issuer/issuers/:issuer/badges/:badge/issue                      302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /issuer/issuers/:issuer                                          302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /profile/profile                                                 302    302      302      302    302  302   302    302   302   302    302  302   302   302
GET    /auth/welcome                                                    302    302      302      302    302  302   302    302   302   302    302  302   302   302

# The issuer's desk: pages for people with a session
GET    /issuers                                                        200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /issuers/new                                                    200    200      403      200    200  200   200    200   200   200    200  200   200   200
POST   /issuers/new                                                    303=   303      403      303    303  303   303    303   303   303    303  303   303   303
GET    /issuers/:issuer                                                200    404      404      404    404  200   200    200   200   200    404  404   404   200
GET    /issuers/:issuer/badges/new                                     200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /issuers/:issuer/badges/new                                     303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /issuers/:issuer/awards                                         200    404      404      404    404  200   200    200   200   200    404  404   404   200
POST   /issuers/:issuer/awards                                         303=   404      404      404    404  303=  303=   303=  303=  303=   404  404   404   303=
GET    /issuers/:issuer/awards.csv                                     200    404      404      404    404  200   200    200   200   200    404  404   404   200
GET    /issuers/:issuer/recipients                                     200    404      404      404    404  200   200    200   200   200    404  404   404   200
POST   /issuers/:issuer/recipients/known                               303=   404      404      404    404  200=  200=   200=  200=  200=   404  404   404   200=
GET    /issuers/:issuer/recipients/:award                              200    404      404      404    404  200   200    200   200   200    404  404   404   200
GET    /issuers/:issuer/staff                                          200    404      404      404    404  200   200    200   200   200    404  404   404   200
POST   /issuers/:issuer/staff                                          303=   404      404      404    404  403   403    303   303   303    404  404   404   303
GET    /issuers/:issuer/history                                        200    404      404      404    404  403   403    200   200   200    404  404   404   200
GET    /issuers/:issuer/settings                                       200    404      404      404    404  200   200    200   200   200    404  404   404   200
POST   /issuers/:issuer/settings                                       303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /issuers/:issuer/insights                                       200    404      404      404    404  200   200    200   200   200    404  404   404   200
GET    /issuers/:issuer/insights/awards.csv                            200    404      404      404    404  200   200    200   200   200    404  404   404   200
GET    /issuers/:issuer/domain                                         200    404      404      404    404  200   200    200   200   200    404  404   404   200
POST   /issuers/:issuer/domain                                         303=   404      404      404    404  403   400    400   400   400    404  404   404   400
GET    /issuers/:issuer/catalogue                                      200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /issuers/:issuer/catalogue                                      303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /issuers/:issuer/endorsements                                   200    404      404      404    404  200   200    200   200   200    404  404   404   200
GET    /issuers/:issuer/endorsements/ask                               200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /issuers/:issuer/endorsements/ask                               303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /issuers/:issuer/endorsements/give                              200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /issuers/:issuer/endorsements/give                              303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /issuers/:issuer/endorsements/:endorsement                      200    404      404      404    404  200   200    200   200   200    404  404   404   200
POST   /issuers/:issuer/endorsements/:endorsement                      303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /issuers/:issuer/pathways                                       200    404      404      404    404  200   200    200   200   200    404  404   404   200
GET    /issuers/:issuer/pathways/new                                   200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /issuers/:issuer/pathways/new                                   303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /issuers/:issuer/pathways/:pathway                              200    404      404      404    404  200   200    200   200   200    404  404   404   200
POST   /issuers/:issuer/pathways/:pathway                              303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /issuers/:issuer/pathways/:pathway/edit                         200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /issuers/:issuer/pathways/:pathway/edit                         303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /issuers/:issuer/delete                                         200    404      404      404    404  403   403    200   200   200    404  404   404   200
POST   /issuers/:issuer/delete                                         303=   404      404      404    404  403   403    303   303   303    404  404   404   303
POST   /issuers/sandbox                                                303=   303      403      303    303  303   303    303=  303=  303=   303  303   303   303=
GET    /issuers/:sandbox/inbox                                         200    404      404      404    404  200   200    200   200   200    404  404   404   200
GET    /issuers/:sandbox/inbox/:mail                                   200    404      404      404    404  200   200    200   200   200    404  404   404   200
GET    /issuers/:sandbox/inbox/:mail/html                              200    404      404      404    404  200   200    200   200   200    404  404   404   200
GET    /issuers/:issuer/inbox                                          200    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /issuers/:sandbox/empty                                         200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /issuers/:sandbox/empty                                         303=   404      404      404    404  403   303    303   303   303    404  404   404   303
POST   /issuers/:issuer/empty                                          303=   404      404      404    404  403   404    404   404   404    404  404   404   404
GET    /badges/:badge                                                  200    404      404      404    404  200   200    200   200   200    404  404   404   200
GET    /issuers/:issuer/badges/design                                  200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /issuers/:issuer/badges/design                                  303=   404      404      404    404  403   200=   200=  200=  200=   404  404   404   200=
POST   /issuers/:issuer/badges/design/picture                          303=   404      404      404    404  403   400    400   400   400    404  404   404   400
GET    /badges/:badge/design                                           200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /badges/:badge/design                                           303=   404      404      404    404  403   200=   200=  200=  200=   404  404   404   200=
GET    /badges/:badge/edit                                             200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /badges/:badge/edit                                             303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /badges/:badge/award                                            200    404      404      404    404  200   200    200   200   200    404  404   404   200
POST   /badges/:badge/award                                            303=   404      404      404    404  303   303    303   303   303    404  404   404   303
GET    /badges/:badge/award/many                                       200   404   404   404   404   200   200   200   200   200   404   404   404   200
POST   /badges/:badge/award/many                                       303=  404   404   404   404   303   303   303   303   303   404   404   404   303
GET    /badges/:badge/award/template.csv                               200   404   404   404   404   200   200   200   200   200   404   404   404   200
GET    /badges/:badge/sheets/:sheet                                    200   404   404   404   404   404   404   200   200   200   404   404   404   200
POST   /badges/:badge/sheets/:sheet                                    303=  404   404   404   404   404   404   303   303   303   404   404   404   303
GET    /badges/:badge/sheets/:sheet/check                              200   404   404   404   404   404   404   200   200   200   404   404   404   200
POST   /badges/:badge/sheets/:sheet/check                              303=  404   404   404   404   404   404   303   303   303   404   404   404   303
GET    /badges/:badge/sheets/:sheet/mistakes.csv                       200   404   404   404   404   404   404   200   200   200   404   404   404   200
GET    /badges/:badge/sheets/:sheet/confirm                            200   404   404   404   404   404   404   200   200   200   404   404   404   200
POST   /badges/:badge/sheets/:sheet/confirm                            303=  404   404   404   404   404   404   303   303   303   404   404   404   303
POST   /badges/:badge/sheets/:sheet/discard                            303=  404   404   404   404   404   404   303   303   303   404   404   404   303
GET    /badges/:badge/jobs/:job                                        200   404   404   404   404   200   200   200   200   200   404   404   404   200
POST   /badges/:badge/jobs/:job/stop                                   303=  404   404   404   404   303   303   303   303   303   404   404   404   303
POST   /badges/:badge/jobs/:job/undo                                   303=  404   404   404   404   403   303   303   303   303   404   404   404   303
POST   /badges/:badge/jobs/:job/retry                                  303=  404   404   404   404   303   303   303   303   303   404   404   404   303
GET    /badges/:badge/links                                            200   404   404   404   404   200   200   200   200   200   404   404   404   200
POST   /badges/:badge/links                                            303=  404   404   404   404   303   303   303   303   303   404   404   404   303
GET    /badges/:badge/links/:claimlink                                 200   404   404   404   404   200   200   200   200   200   404   404   404   200
POST   /badges/:badge/links/:claimlink                                 303=  404   404   404   404   303   303   303   303   303   404   404   404   303
GET    /badges/:badge/links/:claimlink/edit                            200   404   404   404   404   200   200   200   200   200   404   404   404   200
POST   /badges/:badge/links/:claimlink/edit                            303=  404   404   404   404   303   303   303   303   303   404   404   404   303
GET    /badges/:badge/links/:claimlink/poster.pdf                      200   404   404   404   404   200   200   200   200   200   404   404   404   200
GET    /badges/:badge/links/:claimlink/projector                       200   404   404   404   404   200   200   200   200   200   404   404   404   200
GET    /c/:claimlink                                                   200   200   200   200   200   200   200   200   200   200   200   200   200   200
POST   /c/:claimlink                                                   200   303   400   400   303   303   303   303   303   303   303   303   303   303
GET    /c/confirm/:claimtoken                                          200   200   200   200   200   200   200   200   200   200   200   200   200   200
POST   /c/confirm/:claimtoken                                          303   303   303   303   303   303   303   303   303   303   303   303   303   303
GET    /badges/:badge/archive                                          200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /badges/:badge/archive                                          303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /badges/:badge/delete                                           200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /badges/:badge/delete                                           303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /awards/:award                                                  200    404      404      404    404  200   200    200   200   200    404  404   404   200
GET    /awards/:award/made                                             200    404      404      404    404  200   200    200   200   200    404  404   404   200
POST   /awards/:award/resend                                           303=   404      404      404    404  303   303    303   303   303    404  404   404   303
GET    /awards/:award/revoke                                           200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /awards/:award/revoke                                           303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /awards/:award/suspend                                          200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /awards/:award/suspend                                          303=   404      404      404    404  403   303    303   303   303    404  404   404   303
POST   /awards/:award/reinstate                                        303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /awards/:award/name                                             200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /awards/:award/name                                             303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /awards/:award/move                                             200    404      404      404    404  403   200    200   200   200    404  404   404   200
POST   /awards/:award/move                                             303=   404      404      404    404  403   303    303   303   303    404  404   404   303
GET    /invitations/:invitation                                        200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /invitations/:invitation                                        200=   200=     200=     303    200= 200=  200=   200=  200=  200=   200= 200=  200=  200=

# For machines
GET    /health                                                          200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /ready                                                           200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /metrics                                                         404    404      404      404    404  404   404    404   404   404    404  404   404   404
GET    /robots.txt                                                      200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /keys/jwt-1                                                      200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /.well-known/did.json                                            200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /.well-known/jwks.json                                           200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /favicon.ico                                                     301    301      301      301    301  301   301    301   301   301    301  301   301   301
GET    /                                                                200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /language                                                        303=    303=      303=      303=    303=  303=   303=    303=   303=   303=    303=  303=   303=   303=
GET    /design/                                                         200    200      200      200    200  200   200    200   200   200    200  200   200   200
POST   /design/                                                         200=    200=      200=      200=    200=  200=   200=    200=   200=   200=    200=  200=   200=   200=
GET    /brand.css                                                       200    200      200      200    200  200   200    200   200   200    200  200   200   200
GET    /brand/logo                                                      404    404      404      404    404  404   404    404   404   404    404  404   404   404
"""

CALLERS = tuple(TABLE.split("\n")[1].split())
ROWS = {
    Call(*words[:2]): dict(zip(CALLERS, words[2:], strict=True))
    for line in TABLE.splitlines()[2:]
    if len(words := line.partition("#")[0].split()) > 2
}
_BOBS = re.compile(
    "/v./backpack|/v1/earner|/bcv1|/ims/ob/v3p0/credentials|/backpack|/collections|/claim"
)
# Pages that know whoever is there by a session.
_DOORS = ("/developers", "/backpack", "/collections", "/claim", "/c/", *DESK)
Tables = dict[str, list[tuple[object, ...]]]
PEOPLE = {
    "stranger": "carol",
    "unproven": "una",
    "holder": "bob",
    "link": "carol",
    "staff": "sam",
    "editor": "dora",
    "this": "max",
    "other": "carol",
    "admin": "root",
}


@pytest.fixture(scope="module")
def harbor(django_db_setup, django_db_blocker) -> Iterator[World]:
    with standing(django_db_blocker) as made:
        yield made


def who(caller: str, call: Call) -> str:
    """The person behind the caller."""
    if caller in ("scope", "reader"):
        return "bob" if _BOBS.match(call.path) else "ada"
    return PEOPLE.get(caller, "ada")


def scopes(caller: str, call: Call, harbor: World) -> str:
    """What the caller's token may do."""
    match caller:
        case "this":
            return issuer_scope(harbor.named["issuer"])
        case "other":
            return issuer_scope(OTHER)
        case "reader":
            return "r:profile r:backpack r:issuer"
        case "admin" | "former":
            return ADMIN_SCOPE
        case "scope":
            asked = call.endpoint.scopes if call.endpoint else None
            left = set(SCOPES) - set(asked or ()) - {ANY_ISSUER}
            if ANY_ISSUER not in (asked or ()):
                left.add(issuer_scope(harbor.named["issuer"]))
            return " ".join(sorted(left)) or "none"
    return factories.ALL_SCOPES


class Caller:
    """Somebody about to make the call, with a token, and with a session where that may count."""

    def __init__(self, name: str, call: Call, harbor: World) -> None:
        self.call, self.name, self.harbor = call, name, harbor
        person = harbor.people[who(name, call)]
        self.client = Client()
        self.headers = {"Accept": "application/json"}
        if name != "nobody":
            self.headers |= factories.bearer(person, scopes(name, call, harbor))
            if call.path.startswith(("/auth/", "/login", *_DOORS)):
                self.client.force_login(person)
        self.named = {
            **harbor.named,
            "me": f"{who(name, call)}@example.org",
            "mine": person.entity_id,
        }
        if name == "link":
            self.named |= {"linked": LINK, "collection": harbor.named["hash"]}

    def answered(self, before: Tables) -> str:
        """The cell of the table."""
        call = self.call
        known = list(AuditEntry.objects.values_list("pk", flat=True))
        written = Written()
        with connection.execute_wrapper(written):
            answer = call.made(self.client, self.named, self.headers, body_of(call, self.named))
            content = answer.getvalue()  # of a file, which is closed by this, too

        now = everything() if written.something else before
        is_same = now == before
        touched = {name for name in now if now[name] != before[name]}
        noted = list(AuditEntry.objects.exclude(pk__in=known).values())
        assert touched <= _DRAFTS or noted, f"{call} by {self.name} changed {touched}, unnoted"
        self.check(noted)
        status = str(answer.status_code)
        if answer.status_code >= 400:
            assert is_same, f"{call} was refused to {self.name} and has changed something"
            if status == "404" and call.path.startswith("/v2/"):
                assert orjson.loads(content) == NOT_FOUND
            return status
        if call.is_read != is_same:
            return status + ("+" if call.is_read else "=")
        asks_who = call.endpoint is not None and call.endpoint.scopes is not None
        is_json = asks_who and status == "200" and content[:1] in (b"{", b"[")
        if call.is_read and is_json and not any(mark in content for mark in self.marks()):
            return f"{status}-"
        return status

    def check(self, noted: list[dict[str, object]]) -> None:
        """Whether the entries say who it was, and from where, and no address."""
        # Of whoever ended their account, it is erased at once.
        address = "" if str(self.call) == "DELETE /v2/users/self" else "127.0.0.1"
        for entry in noted:
            assert entry["address"] == address
            assert entry["request"]
            told = " ".join(str(value) for name, value in entry.items() if name != "mac")
            assert "@" not in told
            assert "%40" not in told
        is_asked_who = self.call.endpoint is not None and self.call.endpoint.scopes is not None
        # What a mailed link proves is done in the name of whoever made the link to the badge.
        is_ours = self.call.path.startswith(_DOORS) and "/c/confirm/" not in self.call.path
        is_signed_in = self.name != "nobody" and is_ours
        if (is_asked_who or is_signed_in) and noted:
            person = self.harbor.people[who(self.name, self.call)].entity_id
            assert person in {entry["actor"] for entry in noted}

    def marks(self) -> Iterator[bytes]:
        """What is in every answer that tells of the issuer, its awards, Ada or Bob."""
        named = self.harbor.named
        for name in (
            "issuer",
            "badge",
            "award",
            "linked",
            "private",
            "job",
            "webhook",
            "delivery",
            "collection",
            "hidden",
        ):
            yield named[name].encode()
        for name in ("hash", "person", "bob", "token", "identifier"):
            yield named[name].encode()
        yield from (LINK.encode(), b"ada@example.org", b"ada0@example.org", b"bob@example.org")


_DRAFTS = {"rosette_sheet", "rosette_sheetcolumns", "rosette_session", "rosette_tally"}
"""Tables of what is being prepared, or only counted; whoever changes them changes nothing yet."""


class Written:
    """Whether a statement was run that is not for reading alone."""

    something = False

    def __call__(self, execute: Callable[..., Any], sql: str, *others: Any) -> Any:
        """Look at the statement, and run it."""
        self.something |= sql.split(None, 1)[0] not in _READING
        return execute(sql, *others)


_READING = {"SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "SET"}


def everything() -> Tables:
    """All rows of all tables, without the books of who tries how often, and of who did what."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model not in (Backoff, AuditEntry, AuditBlock):
                cursor.execute(f'SELECT * FROM "{model._meta.db_table}" ORDER BY 1')
                found[model._meta.db_table] = cursor.fetchall()
    return found


def test_every_endpoint_has_a_row():
    assert {call.route for call in ROWS} == routes()


@pytest.mark.django_db
@pytest.mark.parametrize("call", ROWS, ids=str)
def test_each_caller_is_answered_as_the_table_says(call, harbor):
    prepare(call)
    callers = [Caller(name, call, harbor) for name in CALLERS]
    before = everything()
    found = {}
    for caller in callers:
        with undone():
            found[caller.name] = caller.answered(before)

    assert found == ROWS[call]
