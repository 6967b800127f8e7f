"""Addresses of a student's contracting, below /student/<enrolment>/."""

from django.urls import path

from contracting.views import changes, contract, documents, payments

app_name = "contracting"
urlpatterns = [
    path("contract/", contract.show, name="contract"),
    path("contract/totals/", contract.totals, name="totals"),
    path("contract/validate/", contract.validate, name="validate"),
    path("contract/answer/", changes.answer, name="answer"),
    path("contract/change/", changes.change_request, name="change_request"),
    path("contract/history/", contract.history, name="history"),
    path("documents/", documents.show, name="documents"),
    path("documents/<int:document>/upload/", documents.upload, name="upload"),
    path("documents/<int:document>/paper/", documents.paper, name="paper"),
    path("documents/files/<uuid:file>/", documents.file, name="file"),
    path("payments/", payments.show, name="payments"),
]
