"""`python -m openwado` is the command `openwado`."""

from openwado.cli.first_process import stand_aside


def main() -> None:
    """Run the command, as a child where this would be process 1 of a container."""
    stand_aside()  # before anything is imported that takes time
    from openwado.cli.main import main as command  # noqa: PLC0415 -- as said above

    command()


if __name__ == "__main__":
    main()
