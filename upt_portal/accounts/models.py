"""The person who signs in, and the faculties a member of staff works for."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address, kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user who signs in with `email`; without a password the account waits for activation."""
        if not email:
            raise ValueError("a user needs an e-mail address")
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
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["first_name", "last_name"]
    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

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
