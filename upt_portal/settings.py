"""Settings, read from the environment; `.env.example` lists every variable with a line."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
import pghistory
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

RUN_DIR = Path(env.str("RUN_DIR", default=str(BASE_DIR / ".run")))
DEBUG = env.bool("DEBUG", default=False)
# A fixed key is acceptable only for a server bound to loopback; `check --deploy` complains about it.
SECRET_KEY = env.str("SECRET_KEY", default="insecure-development-key-of-the-portal-not-for-real-servers")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SITE_URL = env.str("SITE_URL", default="http://localhost:8000")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE = env.bool("SECURE", default=SITE_URL.startswith("https://"))


def _derived(purpose: str) -> str:
    """A development key drawn from SECRET_KEY; real servers set their own keys."""
    digest = hashlib.sha256(f"{purpose}:{SECRET_KEY}".encode()).digest()
    return base64.b64encode(digest).decode()


# "id:base64,id2:base64": the first encrypts, all decrypt.
FIELD_KEYS = env.str("FIELD_KEYS", default=f"dev:{_derived('field')}")
BLIND_INDEX_KEY = env.str("BLIND_INDEX_KEY", default=_derived("blind-index"))

INSTALLED_APPS = [
    "upt_portal.kernel",
    "upt_portal.accounts",
    "studentrecords",
    "fees",
    "contracting",
    "admissions",
    "counseling",
    "upt_portal.demo",
    "upt_portal.adminapp.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "csp",
    "pgtrigger",
    "pghistory",
    "import_export",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "upt_portal.accounts.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "upt_portal.accounts.middleware.PrivatePagesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "upt_portal.accounts.middleware.SecondFactorMiddleware",
    "upt_portal.accounts.middleware.HistoryContextMiddleware",
]

ROOT_URLCONF = "upt_portal.urls"
WSGI_APPLICATION = "upt_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "upt_portal.context.portal",
            ],
            "builtins": ["upt_portal.kernel.templatetags.ui", "upt_portal.kernel.templatetags.formats"],
        },
    },
]

_database = env.db_url("DATABASE_URL", default="postgres://portal@127.0.0.1:5432/portal")
# Gunicorn's threads share a pool; Celery processes and the command line keep one connection each.
if env.bool("DATABASE_POOL", default=False):
    _database["OPTIONS"] = {
        **_database.get("OPTIONS", {}),
        "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=6)},
    }
else:
    _database["CONN_MAX_AGE"] = 60
    _database["CONN_HEALTH_CHECKS"] = True
# The busiest statements are planned once a connection (kernel.compiled); 0 where a pooler forbids it.
_database.setdefault("OPTIONS", {})["prepare_threshold"] = env.int("DATABASE_PREPARE", default=2) or None
DATABASES = {"default": _database}

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "upt_portal.kernel.keptcache.KeptRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "portal",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# In a signed cookie: a confirmation costs no write to the session.
MESSAGE_STORAGE = "django.contrib.messages.storage.fallback.FallbackStorage"

# ---- words, time -----------------------------------------------------------------------------------
LANGUAGE_CODE = "ro"
LANGUAGES = [("ro", _("Romanian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Bucharest"
LANGUAGE_COOKIE_NAME = "language"
FORMAT_MODULE_PATH = ["upt_portal.kernel.formats"]

# ---- files -----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static", BASE_DIR / "build" / "static"]
(BASE_DIR / "build" / "static").mkdir(parents=True, exist_ok=True)

_s3_bucket = env.str("S3_BUCKET", default="")
if _s3_bucket:
    _private: dict[str, Any] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": _s3_bucket,
            "endpoint_url": env.str("S3_ENDPOINT", default=None),
            "access_key": env.str("S3_ACCESS_KEY", default=None),
            "secret_key": env.str("S3_SECRET_KEY", default=None),
            "region_name": env.str("S3_REGION", default="eu-central-1"),
            "addressing_style": "path",
            "default_acl": None,
            "querystring_auth": True,
            "querystring_expire": 60,
            "file_overwrite": False,
        },
    }
else:
    _private = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env.str("PRIVATE_FILES", default=str(RUN_DIR / "private")),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }
STORAGES = {
    "default": _private,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Counted while they arrive; a larger file reaches the form as its name and size only.
FILE_UPLOAD_HANDLERS = ["upt_portal.kernel.upload_handler.CappedUploadHandler"]
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=5 * 1024 * 1024)
UPLOAD_QUOTA_BYTES = env.int("UPLOAD_QUOTA_BYTES", default=200 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
CLAMD_URL = env.str("CLAMD_URL", default="")

# ---- security --------------------------------------------------------------------------------------
# The hosted card page is reached by a redirect after a POST, so the provider stands in form-action.
PAYMENT_ORIGINS = env.list("PAYMENT_ORIGINS", default=["https://checkout.stripe.com"])
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF, *PAYMENT_ORIGINS],
        "frame-ancestors": [SELF],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if SECURE:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31536000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "studentrecords.queries.activation.PersonalNumbersValidator"},
]

# ---- accounts (django-allauth) ---------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["upt_portal.accounts.backends.PortalBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "upt_portal.accounts.adapter.PortalAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 2 / 24
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # the other sign-ins end by themselves, this one stays (REC-020)
ACCOUNT_FORMS = {"reset_password": "upt_portal.accounts.forms.ResetForm"}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "upt_portal.accounts.tokens.ResetTokens"  # noqa: S105  a class
# What the portal counts itself, by parameters, is not counted a second time (accounts/limits.py).
ACCOUNT_RATE_LIMITS = {"reset_password": "300/m/ip", "login": "300/m/ip"}
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"
PASSWORD_RESET_TIMEOUT = 86400  # the longest that the parameter RESET_TTL, which decides, may be set to
# "required": staff set up a second factor before anything else; "offered": as students, they may.
STAFF_SECOND_FACTOR = env.str("STAFF_SECOND_FACTOR", default="required" if SECURE else "offered")
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
MFA_TOTP_ISSUER = "UPT"
USERSESSIONS_TRACK_ACTIVITY = False
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
STUDENT_EMAIL_DOMAIN = env.str("STUDENT_EMAIL_DOMAIN", default="student.upt.ro")
# Sign-in with the university's own accounts (OpenID Connect); without a client it is not offered.
OIDC_DOMAIN = env.str("OIDC_DOMAIN", default=STUDENT_EMAIL_DOMAIN)
OIDC_TENANT = env.str("OIDC_TENANT", default="")
SOCIALACCOUNT_ADAPTER = "upt_portal.accounts.institution.InstitutionAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if env.str("OIDC_CLIENT_ID", default=""):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "institution",
                "name": env.str("OIDC_NAME", default="UPT"),
                "client_id": env.str("OIDC_CLIENT_ID"),
                "secret": env.str("OIDC_CLIENT_SECRET", default=""),
                "settings": {"server_url": env.str("OIDC_SERVER_URL")},
            }
        ],
    }

# ---- mail ------------------------------------------------------------------------------------------
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:  # development: a folder of .eml files that can be opened and read
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(RUN_DIR / "mail")
EMAIL_TIMEOUT = 10
# Who helps with signing in; stands on the sign-in page (REC-022).
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="suport.portal@upt.example")
#: Portals of others in the student's menu; an empty address leaves the entry out (REC-030, REC-463).
EXTERNAL_LINKS = {
    "mail": env.str("MAIL_PORTAL_URL", default="https://outlook.office.com/"),
    "elearning": env.str("ELEARNING_URL", default="https://cv.upt.ro/"),
    "library": env.str("LIBRARY_URL", default="https://library.upt.ro/"),
    "counselling": env.str("COUNSELLING_URL", default=""),
}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Portalul studentului UPT <portal@upt.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# ---- card payments ---------------------------------------------------------------------------------
STRIPE_API_KEY = env.str("STRIPE_API_KEY", default="sk_test_sandbox")
STRIPE_API_BASE = env.str(
    "STRIPE_API_BASE",
    default="http://127.0.0.1:8440" if STRIPE_API_KEY == "sk_test_sandbox" else "https://api.stripe.com",
)
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="whsec_sandbox")

# ---- papers ----------------------------------------------------------------------------------------
PAPER_SEAL_PKCS12 = env.str("PAPER_SEAL_PKCS12", default="")
PAPER_SEAL_PASSWORD = env.str("PAPER_SEAL_PASSWORD", default="")
INSTITUTION_NAME = env.str("INSTITUTION_NAME", default="Universitatea Politehnica Timișoara")
INSTITUTION_NAME_EN = env.str("INSTITUTION_NAME_EN", default="Politehnica University Timișoara")
INSTITUTION_COUNTRY = env.str("INSTITUTION_COUNTRY", default="RO")
# By this name of the web other universities know it (SCHAC).
INSTITUTION_SCHAC = env.str("INSTITUTION_SCHAC", default="upt.ro")

# ---- celery ----------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL)
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A broker that is down must not hold a click: the row is the task, the broker only rings the bell.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "visibility_timeout": 3600,
    # Two steps: what somebody waits for, and what is made for many at once (kernel.bell).
    "priority_steps": [0, 9],
    "queue_order_strategy": "priority",
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"kernel.run_job": {"queue": "default"}}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "accounts-states": {"task": "accounts.follow_states", "schedule": 60.0},
    "outbox-sweep": {"task": "kernel.sweep_outbox", "schedule": 30.0},
    "jobs-sweep": {"task": "kernel.sweep_jobs", "schedule": 30.0},
    "trace-seal": {"task": "kernel.seal_trace", "schedule": crontab(minute=7)},
    "held-files": {"task": "kernel.scan_held_files", "schedule": 60.0},
    "stray-files": {"task": "kernel.sweep_stray_files", "schedule": crontab(hour=3, minute=41)},
    "admissions-drafts": {"task": "admissions.close_drafts", "schedule": 60.0},
    "contracting-deadlines": {"task": "contracting.pass_deadlines", "schedule": 60.0},
    "contracting-reminders": {"task": "contracting.send_reminders", "schedule": crontab(minute="*/15")},
    "records-moving-files": {
        "task": "studentrecords.forget_moving_files",
        "schedule": crontab(hour=3, minute=17),
    },
    "records-leavers": {"task": "studentrecords.close_accounts", "schedule": crontab(hour=3, minute=17)},
    "records-catalogues": {"task": "studentrecords.follow_catalogues", "schedule": 60.0},
    "records-documents": {"task": "studentrecords.flag_late_documents", "schedule": crontab(minute=4)},
    "records-appeals": {"task": "studentrecords.follow_appeals", "schedule": 60.0},
    "fees-reconcile": {"task": "fees.reconcile_cards", "schedule": 300.0},
    "fees-money-back": {"task": "fees.reconcile_money_back", "schedule": 300.0},
    "fees-proof": {"task": "fees.prove_days", "schedule": crontab(hour=2, minute=30)},
    "fees-overdue": {"task": "fees.mark_overdue", "schedule": crontab(minute=5)},
    # in office hours, when somebody can be asked
    "fees-debts": {"task": "fees.follow_debts", "schedule": crontab(minute=20, hour="9-16")},
    "fees-reminders": {"task": "fees.send_reminders", "schedule": crontab(minute="*/15")},
    # every hour, so that a missed midnight is caught up; once a day there is something to do
    "fees-penalties": {"task": "fees.post_penalties", "schedule": crontab(minute=1)},
    "fees-requests": {"task": "fees.follow_requests", "schedule": 60.0},
    "fees-presentations": {"task": "fees.follow_presentations", "schedule": crontab(hour=4, minute=12)},
    "fees-open-year": {"task": "fees.open_year", "schedule": crontab(minute=2)},
}

# Demonstrations may move the portal's clock; zero elsewhere.
CLOCK_OFFSET_DAYS = env.int("CLOCK_OFFSET_DAYS", default=0)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # Stripe's requests name the pages on which cards are typed; the others tell every step of a paper.
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("stripe", "weasyprint", "fontTools", "pyhanko", "pyhanko_certvalidator")
    },
}

IMPORT_EXPORT_USE_TRANSACTIONS = True
PGHISTORY_APPEND_ONLY = True
# A history is read by its row only; every other index would be kept for nothing on each act.
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)
PGHISTORY_CONTEXT_FIELD = pghistory.ContextForeignKey(null=True, db_index=False)
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(db_index=True)
PGHISTORY_DEFAULT_TRACKERS = None
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
VERSION = "0.1"
SILENCED_SYSTEM_CHECKS = ["mfa.W001"]
