"""Grade appeals with the commission that re-marks, as filed, answered and decided."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studentrecords.models.core import Enrolment
from studentrecords.models.exams import Correction, ExamAttempt, Result
from studentrecords.rules import appeals as rules
from studentrecords.workflow.appeals import AppealState
from upt_portal.kernel.models import StoredFile


class AppealGround(models.TextChoices):
    MARKING = rules.Ground.MARKING, _("the marking of the written paper")
    OUTSIDE_TOPICS = rules.Ground.OUTSIDE_TOPICS, _("questions outside the topics of the discipline sheet")


class AgainReason(models.TextChoices):
    BIBLIOGRAPHY = rules.GoodReason.BIBLIOGRAPHY, _("the bibliography was not respected")
    METHOD = rules.GoodReason.METHOD, _("the method of the exam was not respected")
    GRID = rules.GoodReason.GRID, _("the grid of the sheet was not respected")
    SCALE = rules.GoodReason.SCALE, _("the grading scale was not respected")


class Appeal(models.Model):
    """A posted result contested by its student (REC-190 to REC-203).

    filed_at: when it came, on paper too. received_at: the moment that counts; never before the register
    opens. teacher_name to group: as they were when it was filed (REC-191); the CNP stays with the person.
    result: what the commission proposes. report_version: grows with each change of the report.
    Who did each step is told by the trace, until when it was due by the terms.
    """

    class Channel(models.TextChoices):
        PORTAL = "portal", _("portal")
        PAPER = "paper", _("paper")
        EMAIL = "email", _("e-mail")

    attempt = models.OneToOneField(
        ExamAttempt, models.PROTECT, related_name="appeal", verbose_name=_("contested result")
    )
    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="appeals", verbose_name=_("enrolment")
    )
    number = models.CharField(_("registration number"), max_length=30, null=True, unique=True)
    state = models.CharField(
        _("state"), max_length=14, choices=AppealState, default=AppealState.SUBMITTED, editable=False
    )
    state_at = models.DateTimeField(_("since"), editable=False)
    ground = models.CharField(_("ground"), max_length=16, choices=AppealGround)
    reasons = models.TextField(_("reasons"))
    teacher_name = models.CharField(_("examining teacher"), max_length=160)
    student_name = models.CharField(_("student"), max_length=160)
    programme_name = models.CharField(_("programme"), max_length=250)
    year_of_study = models.PositiveSmallIntegerField(_("year of study"))
    group = models.CharField(_("group"), max_length=20, blank=True)
    channel = models.CharField(_("came by"), max_length=6, choices=Channel, default=Channel.PORTAL)
    late_reason = models.CharField(_("why it was received late"), max_length=400, blank=True)
    filed_at = models.DateTimeField(_("filed"))
    received_at = models.DateTimeField(_("received"))
    registered_at = models.DateTimeField(_("registered"), null=True)
    sent_at = models.DateTimeField(_("sent to the teacher"), null=True)
    answer = models.TextField(_("the teacher's answer"), blank=True)
    answer_result = models.CharField(_("result after the answer"), max_length=12, choices=Result, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    correction = models.ForeignKey(Correction, models.PROTECT, null=True, related_name="appeals")
    communicated_at = models.DateTimeField(_("answer sent to the student"), null=True)
    again_reason = models.CharField(
        _("what was not respected"), max_length=14, choices=AgainReason, blank=True
    )
    again_words = models.TextField(_("explanation"), blank=True)
    again_at = models.DateTimeField(_("re-evaluation asked for"), null=True)
    forwarded_at = models.DateTimeField(_("forwarded"), null=True)
    put_at = models.DateTimeField(_("put before the dean"), null=True)
    decision = models.CharField(_("number of the decision"), max_length=60, blank=True)
    decision_reason = models.TextField(_("why it was rejected"), blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    papers_at = models.DateTimeField(_("copy of the paper handed over"), null=True)
    report = models.TextField(_("report of the commission"), blank=True)
    result = models.CharField(_("final grade"), max_length=12, choices=Result, blank=True)
    report_version = models.PositiveIntegerField(default=0)
    reported_at = models.DateTimeField(_("report signed by all"), null=True)
    finished_at = models.DateTimeField(_("recorded and communicated"), null=True)
    meeting_asked_at = models.DateTimeField(_("meeting asked for"), null=True)
    meeting_words = models.CharField(_("what the student wants to hear"), max_length=400, blank=True)
    meeting_note = models.CharField(_("day and place of the meeting"), max_length=400, blank=True)

    class Meta:
        ordering = ["received_at", "pk"]
        verbose_name = _("grade appeal")
        verbose_name_plural = _("grade appeals")
        constraints = [
            models.CheckConstraint(name="appeal_state", condition=Q(state__in=AppealState.values)),
            models.CheckConstraint(name="appeal_has_reasons", condition=~Q(reasons="")),
            models.CheckConstraint(
                name="appeal_numbered_once_registered",
                condition=Q(state=AppealState.SUBMITTED)
                | Q(number__isnull=False, registered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="appeal_final_is_reported",
                condition=~Q(state__in=[AppealState.REPORTED, AppealState.FINAL])
                | (Q(reported_at__isnull=False) & ~Q(result="")),
            ),
        ]
        indexes = [models.Index(fields=["state", "received_at"], name="appeal_queue")]

    def __str__(self) -> str:
        return self.number or f"{self.student_name}"


class CommissionMember(models.Model):
    """One of the three who re-mark. version: of the report that was signed; a changed one is signed anew."""

    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="members")
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("teacher")
    )
    mark = models.CharField(_("mark"), max_length=12, choices=Result, blank=True)
    words = models.CharField(_("reasons of the mark"), max_length=1000, blank=True)
    marked_at = models.DateTimeField(_("marked"), null=True)
    signed_at = models.DateTimeField(_("signed"), null=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("member of a commission")
        verbose_name_plural = _("members of commissions")
        constraints = [models.UniqueConstraint(fields=["appeal", "teacher"], name="commission_member_once")]

    def __str__(self) -> str:
        return str(self.teacher)


class AppealCopy(models.Model):
    """A file of the contested paper, for commission, dean and InfoCenter alone (REC-198)."""

    appeal = models.ForeignKey(Appeal, models.PROTECT, related_name="copies", verbose_name=_("grade appeal"))
    stored = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"))
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        verbose_name = _("copy of a contested paper")
        verbose_name_plural = _("copies of contested papers")

    def __str__(self) -> str:
        return str(self.stored)
