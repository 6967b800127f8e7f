"""The kernel as an app: gives the words a voice, lets overrides of parameters be noticed."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KernelConfig(AppConfig):
    name = "upt_portal.kernel"
    label = "kernel"
    verbose_name = _("Common to all offices")

    def ready(self) -> None:
        from upt_portal.kernel import overrides, voice, words  # models are ready only now

        words.speak_with(voice.DjangoVoice())
        overrides.connect()
