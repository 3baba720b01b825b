"""`python -m operations <command>`; the Makefile names every command."""

import sys

from operations.cli import main

sys.exit(main(sys.argv[1:]))
