"""Tables of recipients, handed in by somebody and not awarded yet."""

from django.db import models

from rosette.models.accounts import User
from rosette.models.badgeclasses import BadgeClass
from rosette.models.base import Entity
from rosette.models.jobs import AwardJob


class Sheet(Entity):
    """
    A table on its way to become awards: a draft of its maker, which ends by itself.

    ``source`` is the file as it came, pressed together, so that it can be read in another way;
    ``encoding`` and ``delimiter`` are empty for a workbook. ``head`` names the columns, or is
    empty if the first line is a recipient already. ``cells`` is a packed list of rows, each as
    long as the widest. ``fields`` says, column by column, what it means (``operations/sheets.py``
    ``FIELDS``, or empty). ``verdicts``, once the columns are known, is a packed list as long as
    ``cells``: kind and identity of a good row, or 0. ``choices`` maps numbers of rows, as text,
    to ``skip`` or ``again``. ``job``: what it has become.
    """

    badgeclass = models.ForeignKey(BadgeClass, on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    source = models.BinaryField()
    encoding = models.CharField(max_length=32, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    head = models.JSONField(default=list, blank=True)
    cells = models.BinaryField()
    total = models.PositiveIntegerField()
    fields = models.JSONField(default=list, blank=True)
    verdicts = models.BinaryField(null=True)
    choices = models.JSONField(default=dict, blank=True)
    job = models.ForeignKey(AwardJob, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(Entity.Meta):
        indexes = [models.Index(fields=["updated_at"], name="sheet_updated_at")]


class SheetColumns(models.Model):
    """What the columns of a badge class's tables meant last: words of their heads to fields."""

    badgeclass = models.OneToOneField(BadgeClass, on_delete=models.CASCADE, related_name="+")
    fields = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"columns of {self.badgeclass_id}"
