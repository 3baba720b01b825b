"""`python3 -m sandbox COMMAND`; the Makefile names every command."""

import sys

from sandbox.cli import main

sys.exit(main())
