"""The tables to read: every column has a name in the reader's language."""

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.utils import translation

from contracting.admin import tables

SAME_IN_BOTH = {"total", "document", "student", "SHA-256"}


@pytest.mark.parametrize(
    "table",
    [
        tables.AnnexAdmin,
        tables.SignedFileAdmin,
        tables.ChangeRequestAdmin,
        tables.ClarificationAdmin,
        tables.StudyContractAdmin,
    ],
)
def test_every_column_is_named_in_romanian(table):
    model = next(model for model, one in admin.site._registry.items() if type(one) is table)
    shown = admin.site._registry[model]

    def names(language):
        with translation.override(language):
            return {
                name: str(label_for_field(name, model, shown)).lower()
                for name in {*shown.list_display, *shown.fields}
            }

    english, romanian = names("en"), names("ro")

    same = {label for name, label in english.items() if romanian[name] == label}
    assert same <= {word.lower() for word in SAME_IN_BOTH}


def test_the_button_that_leaves_a_page_is_not_a_decision():
    """Romanian "Închid" is what an office decides; Django's Close only leaves the page to read."""
    with translation.override("ro"):
        assert translation.gettext("Close") != "Închid"
