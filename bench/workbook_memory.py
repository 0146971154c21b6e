"""Previews a sent workbook in a process of its own and prints the memory it took.

`python -m bench.workbook_memory WARM-UP WORKBOOK` takes the numbers of two workbooks
and prints the peak above idle, in MB. Idle is after a small one: libraries imported,
connection open.
"""

import os
import sys
from pathlib import Path

from bench.worker_memory import memory_mb


def main(warm_up: int, workbook: int) -> int:
    """Print the peak above idle in MB; return 0 when the preview stands."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tocache.settings"
    import django

    django.setup()
    from indicators.workbooks.actions import preview_workbook

    preview_workbook(warm_up)
    idle_mb = memory_mb("VmRSS")
    # Linux: the recorded peak starts again from what is in memory now.
    Path("/proc/self/clear_refs").write_text("5")
    state = preview_workbook(workbook)
    sys.stdout.write(f"{memory_mb('VmHWM') - idle_mb:.1f}\n")
    return 0 if state == "read" else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
