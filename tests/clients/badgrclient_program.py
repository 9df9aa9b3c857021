"""
Small programs of the kind that people write with badgrclient; runs in its environment.

    python badgrclient_program.py http://127.0.0.1:8000 EMAIL PASSWORD award bob@example.org

Prints, as JSON, what the function of this name returns. Where the library stumbles over its own
mistakes, the program goes around them, and says so.
"""

import datetime
import json
import sys
from typing import Any

from badgrclient import Assertion, BadgeClass, BadgrClient, Issuer
from badgrclient.exceptions import APIError

PNG = (  # one black pixel
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptV"
    "AAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


def award(client: BadgrClient, email: str, recipient: str) -> Any:
    """The main job, from nothing."""
    issuer, badge = _badge(client, email)
    awarded = badge.issue(
        recipient,
        narrative="Tied them all",
        evidence=[{"url": "https://harbor.example.org/log", "narrative": "The log"}],
    )
    plain = badge.issue("carol@example.org", notify=False)
    return {
        "issuer": issuer.data,
        "badge": badge.data,
        "awarded": awarded.data,
        "plain": plain.data,
    }


def fetch(client: BadgrClient, email: str, recipient: str) -> Any:
    """Everything that there is to read, as the entity ids of what was made and what was read."""
    issuer, badge = _badge(client, email)
    first, second = badge.issue(recipient), badge.issue("carol@example.org")
    again = Assertion(client, first.entityId)
    again.fetch()
    return {
        "made": [item.entityId for item in (issuer, badge, first, second)],
        "issuer": _names(client.fetch_issuer(issuer.entityId)),
        "issuers": _names(client.fetch_issuer()),
        "badge": _names(client.fetch_badgeclass(badge.entityId)),
        "badges": _names(client.fetch_badgeclass()),
        "badges of the issuer": _names(issuer.fetch_badgeclasses()),
        "award": _names(client.fetch_assertion(first.entityId)),
        "badge of the award": again.data["badgeclass"],
        "awards of the badge": _names(badge.fetch_assertions()),
        "awards of the issuer": _names(issuer.fetch_assertions()),
        "awards to the recipient": _names(badge.fetch_assertions(recipient=recipient)),
        "of the issuer": _names(issuer.fetch_assertions(query={"recipient": recipient})),
        "tokens": client._call_api("/v2/auth/tokens")["result"],  # fetch_tokens() cannot read it
    }


def revoke(client: BadgrClient, email: str, recipient: str) -> Any:
    """Many at once with a reason, and one by DELETE, which loses its reason on the way."""
    _, badge = _badge(client, email)
    awards = [badge.issue(recipient) for _ in range(3)]
    many = client.revoke_assertions([item.entityId for item in awards[:2]], "Mistake")
    one = awards[2].revoke("Mistake")
    left = badge.fetch_assertions()
    all_of_them = badge.fetch_assertions(query={"include_revoked": 1})
    return {
        "made": [item.entityId for item in awards],
        "many": many["result"],
        "one": one["result"],
        "left": _names(left),
        "all": {item.entityId: item.data["revocationReason"] for item in all_of_them},
    }


def change_and_remove(client: BadgrClient, email: str) -> Any:
    """Its update() and delete() do their work, and stumble afterwards."""
    issuer, badge = _badge(client, email)
    badge.data["description"] = "Ties knots blindfolded"
    _stumbling(TypeError, badge.update)
    badge.fetch()
    changed = badge.data["description"]
    _stumbling(APIError, badge.delete)  # 204 has no body, which it wants to read
    _stumbling(APIError, issuer.delete)
    return {
        "made": [issuer.entityId, badge.entityId],
        "changed": changed,
        "left": [_names(client.fetch_issuer()), _names(client.fetch_badgeclass())],
    }


def edit_staff(client: BadgrClient, email: str, colleague: str) -> Any:
    """Who works there: added, promoted and removed; edit_staff() stumbles as update() does."""
    issuer, _ = _badge(client, email)
    seen = []
    for action, role in (("add", "staff"), ("modify", "editor"), ("remove", "editor")):
        _stumbling(TypeError, lambda a=action, r=role: issuer.edit_staff(a, colleague, r))
        issuer.fetch()
        seen.append([item["role"] for item in issuer.data["staff"]])
    return seen


def by_name(client: BadgrClient, email: str, recipient: str) -> Any:
    """Badge classes by their names, which are loaded first."""
    issuer, badge = _badge(client, email)
    client.unique_badge_names, client.badge_names = True, {}
    client.load_badge_names(issuer.entityId)
    found = BadgeClass(client, badge_name="Knot Tying", issuer_eid=issuer.entityId)
    made = Assertion(client).create(recipient, badge_name="Knot Tying", issuer_eid=issuer.entityId)
    return [badge.entityId, found.entityId, made.data["badgeclass"]]


def refresh(client: BadgrClient, email: str) -> Any:
    """A client whose token has ended makes a new one before its next call."""
    before = client.header["Authorization"]
    client.token_expires_at = datetime.datetime.now() - datetime.timedelta(seconds=1)
    listed = client.fetch_issuer()
    return {"renewed": client.header["Authorization"] != before, "listed": _names(listed)}


def mistakes(client: BadgrClient, email: str) -> Any:
    """What it says about what is not there and about what is wrong."""
    said = []
    for attempt in (
        lambda: client.fetch_badgeclass("None"),
        lambda: Issuer(client).create("Harbor", "Night school", "not mine@", "nowhere"),
    ):
        try:
            attempt()
        except APIError as error:
            said.append(str(error))
    return said


def backpack(client: BadgrClient, email: str) -> Any:
    """One's own badges. Of collections the library knows the path, but not the type."""
    return {
        "awards": [item.data for item in client.fetch_assertion()],
        "collections": client._call_api("/v2/backpack/collections")["result"],
    }


def sign_up(client: BadgrClient, email: str, new: str, password: str) -> Any:
    """A new account. The call takes the client's own token from it, so it is its last."""
    return client._v1_create_user("Bob", "Reed", new, password)


def _badge(client: BadgrClient, email: str) -> tuple[Issuer, BadgeClass]:
    issuer = Issuer(client).create(
        "Harbor Learning", "Night school for sailors", email, "https://harbor.example.org"
    )
    badge = issuer.create_badgeclass(
        "Knot Tying", PNG, "Ties knots", criteria_text="Tie **ten** knots"
    )
    return issuer, badge


def _names(items: list[Any]) -> list[str]:
    return [item.entityId for item in items]


def _stumbling(error: type[Exception], work: Any) -> None:
    try:
        work()
    except error:
        return
    raise AssertionError("the library has been mended: go straight on")


if __name__ == "__main__":
    _, base, email, password, name, *arguments = sys.argv
    client = BadgrClient(email, password, "public", base_url=base)
    json.dump(globals()[name](client, email, *arguments), sys.stdout)
