"""Django settings. Everything that differs between two servers comes from the environment.

`DATABASE_URL`   postgres://user:password@host:port/name (the commands set it when they start the embedded server)
`GONGWEI_HOME`   folder of keys, anchors, uploads and logs; default `.gongwei` in the working directory
`GONGWEI_DEBUG`  1 shows template errors to a developer; never on a server
`GONGWEI_HOSTS`  host names separated by commas, besides the loopback names
`GONGWEI_HTTPS`  1 behind a proxy that speaks TLS: cookies are then sent over TLS only
"""

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from gongwei.catalogue.packages import programme_packages

HOME = Path(os.environ.get("GONGWEI_HOME", ".gongwei")).resolve()
#: What keeps the keys: a file; another class where a county has hardware for it. Named here, for it is asked very often.
GONGWEI_KEYRING = "gongwei.base.keys.FileKeyring"


def _secret_key() -> str:
    """Read the key that signs sessions, or make it on the first start (readable by the owner only)."""
    path = HOME / "keys" / "session.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process made it in the same moment
            return path.read_text()
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()


def database_of(url: str) -> dict[str, object]:
    """Turn DATABASE_URL into Django's form.

    Raises ImproperlyConfigured when it is missing or is no PostgreSQL address.
    """
    if not url:
        raise ImproperlyConfigured("DATABASE_URL 未设置。请用 ./gongwei 的命令启动，或先设置数据库地址。")
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL 应以 postgres:// 开头：本系统只使用 PostgreSQL。")
    options = dict(parse_qsl(parts.query))
    pool = int(os.environ.get("GONGWEI_POOL", "8"))
    kept = min(int(os.environ.get("GONGWEI_POOL_KEPT", "1")), pool)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or options.pop("host", ""),
        "PORT": str(parts.port or ""),
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "application_name": "gongwei",
            # A prepared statement is planned once on a connection; see base.prepared.
            "options": "-c plan_cache_mode=force_generic_plan",
            **options,
            # A request needs one connection at a time; the pool keeps them warm between requests.
            **({"pool": {"min_size": kept, "max_size": pool, "timeout": 10}} if pool else {}),
        },
    }


SECRET_KEY = _secret_key()
DEBUG = os.environ.get("GONGWEI_DEBUG") == "1"
ALLOWED_HOSTS = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    *filter(None, os.environ.get("GONGWEI_HOSTS", "").split(",")),
]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "gongwei.base",
    "gongwei.snapshots",
    "gongwei.places",
    "gongwei.residents",
    "gongwei.records",
    "gongwei.tasks",
    "gongwei.quality",
    "gongwei.measures",
    "gongwei.evaluation",
    "gongwei.settlement",
    *programme_packages(),
    "gongwei.interfaces.excel",
    "gongwei.interfaces.print",
    "gongwei.interfaces.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "gongwei.places.sessions.SessionCookie",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gongwei.places.sessions.SessionLife",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "gongwei.base.middleware.RequestScope",
]

ROOT_URLCONF = "gongwei.site.urls"
WSGI_APPLICATION = "gongwei.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gongwei.interfaces.web.shell.context",
            ],
            "string_if_invalid": "",
        },
    }
]

DATABASES = {"default": database_of(os.environ.get("DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "places.Account"
AUTHENTICATION_BACKENDS = ["gongwei.places.sessions.Backend"]
# What a password must be says gongwei.places.passwords, where all passwords are set.
# scrypt costs an attacker memory, and our two cores less time than Django's default.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
GONGWEI_ACTOR_RESOLVER = "gongwei.places.actors.actor_of_request"
GONGWEI_STATEMENT_TIMEOUT_MS = 15_000

SESSION_ENGINE = "gongwei.places.session_store"
SESSION_COOKIE_AGE = 12 * 3600  # absolute life; idle life is kept by places.sessions
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "gongwei.interfaces.web.kept.csrf_failure"  # keeps what was typed
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("GONGWEI_HTTPS") == "1"
if SESSION_COOKIE_SECURE:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
# More than one at a time, so that a long job does not keep the sealing of the audit trail waiting.
PROCRASTINATE_WORKER_DEFAULTS = {"concurrency": 4, "delete_jobs": "successful"}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"no_personal_data": {"()": "gongwei.base.logs.WithoutPersonalData"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["no_personal_data"]}
    },
    "root": {"handlers": ["console"], "level": os.environ.get("GONGWEI_LOG_LEVEL", "WARNING")},
    "loggers": {"django.request": {"level": "ERROR"}},
}
