"""The ministry: lists with their items, letters of acceptance, refusals."""

from typing import Any

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from admissions.models.campaigns import Campaign
from admissions.models.dossiers import Dossier
from admissions.models.shared import APPENDED, stored, who
from admissions.workflow.smaller import BatchState
from studentrecords.models import Cycle, Faculty, Field


@pghistory.track()
class MecBatch(models.Model):
    """A list of persons proposed to the ministry with its archive (ADM-115 to ADM-119).

    layout: the columns and their order when it was sent. Files and hashes are frozen by the sending.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="batches", verbose_name=_("campaign"))
    number = models.PositiveSmallIntegerField(_("number"))
    cycle = models.CharField(_("cycle"), max_length=10, choices=Cycle, blank=True)
    faculty = models.ForeignKey(Faculty, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(
        _("state"), max_length=10, choices=BatchState, default=BatchState.OPEN, editable=False
    )
    layout = models.JSONField(default=list, blank=True)
    created_by = who(_("begun by"), optional=False)
    created_at = models.DateTimeField(_("begun"))
    sent_by = who(_("sent by"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    export_csv = models.FileField(upload_to="ministry/%Y/%m", max_length=200, blank=True, editable=False)
    export_xlsx = models.FileField(upload_to="ministry/%Y/%m", max_length=200, blank=True, editable=False)
    archive = models.FileField(upload_to="ministry/%Y/%m", max_length=200, blank=True, editable=False)
    hashes = models.JSONField(default=dict, blank=True, editable=False)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        ordering = ["campaign", "-number"]
        verbose_name = _("list for the ministry")
        verbose_name_plural = _("lists for the ministry")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="adm_batch_number"),
            models.CheckConstraint(name="adm_batch_state", condition=Q(state__in=BatchState.values)),
            models.CheckConstraint(
                name="adm_batch_sent_whole",
                condition=Q(state="open", sent_at__isnull=True, sent_by__isnull=True)
                | ~Q(state="open")
                & Q(sent_at__isnull=False, sent_by__isnull=False)
                & ~Q(export_csv="")
                & ~Q(archive=""),
            ),
            models.CheckConstraint(
                name="adm_batch_answered",
                condition=Q(state="answered", answered_at__isnull=False)
                | ~Q(state="answered") & Q(answered_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}/{self.number}"


class ItemOutcome(models.TextChoices):
    """What became of a dossier on a list (ADM-120)."""

    LETTER = "letter", pgettext_lazy("ministry list", "Letter of acceptance")
    REFUSED = "refused", pgettext_lazy("ministry list", "Refused")
    RETURNED = "returned", pgettext_lazy("ministry list", "Returned for correction")
    DROPPED = "dropped", pgettext_lazy("ministry list", "Taken off the list")


class MecBatchItem(models.Model):
    """A dossier on a list; without an outcome it is unsettled, and a dossier is so at most once (ADM-119)."""

    batch = models.ForeignKey(MecBatch, models.PROTECT, related_name="items")
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="batch_items")
    outcome = models.CharField(_("outcome"), max_length=10, choices=ItemOutcome, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    row = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["batch", "pk"]
        verbose_name = _("person on a list")
        verbose_name_plural = _("persons on a list")
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"], name="adm_item_unsettled_once", condition=Q(outcome="")
            ),
            models.UniqueConstraint(fields=["batch", "dossier"], name="adm_item_on_list_once"),
            models.CheckConstraint(
                name="adm_item_settled",
                condition=Q(outcome="", settled_at__isnull=True)
                | ~Q(outcome="") & Q(settled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.dossier_id}"


@pghistory.track()
class AcceptanceLetter(models.Model):
    """A letter of acceptance as transmitted (ADM-121, ADM-125, ADM-132 to ADM-134).

    transmitted_at: upload, message and e-mail in one act; both terms count from its legal date. A corrected
    scan keeps it; a letter with a new number is a new row and starts again. reused: the letter of the
    deferred dossier, recorded anew. also_to_mission: the ministry sent it to the mission as well.
    """

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="letters")
    current = models.BooleanField(default=True)
    number = models.CharField(_("number of the letter"), max_length=60)
    issued_on = models.DateField(_("issued on"))
    start_year = models.PositiveSmallIntegerField(_("academic year"))
    cycle = models.CharField(_("cycle"), max_length=10, choices=Cycle)
    field = models.ForeignKey(Field, models.PROTECT, related_name="+", verbose_name=_("field of study"))
    institution = models.CharField(_("institution"), max_length=200)
    file = stored(label=_("letter"))
    transmitted_at = models.DateTimeField(_("transmitted"))
    by = who(_("transmitted by"), optional=False)
    also_to_mission = models.BooleanField(_("sent to the mission as well"), default=False)
    reused = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    reuse_reason = models.CharField(_("why the earlier letter is used"), max_length=500, blank=True)

    class Meta:
        ordering = ["dossier", "-transmitted_at"]
        verbose_name = _("letter of acceptance")
        verbose_name_plural = _("letters of acceptance")
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"], name="adm_letter_one_current", condition=Q(current=True)
            ),
            models.UniqueConstraint(fields=["dossier", "number"], name="adm_letter_number"),
            models.CheckConstraint(name="adm_letter_number_given", condition=~Q(number="")),
            models.CheckConstraint(
                name="adm_letter_reuse_reason",
                condition=Q(reused__isnull=True, reuse_reason="")
                | Q(reused__isnull=False) & ~Q(reuse_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class MinistryRefusal(models.Model):
    """The refusal of the ministry, with its document and date (ADM-121)."""

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="ministry_refusal")
    number = models.CharField(_("number"), max_length=60, blank=True)
    issued_on = models.DateField(_("issued on"))
    reason = models.TextField(_("reason"), blank=True)
    file = stored(label=_("refusal"))
    transmitted_at = models.DateTimeField(_("transmitted"))
    by = who(_("transmitted by"), optional=False)

    class Meta:
        ordering = ["-transmitted_at"]
        verbose_name = _("refusal of the ministry")
        verbose_name_plural = _("refusals of the ministry")
        triggers: list[Any] = [APPENDED]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.issued_on:%d.%m.%Y}"
