"""The person who signs in, and the faculties a member of staff works for."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from upt_portal.accounts.workflow import AccountState


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address, kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user who signs in with `email`; without a password the account waits for activation."""
        if not email:
            raise ValueError("a user needs an e-mail address")
        fields.setdefault("state", AccountState.ACTIVE if password else AccountState.NOT_ACTIVATED)
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An administrator of the portal itself."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody with an account: signs in by e-mail (CON-001), reads in one of two languages."""

    class Language(models.TextChoices):
        RO = "ro", "Română"
        EN = "en", "English"

    class Theme(models.TextChoices):
        SYSTEM = "", _("As on the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail address"), unique=True)
    first_name = models.CharField(_("given names"), max_length=80)
    last_name = models.CharField(_("family name"), max_length=80)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.RO)
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.SYSTEM, blank=True)
    is_staff = models.BooleanField(_("works in the administration"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    state = models.CharField(
        _("state of the account"),
        max_length=16,
        choices=AccountState,
        default=AccountState.ACTIVE,
        editable=False,
        db_index=True,
    )
    locked_until = models.DateTimeField(_("locked until"), null=True, blank=True, editable=False)
    institutional_email = models.EmailField(
        _("institutional address"), blank=True, default="", editable=False
    )
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["first_name", "last_name"]
    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
            models.CheckConstraint(name="user_state", condition=Q(state__in=AccountState.values)),
            models.CheckConstraint(
                name="user_locked_until_when_locked", condition=Q(state="locked") | Q(locked_until=None)
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.email

    @property
    def display_name(self) -> str:
        """Given name and family name, as in a header: "Andra Văleanu"."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def initials(self) -> str:
        """First letters, for the disc beside the name."""
        return f"{self.first_name[:1]}{self.last_name[:1]}".upper()

    @property
    def official_email(self) -> str:
        """Where decisions go: the institutional address, whatever the account is called now (REC-023)."""
        return self.institutional_email or self.email

    @property
    def may_sign_in(self) -> bool:
        """Whether the account is open: active, or paused only for browsers that are not known (REC-017).

        A lock set by staff has no end and closes every door; one that failures caused does not end the
        sign-ins of its owner.
        """
        paused = self.state == AccountState.LOCKED and self.locked_until is not None
        return self.is_active and (self.state == AccountState.ACTIVE or paused)

    def get_full_name(self) -> str:
        """The display name, where Django asks for it."""
        return self.display_name

    def get_short_name(self) -> str:
        """The given name, for greetings."""
        return self.first_name.split(" ")[0] if self.first_name else self.email


class FacultyScope(models.Model):
    """A faculty whose students a member of staff may see; the code is `studentrecords.Faculty.code`."""

    user = models.ForeignKey(User, models.CASCADE, related_name="faculty_scopes")
    faculty_code = models.CharField(_("faculty"), max_length=12)

    class Meta:
        verbose_name = _("faculty scope")
        verbose_name_plural = _("faculty scopes")
        constraints = [models.UniqueConstraint(fields=["user", "faculty_code"], name="scope_once")]

    def __str__(self) -> str:
        return self.faculty_code


class AccountLink(models.Model):
    """A link that was sent: kept as a fingerprint, good once, until its time is over (REC-014, REC-019)."""

    class Purpose(models.TextChoices):
        ACTIVATION = "activation", _("activation")
        NEW_ADDRESS = "new_address", _("confirmation of a new address")
        OLD_ADDRESS = "old_address", _("confirmation at the old address")

    user = models.ForeignKey(User, models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=12, choices=Purpose)
    address = models.EmailField(_("sent to"))
    fingerprint = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField(_("sent"))
    expires_at = models.DateTimeField(_("until"))
    used_at = models.DateTimeField(_("used"), null=True)
    voided_at = models.DateTimeField(_("voided"), null=True)
    change = models.ForeignKey("EmailChange", models.CASCADE, null=True, related_name="links")

    class Meta:
        verbose_name = _("sent link")
        verbose_name_plural = _("sent links")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "purpose"],
                name="link_one_alive",
                condition=Q(used_at=None, voided_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.address}"


class EmailChange(models.Model):
    """A change of the sign-in address: counts once both addresses have confirmed it (REC-019)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="email_changes")
    old = models.EmailField(_("old address"))
    new = models.EmailField(_("new address"))
    asked_at = models.DateTimeField(_("asked"))
    new_confirmed_at = models.DateTimeField(_("confirmed at the new address"), null=True)
    old_confirmed_at = models.DateTimeField(_("confirmed at the old address"), null=True)
    vouched_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("identity checked by")
    )
    applied_at = models.DateTimeField(_("in force"), null=True)
    ended_at = models.DateTimeField(_("given up"), null=True)

    class Meta:
        verbose_name = _("change of address")
        verbose_name_plural = _("changes of address")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], name="email_change_one_open", condition=Q(applied_at=None, ended_at=None)
            ),
            models.CheckConstraint(
                name="email_change_confirmed",
                condition=Q(applied_at=None)
                | Q(new_confirmed_at__isnull=False, old_confirmed_at__isnull=False)
                | Q(new_confirmed_at__isnull=False, vouched_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"
