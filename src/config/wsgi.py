"""Pages and API, served by granian's WSGI workers."""

import os
import signal

from django.core.wsgi import get_wsgi_application

from config.postgres import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# A worker whose master was killed would keep the port.
die_with_parent(signal.SIGKILL)
application = get_wsgi_application()
