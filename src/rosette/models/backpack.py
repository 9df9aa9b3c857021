"""
What a person keeps: the awards to any of their identities, and collections of them.

Holding an award is not written down anywhere. Whoever has proven an identity holds what was
awarded to it, from the moment of the proof on.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import models
from django.utils import timezone

from rosette.models.accounts import EmailAddress, Identifier, User
from rosette.models.assertions import PROVEN, Acceptance, Assertion
from rosette.models.base import Entity, marks, row, rows
from rosette.models.issuers import IssuerStaff
from rosette.openbadges.recipient import KINDS, Kind, normalised

SHARE_SOURCE_MAX_LENGTH = 254

Identity = tuple[Kind, str]
"""What it is, and its text in normal form."""


class Identities(NamedTuple):
    """A person's identities: those that are proven, and those that they merely claim."""

    proven: tuple[Identity, ...]
    claimed: tuple[Identity, ...]


def identities_of(user_id: int) -> Identities:
    """The identities of the person with this row number."""
    emails = EmailAddress.objects.filter(user_id=user_id).values_list("email", "verified")
    others = Identifier.objects.filter(user_id=user_id).values_list("kind", "value", "verified_at")
    found: list[tuple[str, str, bool]] = [
        *(("email", email, is_proven) for email, is_proven in emails),
        *((kind, value, proven_at is not None) for kind, value, proven_at in others),
    ]
    known = [
        ((kind, normalised(text, kind)), is_proven)
        for name, text, is_proven in found
        for kind in KINDS
        if kind == name
    ]
    return Identities(
        tuple(identity for identity, is_proven in known if is_proven),
        tuple(identity for identity, is_proven in known if not is_proven),
    )


def held_by(user_id: int, identities: Identities) -> tuple[str, list[Any]]:
    """
    The condition, with its parameters, that the person holds the award ``a``.

    An imported award to an identity that nobody has proven is held by whoever imported it, as
    long as they claim the identity. What a sandbox awards is held by nobody but who works there.
    """
    clauses, parameters = _to(identities.proven)
    if identities.claimed:
        claimed, more = _to(identities.claimed)
        clauses.append(
            f"(a.source_url IS NOT NULL AND a.created_by_id = %s AND ({' OR '.join(claimed)})"
            f" AND NOT {PROVEN})"
        )
        parameters += [user_id, *more]
    if not clauses:
        return "1 = 0", []
    return f"(({' OR '.join(clauses)}) AND {_IN_EARNEST})", [*parameters, user_id]


# Not a NOT EXISTS, for which PostgreSQL would look through all issuers; so it looks up one.
_IN_EARNEST = """
    (SELECT NOT tried.sandbox OR EXISTS (SELECT 1 FROM rosette_issuerstaff w
        WHERE w.issuer_id = tried.id AND w.user_id = %s)
    FROM rosette_issuer tried WHERE tried.id = a.issuer_id)
"""
"""That the award ``a`` is of no sandbox, unless it is one where the person works."""


def in_earnest(user_id: int, *, issuer: str = "issuer") -> models.Q:
    """As ``_IN_EARNEST``, of a row whose issuer is reached by the path ``issuer``."""
    own = IssuerStaff.objects.filter(issuer=models.OuterRef(f"{issuer}_id"), user=user_id)
    return models.Q(**{f"{issuer}__sandbox": False}) | models.Q(models.Exists(own))


def awarded_to(identities: Iterable[tuple[str, str]]) -> models.Q:
    """That a row's recipient is one of the identities; of none of them it holds for no row."""
    found = models.Q(pk__in=())
    for kind, text in identities:
        found |= models.Q(recipient_kind=kind, recipient_identity=text)
    return found


def count_assertions(where: str, parameters: Sequence[Any]) -> int:
    """How many awards ``where`` picks: a condition on ``a`` alone, such as ``held_by`` makes."""
    found = row(f"SELECT COUNT(*) FROM rosette_assertion a WHERE {where}", parameters)
    assert found is not None, "an aggregate has one row"
    number: int = found[0]
    return number


def _to(identities: Sequence[Identity]) -> tuple[list[str], list[Any]]:
    """
    Conditions, one for each kind, that the award ``a`` is to one of the identities.

    Each of them alone can use the index of recipients, and so can all that ``OR`` joins them.
    """
    clauses: list[str] = []
    parameters: list[Any] = []
    for kind in KINDS:
        texts = [text for known, text in identities if known == kind]
        if texts:
            clauses.append(f"(a.recipient_kind = %s AND a.recipient_identity IN ({marks(texts)}))")
            parameters += [kind, *texts]
    return clauses, parameters


class Original(models.Model):
    """
    What an imported award was verified by.

    ``jws`` is the badge as its issuer signed it, empty of a hosted one, which lies at the award's
    ``source_url``. ``is_credential``: it is of Open Badges 3.0; then ``jws`` is a token, or the
    JSON of a document with its proof in it. ``checked_at`` is when it was last found to be good, or
    revoked.
    """

    assertion = models.OneToOneField(
        Assertion, primary_key=True, on_delete=models.CASCADE, related_name="original"
    )
    jws = models.TextField(blank=True)
    is_credential = models.BooleanField(default=False)
    checked_at = models.DateTimeField()


IS_CREDENTIAL = """
    (a.source_url IS NULL OR EXISTS (SELECT 1 FROM rosette_original o
        WHERE o.assertion_id = a.id AND o.is_credential))
"""
"""The condition that the award ``a`` is to be had as a credential of Open Badges 3.0."""


def original_of(entity_id: str) -> Original | None:
    """The original of the imported award of this name, or of this hash, if it is seen by link."""
    named = models.Q(assertion__entity_id=entity_id) | models.Q(assertion__share_hash=entity_id)
    return Original.objects.filter(named).first()


def originals_of(numbers: Sequence[int]) -> dict[int, Original]:
    """The originals of imported awards, by the row number of the award."""
    return Original.objects.in_bulk(numbers)


class Collection(Entity):
    """
    Some of a person's awards, under one name, in an order.

    ``share_hash`` is 32 hex digits while the collection is published, else empty; each
    publication gets a new one.
    """

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="collections")
    name = models.CharField(max_length=128)
    description = models.CharField(max_length=255, blank=True)
    share_hash = models.CharField(max_length=32, blank=True, db_index=True)
    assertions = models.ManyToManyField(
        Assertion, through="CollectionItem", related_name="collections"
    )


class CollectionItem(models.Model):
    """One award in one collection; ``position`` counts from 0."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="items")
    assertion = models.ForeignKey(Assertion, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["collection", "assertion"], name="collectionitem_once")
        ]


class Share(models.Model):
    """
    Somebody let an award or a collection be shown elsewhere.

    ``provider`` is a name of ``operations/sharing.py``, ``source`` what the program that was used
    says of itself. ``user`` is who did it, null for somebody who was not signed in.
    """

    assertion = models.ForeignKey(
        Assertion, null=True, on_delete=models.CASCADE, related_name="shares"
    )
    collection = models.ForeignKey(
        Collection, null=True, on_delete=models.CASCADE, related_name="shares"
    )
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    provider = models.CharField(max_length=32)
    source = models.CharField(max_length=SHARE_SOURCE_MAX_LENGTH, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(assertion__isnull=False, collection__isnull=True)
                | models.Q(assertion__isnull=True, collection__isnull=False),
                name="share_of_one",
            )
        ]


def shares_for(owner_id: int, identities: Identities) -> models.QuerySet[Share]:
    """What was shared of the person's awards and collections, by whomever."""
    where, parameters = held_by(owner_id, identities)
    # Looked up first, because no index serves an OR over two joins.
    held = [
        number
        for (number,) in rows(f"SELECT a.id FROM rosette_assertion a WHERE {where}", parameters)
    ]
    owned = list(Collection.objects.filter(owner_id=owner_id).values_list("pk", flat=True))
    return Share.objects.filter(
        models.Q(assertion_id__in=held) | models.Q(collection_id__in=owned)
    ).select_related("assertion", "collection")


def awards_in(collections: Sequence[int]) -> dict[int, list[str]]:
    """
    Names of the awards in each of the collections, which are given by row number, in order.

    Revoked and rejected ones are not in any.
    """
    found: dict[int, list[str]] = {number: [] for number in collections}
    if not found:
        return found
    for number, award in rows(
        "SELECT c.collection_id, a.entity_id FROM rosette_collectionitem c"
        " JOIN rosette_assertion a ON a.id = c.assertion_id"
        f" WHERE c.collection_id IN ({marks(found)})"
        " AND a.revoked_at IS NULL AND a.acceptance <> %s"
        " ORDER BY c.position, c.id",
        [*found, Acceptance.REJECTED.value],
    ):
        found[number].append(award)
    return found


def leave_out_of_collections(
    owner_id: int, identities: Iterable[str], *, kind: str = "email"
) -> None:
    """Take awards to these identities out of the collections of a person who gives them up."""
    theirs = CollectionItem.objects.filter(
        assertion__recipient_kind=kind, assertion__recipient_identity__in=list(identities)
    )
    # Each table once: with more joins, PostgreSQL can choose a way that takes for ever.
    collections = Collection.objects.filter(owner_id=owner_id)
    collections.filter(pk__in=theirs.values("collection_id")).update(updated_at=timezone.now())
    theirs.filter(collection__owner_id=owner_id).delete()
