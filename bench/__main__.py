"""`python -m bench`, for an environment that is prepared and has servers."""

import sys

from bench.command import main

sys.exit(main())
