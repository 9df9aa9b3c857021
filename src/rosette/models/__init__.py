"""The rows of the house; this page hands their names on, and nothing else."""

from rosette.models.accounts import (
    Authenticator,
    EmailAddress,
    Identifier,
    SocialAccount,
    TermsAgreement,
    TermsVersion,
    User,
)
from rosette.models.applications import (
    AccessToken,
    Application,
    DeviceGrant,
    Grant,
    IDToken,
    KeptAnswer,
    LegacyToken,
    RefreshToken,
)
from rosette.models.assertions import Acceptance, Assertion, RecipientKind, Visibility
from rosette.models.audit import AuditBlock, AuditEntry
from rosette.models.backoff import Backoff
from rosette.models.backpack import Collection, CollectionItem, Original, Share
from rosette.models.badgeclasses import BadgeClass
from rosette.models.catalogue import CatalogueTerm
from rosette.models.claim_links import ClaimLink, ClaimRequest, RequestsNotice
from rosette.models.domains import DomainProof
from rosette.models.endorsements import Endorsement
from rosette.models.invitations import Invitation
from rosette.models.issuers import Issuer, IssuerStaff, Role
from rosette.models.jobs import AwardJob, Stretch
from rosette.models.keys import SigningKey
from rosette.models.notices import Held, MailChoice, Notice, Unsubscribed
from rosette.models.offers import Offer, UsedNonce
from rosette.models.pathways import Pathway, PathwayCompletion, PathwayStep, StepBadge
from rosette.models.receipts import Receipt
from rosette.models.revisions import BadgeClassRevision, IssuerRevision
from rosette.models.sandboxes import CapturedMail, Emptying
from rosette.models.sessions import Session
from rosette.models.sheets import Sheet, SheetColumns
from rosette.models.tallies import ClaimWait, Count, Tally
from rosette.models.webhooks import Event, Webhook, WebhookDelivery

__all__ = [
    "Acceptance",
    "AccessToken",
    "Application",
    "Assertion",
    "AuditBlock",
    "AuditEntry",
    "Authenticator",
    "AwardJob",
    "Backoff",
    "BadgeClass",
    "BadgeClassRevision",
    "CapturedMail",
    "CatalogueTerm",
    "ClaimLink",
    "ClaimRequest",
    "ClaimWait",
    "Collection",
    "CollectionItem",
    "Count",
    "DeviceGrant",
    "DomainProof",
    "EmailAddress",
    "Emptying",
    "Endorsement",
    "Event",
    "Grant",
    "Held",
    "IDToken",
    "Identifier",
    "Invitation",
    "Issuer",
    "IssuerRevision",
    "IssuerStaff",
    "KeptAnswer",
    "LegacyToken",
    "MailChoice",
    "Notice",
    "Offer",
    "Original",
    "Pathway",
    "PathwayCompletion",
    "PathwayStep",
    "Receipt",
    "RecipientKind",
    "RefreshToken",
    "RequestsNotice",
    "Role",
    "Session",
    "Share",
    "Sheet",
    "SheetColumns",
    "SigningKey",
    "SocialAccount",
    "StepBadge",
    "Stretch",
    "Tally",
    "TermsAgreement",
    "TermsVersion",
    "Unsubscribed",
    "UsedNonce",
    "User",
    "Visibility",
    "Webhook",
    "WebhookDelivery",
]
