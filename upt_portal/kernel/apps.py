from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "upt_portal.kernel"
    label = "kernel"
