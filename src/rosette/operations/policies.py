"""Who may do what to which row. Every operation asks here, before it looks any further."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Final

from django.utils.translation import gettext_noop as _

from rosette.errors import InvalidInput, NotPermitted
from rosette.models import Assertion, BadgeClass, Issuer, IssuerStaff, User
from rosette.models.backpack import awarded_to, identities_of, in_earnest
from rosette.models.badgeclasses import BadgeClassRecord
from rosette.models.issuers import role_of

ARCHIVED: Final = _("BadgeClass is archived. Bring it back before it is awarded.")


class Reach(IntEnum):
    """How far somebody reaches at an issuer; each includes the ones below."""

    NONE = 0
    READ = 1
    STAFF = 2
    EDITOR = 3
    OWNER = 4


_REACH = {
    "owner": Reach.OWNER,
    "editor": Reach.EDITOR,
    "staff": Reach.STAFF,
    "viewer": Reach.READ,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """
    Somebody who acts, and how much of their own rights this session or token lends them.

    ``issuers_read`` and ``issuers_write``: whether their roles at issuers count. ``granted``:
    names of issuers that the token reaches whatever the person's role. ``backpack_read``:
    whether the awards that they hold count. ``is_admin``: everything, everywhere.
    """

    user_id: int
    user_entity_id: str
    is_verified: bool
    issuers_read: bool = False
    issuers_write: bool = False
    backpack_read: bool = False
    granted: frozenset[str] = field(default_factory=frozenset)
    is_admin: bool = False

    @classmethod
    def person(cls, user: User) -> "Actor":
        """The person itself, with all of their rights: at the shell, or signed in to the pages."""
        return cls(
            user_id=user.pk,
            user_entity_id=user.entity_id,
            is_verified=bool(user.verified_identities()) or user.is_superuser,
            issuers_read=True,
            issuers_write=True,
            backpack_read=True,
        )

    @classmethod
    def administrator(cls, user: User) -> "Actor":
        """An administrator who acts as such, everywhere. Raises NotPermitted for anybody else."""
        if not (user.is_superuser and user.is_active):
            raise NotPermitted
        return replace(cls.person(user), is_admin=True)

    def reach(self, issuer: str, role: str | None) -> Reach:
        """How far they reach at the issuer of this name, where they have this role."""
        if self.is_admin or issuer in self.granted:
            return Reach.OWNER
        if role is None or not self.is_verified:
            return Reach.NONE
        if self.issuers_write:
            return _REACH[role]
        return Reach.READ if self.issuers_read else Reach.NONE


def role_at(issuer_id: int, actor: Actor) -> str | None:
    """The person's role at the issuer with this row number."""
    return role_of(actor.user_id, issuer_id)


def roles_at(issuer_ids: Collection[int], actor: Actor) -> dict[int, str]:
    """The person's roles at the issuers with these row numbers, where they have one."""
    staff = IssuerStaff.objects.filter(issuer_id__in=issuer_ids, user_id=actor.user_id)
    return dict(staff.values_list("issuer_id", "role"))


def reach_at(issuer: Issuer, by: Actor) -> Reach:
    """How far they reach at the issuer; at one of another server, nobody reaches anywhere."""
    return _reach(issuer, by, role_at(issuer.pk, by))


def require(reach: Reach, by: Actor, issuer: Issuer) -> None:
    """Raise NotPermitted unless they reach that far at the issuer."""
    if reach_at(issuer, by) < reach:
        raise NotPermitted


def require_each(reach: Reach, by: Actor, issuers: Collection[Issuer]) -> None:
    """As ``require``, for each of the issuers: one query, however many they are."""
    roles = roles_at([issuer.pk for issuer in issuers], by)
    if any(_reach(issuer, by, roles.get(issuer.pk)) < reach for issuer in issuers):
        raise NotPermitted


def require_at(reach: Reach, by: Actor, badgeclass: BadgeClassRecord) -> None:
    """As ``require``, for a badge class that was read with the person's role."""
    if by.reach(badgeclass.issuer_entity_id, badgeclass.role) < reach:
        raise NotPermitted


def require_awarding(by: Actor, badgeclass: BadgeClassRecord) -> None:
    """Raise NotPermitted below staff, and InvalidInput if the badge class is archived."""
    require_at(Reach.STAFF, by, badgeclass)
    if badgeclass.is_archived:
        raise InvalidInput(general=[ARCHIVED])


def require_issuer_creation(by: Actor, *, approved_only: bool) -> None:
    """
    Raise NotPermitted unless they may create issuers.

    Whoever has a verified address may, unless the site is set to let administrators decide; an
    administrator is one by token or by account.
    """
    if by.is_admin:
        return
    if not (by.issuers_write and by.is_verified):
        raise NotPermitted
    if approved_only and not User.objects.filter(pk=by.user_id, is_superuser=True).exists():
        raise NotPermitted


def holds_award(
    by: Actor, *, issuer: Issuer | None = None, badgeclass: BadgeClass | None = None
) -> bool:
    """Whether the person's backpack has an award of this badge class or issuer."""
    if not (by.backpack_read and by.is_verified):
        return False
    mine = awarded_to(identities_of(by.user_id).proven)
    awards = Assertion.objects.filter(mine, in_earnest(by.user_id))
    if badgeclass is not None:
        awards = awards.filter(badgeclass=badgeclass)
    if issuer is not None:
        awards = awards.filter(issuer=issuer)
    return awards.exists()


def _reach(issuer: Issuer, by: Actor, role: str | None) -> Reach:
    return Reach.NONE if issuer.source_url is not None else by.reach(issuer.entity_id, role)
