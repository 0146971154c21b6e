"""Compares the triggers the models declare with those a migrated database has."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tocache.settings")

import django

django.setup()

from django.db import connection  # noqa: E402
from pgtrigger import registry  # noqa: E402
from pgtrigger.core import INSTALLED  # noqa: E402
from pgtrigger.installation import prunable  # noqa: E402


def faults() -> list[str]:
    """Return one line for each trigger that is not exactly as declared."""
    found = []
    for model, trigger in registry.registered():
        status, enabled = trigger.get_installation_status(model)
        if status != INSTALLED or not enabled:
            found.append(f"{trigger.get_uri(model)}: {status}, enabled: {enabled}")
    found += [f"{table}:{name}: not declared" for table, name, *_ in prunable()]
    return found


def main() -> int:
    """Migrate a scratch database, compare, then plant a fault; return the status."""
    connection.settings_dict["TEST"]["NAME"] = (
        f"check_{connection.settings_dict['NAME']}"
    )
    creation = connection.creation
    before = connection.settings_dict["NAME"]
    creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        found = faults()
        declared = list(registry.registered())
        if declared and not found:
            model, trigger = declared[0]
            trigger.uninstall(model)
            if len(faults()) != 1:
                found = ["a trigger that was taken away was not missed"]
    finally:
        creation.destroy_test_db(before, verbosity=0)
    for line in found:
        print(line)
    print(f"{len(declared)} triggers declared")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
