"""Loads a file in a process of its own and prints the memory it took at most.

`python -m bench.worker_memory WARM-UP FILE` prints the peak above idle, in MB. Idle
is after a small load: libraries imported, connection open, boundaries read once.
"""

import os
import re
import sys
from pathlib import Path


def main(warm_up: Path, path: Path) -> int:
    """Print the peak above idle in MB; return 0 when the file was published."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tocache.settings"
    import django

    django.setup()
    from indicators.loaders.alerts import load_alert_file
    from indicators.models import Load

    load_alert_file(path=warm_up, trigger=Load.Trigger.COMMAND)
    idle_mb = memory_mb("VmRSS")
    # Linux: the recorded peak starts again from what is in memory now.
    Path("/proc/self/clear_refs").write_text("5")
    load = load_alert_file(path=path, trigger=Load.Trigger.COMMAND)
    sys.stdout.write(f"{memory_mb('VmHWM') - idle_mb:.1f}\n")
    return 0 if load.state == Load.State.PUBLISHED else 1


def memory_mb(field: str) -> float:
    """Return a field of this process's memory, such as VmRSS, in MB."""
    status = Path("/proc/self/status").read_text()
    found = re.search(rf"^{field}:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise ValueError(f"/proc/self/status has no {field}")
    return int(found.group(1)) / 1024


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
