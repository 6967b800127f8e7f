"""The web application that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upt_portal.settings")

application = get_wsgi_application()
# What was loaded lives as long as the process: it need not be looked through again and again, and a forked
# worker shares it. Requests make few cycles, so they are looked for less often.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
