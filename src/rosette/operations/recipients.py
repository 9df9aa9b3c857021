"""Who received awards of an issuer: people as the issuer knows them, by the identity it awarded."""

from typing import Any, Final, NamedTuple

from rosette.models import Issuer, assertions
from rosette.models.assertions import AssertionRecord, PublishedAssertion
from rosette.models.base import marks, on_postgresql, rows
from rosette.operations import policies
from rosette.operations.policies import Actor, Reach

PROFILE: Final = "extensions:recipientProfile"
"""The extension of an award that bears its recipient's name; clients of Badgr write it, too."""

_CONTEXT: Final = "https://openbadgespec.org/extensions/recipientProfile/context.json"
_AWARDS_AT_MOST: Final = 500


class Known(NamedTuple):
    """
    Somebody who received something of the issuer; ``award`` names the last thing.

    ``number`` is the row number of that award, and ``awards`` how many there are.
    """

    kind: str
    identity: str
    name: str
    awards: int
    number: int
    award: str


_NAME_ON_POSTGRESQL: Final = f"a.extensions #>> '{{{PROFILE},name}}'"
_NAME_ON_SQLITE: Final = f"json_extract(a.extensions, '$.\"{PROFILE}\".name')"
_KNOWN: Final = """
    SELECT a.recipient_kind, a.recipient_identity, COALESCE(MAX({name}), ''), COUNT(*), MAX(a.id)
    FROM rosette_assertion a
    WHERE a.issuer_id = %s AND a.source_url IS NULL {like}
    GROUP BY a.recipient_kind, a.recipient_identity
    {beyond} ORDER BY MAX(a.id) DESC LIMIT %s
"""


def profile(name: str) -> dict[str, Any]:
    """The extensions that say the recipient's name; none without one."""
    if not name:
        return {}
    kind = ["Extension", "extensions:RecipientProfile"]
    return {PROFILE: {"@context": _CONTEXT, "type": kind, "name": name}}


def name_of(award: AssertionRecord | PublishedAssertion) -> str:
    """The recipient's name, as far as the award says it."""
    said = award.extensions.get(PROFILE, {})
    name = said.get("name") if isinstance(said, dict) else None
    return name if isinstance(name, str) else ""


def known(
    issuer: Issuer, text: str = "", *, by: Actor, limit: int, before: int | None = None
) -> list[Known]:
    """
    Who received something of the issuer, and has ``text`` in identity or name; the latest first.

    ``before``: only those whose last award has a lower row number. Raises NotPermitted.
    """
    policies.require(Reach.READ, by, issuer)
    parameters: list[Any] = [issuer.pk]
    like = beyond = ""
    if text:
        condition, sought = containing(text)
        like = f"AND {condition}"
        parameters += sought
    if before is not None:
        beyond = "HAVING MAX(a.id) < %s"
        parameters.append(before)
    found = rows(_KNOWN.format(name=_name(), like=like, beyond=beyond), [*parameters, limit])
    if not found:
        return []
    numbers = [item[4] for item in found]
    names = dict(
        rows(f"SELECT id, entity_id FROM rosette_assertion WHERE id IN ({marks(numbers)})", numbers)
    )
    return [Known._make([*item, names[item[4]]]) for item in found]


def awards_of(award: AssertionRecord) -> list[AssertionRecord]:
    """All that the recipient of this award has of its issuer, the newest first, up to 500."""
    return assertions.assertion_records(
        "a.issuer_id = %s AND a.recipient_identity = %s AND a.recipient_kind = %s"
        " AND a.source_url IS NULL",
        [award.issuer_id, award.recipient_identity, award.recipient_kind],
        order="a.created_at DESC, a.id DESC",
        limit=_AWARDS_AT_MOST,
    )


def containing(text: str) -> tuple[str, list[Any]]:
    """The condition that an award ``a`` has the text in its recipient's identity or name."""
    plain = text.strip().lower().replace("\0", "")
    for special in "!%_":
        plain = plain.replace(special, f"!{special}")
    condition = (
        f"(LOWER(a.recipient_identity) LIKE %s ESCAPE '!' OR LOWER({_name()}) LIKE %s ESCAPE '!')"
    )
    return condition, [f"%{plain}%"] * 2


def _name() -> str:
    return _NAME_ON_POSTGRESQL if on_postgresql() else _NAME_ON_SQLITE
