"""The demonstration university as an app, so that its commands are found; it has no tables."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "upt_portal.demo"
    label = "demo"
