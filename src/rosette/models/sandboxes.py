"""What a sandbox keeps: the mails that nobody was sent, and an emptying that is under way."""

from django.db import models

from rosette.models.issuers import Issuer
from rosette.models.notices import Notice


class CapturedMail(models.Model):
    """
    A mail of a sandbox as it would have been sent.

    ``html`` names the badge's picture as mails do, ``cid:badge``; ``picture`` is the name of that
    picture in the store of images, or empty if there is none.
    """

    id = models.BigAutoField(primary_key=True)
    issuer = models.ForeignKey(
        Issuer, on_delete=models.CASCADE, related_name="captured_mails", db_index=False
    )
    kind = models.CharField(max_length=20, choices=Notice.Kind.choices)
    to = models.CharField(max_length=768)
    subject = models.CharField(max_length=2000)
    text = models.TextField()
    html = models.TextField()
    picture = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["issuer", "id"], name="capturedmail_of_issuer"),
            models.Index(fields=["at"], name="capturedmail_at"),
        ]

    def __str__(self) -> str:
        return f"captured mail {self.pk}"


class Emptying(models.Model):
    """
    A sandbox is being emptied of all that was in it at ``asked_at``; the row goes at the end.

    ``total``: how many awards there were, ``left``: how many there are still.
    ``with_badgeclasses``: these go, too. ``by`` is the name of the person who asked.
    """

    issuer = models.OneToOneField(Issuer, on_delete=models.CASCADE, related_name="emptying")
    asked_at = models.DateTimeField()
    total = models.PositiveIntegerField()
    with_badgeclasses = models.BooleanField(default=False)
    by = models.CharField(max_length=254)
    left = 0  # counted by whoever reads it

    def __str__(self) -> str:
        return f"emptying of {self.issuer_id}"
