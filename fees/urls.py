"""Addresses of the fees room."""

from django.urls import path

from fees import views

app_name = "fees"
urlpatterns = [
    path("student/<int:enrolment>/financial/", views.financial, name="financial"),
    path("student/<int:enrolment>/pay/", views.pay, name="pay"),
    path("student/<int:enrolment>/pay/return/", views.return_page, name="return"),
    path("student/<int:enrolment>/receipts/<int:payment>/", views.receipt, name="receipt"),
    path("student/<int:enrolment>/receipts/<int:payment>/pdf/", views.receipt_pdf, name="receipt_pdf"),
    path("student/<int:enrolment>/receipts/<int:payment>/mail/", views.receipt_mail, name="receipt_mail"),
    path("webhooks/stripe/", views.webhook, name="webhook"),
]
