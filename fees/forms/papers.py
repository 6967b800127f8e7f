"""What is asked before a paper about an account is issued."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

DAY_FORMS = ["%d.%m.%Y", "%Y-%m-%d", "%d %m %Y", "%d/%m/%Y"]
WRONG_DAY = _("Enter a date like 20.11.2026")


class DayField(forms.DateField):
    """A day typed as people write it: 20.11.2026."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%d.%m.%Y", attrs={"inputmode": "numeric", "autocomplete": "off"})
        errors = {"required": WRONG_DAY, "invalid": WRONG_DAY}
        super().__init__(input_formats=DAY_FORMS, widget=widget, error_messages=errors, **kwargs)


class LanguageForm(forms.Form):
    """The language of a paper."""

    language = forms.ChoiceField(
        label=_("Language of the paper"), choices=[("ro", "Română"), ("en", "English")]
    )


class StatementForm(LanguageForm):
    """The period of a statement of account; both days count."""

    first = DayField(label=_("From"), help_text=_("First day, for example 01.10.2026"))
    last = DayField(label=_("Until"), help_text=_("Last day; it counts too"))

    field_order = ["first", "last", "language"]

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """today: local day; a statement of days to come would say nothing true."""
        self.today = today
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if last and last > self.today:
            self.add_error("last", _("The last day must be today or earlier"))
        if first and last and first > last:
            self.add_error("first", _("The first day must be the last day or earlier"))
        if first and first.year < 1990:
            self.add_error("first", WRONG_DAY)
        return given
