"""Run the command line with ``python -m xlmeso``."""

from xlmeso.cli.main import main

if __name__ == "__main__":
    main()
