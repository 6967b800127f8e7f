"""The records room as an app: its jobs and the sentences of its acts are known from the start."""

from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StudentRecordsConfig(AppConfig):
    name = "studentrecords"
    verbose_name = _("Student records")

    def ready(self) -> None:
        from studentrecords import services
        from studentrecords.queries import (
            activation,
            appeals,
            attendance,
            communication,
            exam_feed,
            exam_requests,
            grades,
            papers,
        )
        from upt_portal.kernel import desk, feeds

        for module in iter_modules(services.__path__):
            import_module(f"{services.__name__}.{module.name}")
        import_module("studentrecords.importing.moving")  # its jobs are known from the start too
        grades.ACTIONS.append(grades.Actions(appeals.links_of, appeals.stamp_of))
        feeds.register_source("studentrecords.exams", exam_feed.exams_of)
        desk.register_queues("studentrecords", activation.staff_queues)
        desk.register_queues("studentrecords.papers", papers.staff_queues)
        desk.register_queues("studentrecords.appeals", appeals.staff_queues)
        desk.register_queues("studentrecords.attendance", attendance.staff_queues)
        desk.register_queues("studentrecords.exam_requests", exam_requests.staff_queues)
        desk.register_queues("studentrecords.confidence", communication.staff_queues)
