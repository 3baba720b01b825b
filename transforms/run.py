"""What a driver runs: the command line of the transform core."""

import sys

from transforms.cli.main import main

sys.exit(main())
