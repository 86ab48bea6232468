"""Entry point of the command `uproar` and of `python -m monitor`."""


def main() -> None:
    """Run the command line; a mistake of the user ends with one line and its exit code, not a traceback."""
    from monitor.cli import app
    from monitor.cli.session import reported

    with reported():
        app()


if __name__ == "__main__":
    main()
