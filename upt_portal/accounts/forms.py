"""Forms of accounts: shapes only; who exists is never looked up here (REC-017)."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from upt_portal.accounts import limits, recovery
from upt_portal.accounts.models import User

ADDRESS_ERRORS = {"required": _("Enter an e-mail address")}


class ResetForm(forms.Form):
    """The address of a forgotten password; the same work and the same answer for every address."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254, error_messages=ADDRESS_ERRORS)

    def save(self, request: HttpRequest, **_ignored: Any) -> str:
        """Note the request, unless this address has had its share for now; the page says the same."""
        address = limits.same_address(self.cleaned_data["email"])
        if limits.consume(request, "reset", address):
            recovery.ask_reset(address)
        return address


class FirstPasswordForm(forms.Form):
    """The first password of an account, typed twice."""

    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput,
        error_messages={"required": _("Choose a password")},
    )
    password2 = forms.CharField(
        label=_("Password, once more"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput,
        error_messages={"required": _("Type the password once more")},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        one, two = given.get("password1"), given.get("password2")
        if one and two and one != two:
            self.add_error("password2", _("The two passwords are not the same"))
        elif one:
            try:
                validate_password(one, self.user)
            except ValidationError as error:
                self.add_error("password1", error)
        return given


class NewAddressForm(forms.Form):
    """The new address to sign in with; whether it is free is not said here."""

    email = forms.EmailField(label=_("New e-mail address"), max_length=254, error_messages=ADDRESS_ERRORS)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        address = limits.same_address(self.cleaned_data["email"])
        if address == self.user.email:
            raise ValidationError(_("This is the address you have now"))
        return address
