"""Django's own commands, for developers: ``.gongwei/env/bin/python manage.py ...`` with ``DATABASE_URL`` set."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongwei.site.settings")
    execute_from_command_line(sys.argv)
