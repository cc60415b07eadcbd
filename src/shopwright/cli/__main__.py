"""`python -m shopwright.cli` is the command `shopwright`."""

from shopwright.cli import main

main()
