"""Pages and API, served by granian's WSGI workers."""

import multiprocessing
import os
import signal

from django.core.wsgi import get_wsgi_application

from config.postgres import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
if (master := multiprocessing.parent_process()) and master.pid:
    # A worker of granian whose master was killed would keep the port.
    die_with_parent(master.pid, signal.SIGKILL)
application = get_wsgi_application()
