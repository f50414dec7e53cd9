"""Django settings. What differs between machines comes from the environment (set by ``config.cli``):

HUYUAN_DATA          state directory: uploaded files, collected assets
HUYUAN_KEYS          directory of the keys; `serve` wants it outside the state directory
DATABASE_URL         the application's role; never the owner of the tables (``config.roles`` refuses)
DATABASE_OWNER_URL   the role that migrates, same database
HUYUAN_URL           the address that users type, for links in messages that leave the house
HUYUAN_ASSETS        "collected": serve hashed, compressed assets from the state directory
HUYUAN_PROXIES       addresses of the proxies in front, whose X-Forwarded-* is believed
HUYUAN_MONITORS      addresses that may read /metrics and /healthz/ready
HUYUAN_LEVEL         protection level of GB/T 22239 (2 or 3) that passwords and sign-ins follow
HUYUAN_SECOND_FACTOR posts that need a second factor, "admin,bureau-officer"; "*": all; empty: none
HUYUAN_SIGN_IN       file of enterprise sign-ins (OIDC) and of the text message gateway
"""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from config import database
from huyuan.orgs.rules import LEVELS

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
    "cases",
    "perimeter",
    "risks",
    "reports",
    "portal",
)


def secret_key(keys: Path) -> str:
    """The key of this installation, made once; there is no default that two installations could share."""
    path = keys / "secret-key"
    if not path.exists():
        keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text()


def listed(name: str, default: str = "") -> tuple[str, ...]:
    """A setting of several words, separated by commas."""
    return tuple(word.strip() for word in os.environ.get(name, default).split(",") if word.strip())


# Checks and tests run without a state directory: they get a key that dies with the process.
HUYUAN_DATA = os.environ.get("HUYUAN_DATA", "")
DATA_DIR = Path(HUYUAN_DATA) if HUYUAN_DATA else ROOT / ".huyuan"
# `run` keeps its keys beside its sample data; real people's data want them elsewhere.
KEYS_DIR = Path(os.environ.get("HUYUAN_KEYS") or DATA_DIR / "keys")
SECRET_KEY = secret_key(KEYS_DIR) if HUYUAN_DATA else secrets.token_urlsafe(50)
PACKS_DIR = ROOT / "packs"

DEBUG = False
# Address of this installation as its users type it; messages outside name pages by it.
PUBLIC_URL = os.environ.get("HUYUAN_URL", "").rstrip("/")
PROXIES = listed("HUYUAN_PROXIES")
MONITORS = listed("HUYUAN_MONITORS", "127.0.0.1,::1")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
if PUBLIC_URL:
    ALLOWED_HOSTS.append(urlsplit(PUBLIC_URL).hostname or "")
    CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
if PUBLIC_URL.startswith("https://"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csp",
    "procrastinate.contrib.django",
    *(f"huyuan.{package}" for package in PACKAGES),
    "sample",
]
AUTH_USER_MODEL = "orgs.Account"

MIDDLEWARE = [
    "config.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.compressing.CompressText",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PROTECTION_LEVEL = LEVELS[int(os.environ.get("HUYUAN_LEVEL", "2"))]
SECOND_FACTOR_POSTS = listed("HUYUAN_SECOND_FACTOR")
SIGN_IN_FILE = os.environ.get("HUYUAN_SIGN_IN", "")
# Beside what the protection level asks (`orgs.rules`).
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"

# Sessions live in the database alone: a cache per process would keep a signed-out session alive.
SESSION_ENGINE = "huyuan.orgs.signins"
SESSION_COOKIE_AGE = int(PROTECTION_LEVEL.idle.total_seconds())
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

# So many seconds a page waits for figures that are out of date; then it says for how many schools they are.
FIGURES_SECONDS = 0.8

PROCRASTINATE_DATABASE_ALIAS = "default"
# Thousands of small periodic jobs a day: what went well leaves nothing behind.
PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "successful"}

# --- messages that leave the house ---
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
