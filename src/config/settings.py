"""Django settings. What differs between machines comes from the environment (set by ``config.cli``):

HUYUAN_DATA          state directory: uploaded files, collected assets, the secret key
DATABASE_URL         the application's role; never the owner of the tables (``config.roles`` refuses)
DATABASE_OWNER_URL   the role that migrates, same database
HUYUAN_URL           the address that users type, for links in messages that leave the house
HUYUAN_ASSETS        "collected": serve hashed, compressed assets from the state directory
"""

import os
import secrets
from datetime import timedelta
from pathlib import Path

from config import database

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "kernel",
    "trace",
    "orgs",
    "packs",
    "registers",
    "papers",
    "notify",
    "duties",
    "reports",
    "portal",
)


def secret_key(data: Path) -> str:
    """The key of this installation, made once; there is no default that two installations could share."""
    path = data / "secret-key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text()


# Checks and tests run without a state directory: they get a key that dies with the process.
HUYUAN_DATA = os.environ.get("HUYUAN_DATA", "")
DATA_DIR = Path(HUYUAN_DATA) if HUYUAN_DATA else ROOT / ".huyuan"
SECRET_KEY = secret_key(DATA_DIR) if HUYUAN_DATA else secrets.token_urlsafe(50)
PACKS_DIR = ROOT / "packs"

DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "procrastinate.contrib.django",
    *(f"huyuan.{package}" for package in PACKAGES),
    "sample",
]
AUTH_USER_MODEL = "orgs.Account"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "huyuan.orgs.middleware.ActorMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [ROOT / "src" / "huyuan" / package / "templates" for package in PACKAGES],
        "OPTIONS": {
            "environment": "config.jinja.environment",
            "autoescape": True,
            "context_processors": ["huyuan.portal.frame.frame"],
        },
    }
]

# --- database: one, seen through two roles ---
DATABASE_ROUTERS = ["config.routers.MigrateAsOwner"]
DATABASES = {
    "default": database.parse(os.environ.get("DATABASE_URL") or f"postgresql:///{database.DATABASE}"),
    "owner": database.parse(os.environ.get("DATABASE_OWNER_URL") or f"postgresql:///{database.DATABASE}"),
}
# A connection is tried before it is lent out: the pool outlives a restart of the database.
DATABASES["default"] |= {"CONN_HEALTH_CHECKS": True}
DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 8}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- sign-in ---
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "huyuan.orgs.views.locked_out"
AXES_VERBOSE = False

# Sessions live in the database alone: a cache per process would keep a signed-out session alive.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = int(timedelta(days=7).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- what a browser may do with our pages: nothing from outside, no inline script, no inline style ---
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "huyuan.portal.views.errors.csrf_failed"

# --- language and time: instants in UTC, days in Asia/Shanghai ---
LANGUAGE_CODE = "zh-hans"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- assets and files ---
# Bytes of one request with all its photos: a form takes a few of 15 MB each (`trace.files.LIMIT`).
LARGEST_REQUEST = 150 * 1024 * 1024
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
ASSETS_COLLECTED = os.environ.get("HUYUAN_ASSETS") == "collected"
WHITENOISE_USE_FINDERS = not ASSETS_COLLECTED
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if ASSETS_COLLECTED
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}

PROCRASTINATE_DATABASE_ALIAS = "default"
# Thousands of small periodic jobs a day: what went well leaves nothing behind.
PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "successful"}

# --- messages that leave the house ---
# Address of this installation as its users type it; messages outside name pages by it.
PUBLIC_URL = os.environ.get("HUYUAN_URL", "").rstrip("/")
# May webhooks lead into private networks and go without TLS? Only in tests.
WEBHOOK_PRIVATE_ADDRESSES = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"django": {"handlers": [], "level": "WARNING", "propagate": True}},
}
