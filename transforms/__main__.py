"""`python -m transforms COMMAND`, the same as the command `transforms`."""

import sys

from transforms.cli.main import main

sys.exit(main())
