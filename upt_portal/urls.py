"""Every address of the portal; each one has a row in the permission table of the tests."""

from django.contrib import admin
from django.urls import include, path

from studentrecords.views import activation
from upt_portal import views
from upt_portal.kernel import views as kernel_views

urlpatterns = [
    path("", views.home, name="home"),
    path("activate/", activation.activate, name="activate"),
    path("activate/asked/", activation.asked, name="activate_asked"),
    path("", include("upt_portal.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("student/", views.choose_enrolment, name="student"),
    path("student/<int:enrolment>/", views.student_home, name="student_home"),
    path("student/<int:enrolment>/messages/", views.student_messages, name="student_messages"),
    path("student/<int:enrolment>/messages/<int:message>/", views.student_message, name="student_message"),
    path("student/<int:enrolment>/readers/", views.student_reads, name="student_reads"),
    path("student/<int:enrolment>/calendar/", views.student_calendar, name="student_calendar"),
    path("student/<int:enrolment>/", include("contracting.urls")),
    path("", include("fees.urls")),
    path("", include("studentrecords.urls")),
    path("", include("admissions.urls")),
    path("rulebook/", include("upt_portal.kernel.urls_rulebook")),
    path("verify/", kernel_views.verify_form, name="verify_form"),
    path("verify/<str:code>/", kernel_views.verify, name="verify"),
    path("calendar/<str:token>.ics", kernel_views.calendar_feed, name="calendar_feed"),
    path("jobs/<uuid:job>/", kernel_views.job_progress, name="job_progress"),
    path("healthz", kernel_views.healthz, name="healthz"),
    path("readyz", kernel_views.readyz, name="readyz"),
    path("metrics", kernel_views.metrics, name="metrics"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("admin/", admin.site.urls),
]
