from django.urls import URLPattern, URLResolver

app_name = "contracting"
urlpatterns: list[URLPattern | URLResolver] = []
