"""The voice of `words`: Django's translations, in the language of the request or the mail."""

from django.conf import settings
from django.utils import translation


class DjangoVoice:
    """Translates with the catalogs of the rooms."""

    def one(self, msgid: str) -> str:
        return translation.gettext(msgid) if msgid else ""  # the empty msgid is the catalog's header

    def many(self, singular: str, plural: str, count: int) -> str:
        return translation.ngettext(singular, plural, count)

    def language(self) -> str:
        return translation.get_language() or settings.LANGUAGE_CODE
