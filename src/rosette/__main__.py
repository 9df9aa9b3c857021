"""``python -m rosette`` is ``rosette``."""

from rosette.cli.main import main

main()
