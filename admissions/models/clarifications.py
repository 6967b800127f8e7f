"""Questions of DRI and the deanery's own: items, message, answer."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from admissions.models.documents import DossierDocument
from admissions.models.dossiers import Dossier
from admissions.models.shared import KEPT, stored, who


class Clarification(models.Model):
    """What DRI asks of a candidate (ADM-092). due_on: past it the dossier is only flagged."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="clarifications")
    message = models.TextField(_("message"))
    due_on = models.DateField(_("answer awaited until"), null=True, blank=True)
    asked_by = who(_("asked by"), optional=False)
    asked_at = models.DateTimeField(_("asked"))
    answer = models.TextField(_("answer"), blank=True)
    answered_by = who(_("answered by"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    closed_reason = models.CharField(_("closed without an answer"), max_length=500, blank=True)
    closed_by = who(_("closed by"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("request for clarification")
        verbose_name_plural = _("requests for clarification")
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"],
                name="adm_clarification_one_open",
                condition=Q(answered_at__isnull=True, closed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="adm_clarification_one_end",
                condition=Q(answered_at__isnull=True) | Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="adm_clarification_closed",
                condition=Q(closed_at__isnull=True, closed_reason="")
                | Q(closed_at__isnull=False) & ~Q(closed_reason=""),
            ),
            models.CheckConstraint(name="adm_clarification_words", condition=~Q(message="")),
        ]
        triggers: list[Any] = [KEPT]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.asked_at:%Y-%m-%d}"


class ClarificationItem(models.Model):
    """One thing asked: a document type, or a question in words; answered by a new version or by text."""

    class Kind(models.TextChoices):
        DOCUMENT = "document", _("a document")
        LANGUAGE = "language", _("the proof of language")
        FEE = "fee", _("the processing fee")
        STUDIES = "studies", _("the finished studies")
        QUESTION = "question", _("a question")

    clarification = models.ForeignKey(Clarification, models.PROTECT, related_name="items")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    document_kind = models.CharField(max_length=20, blank=True)
    document = models.ForeignKey(
        DossierDocument, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("document")
    )
    question = models.CharField(_("question"), max_length=500, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True)

    class Meta:
        ordering = ["clarification", "pk"]
        verbose_name = _("item of a clarification")
        verbose_name_plural = _("items of a clarification")
        constraints = [
            models.CheckConstraint(
                name="adm_item_names_something",
                condition=Q(kind="document") & ~Q(document_kind="")
                | Q(kind__in=["language", "fee", "studies"])
                | Q(kind="question") & ~Q(question=""),
            ),
            models.UniqueConstraint(
                fields=["clarification", "kind", "document_kind"],
                name="adm_item_once",
                condition=~Q(kind="question"),
            ),
        ]
        triggers: list[Any] = [KEPT]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.document_kind}"


class LetterHandover(models.Model):
    """The letter collected on paper (ADM-133); it does not change the date of transmission."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="handovers")
    at = models.DateTimeField(_("handed over"))
    collector = models.CharField(_("collected by"), max_length=200)
    mandate = models.ForeignKey(
        "admissions.ProxyMandate",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("mandate"),
    )
    signature = stored(optional=True, label=_("signed receipt"))
    by = who(_("handed over by"), optional=False)

    class Meta:
        ordering = ["-at"]
        verbose_name = _("letter handed over")
        verbose_name_plural = _("letters handed over")
        triggers: list[Any] = [KEPT]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.collector}"
