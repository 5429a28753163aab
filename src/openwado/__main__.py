"""`python -m openwado` is the command `openwado`."""

from openwado.cli.main import main

if __name__ == "__main__":
    main()
