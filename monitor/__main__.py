"""Entry point of the command `uproar` and of `python -m monitor`."""

import gc


def main() -> None:
    """Run the command line; a mistake of the user ends with one line and its exit code, not a traceback."""
    # What is imported is there to stay: to look for garbage in it takes a fifth of a short command's time.
    # `session.settle` begins with that when all is there.
    gc.disable()

    from monitor.cli import app
    from monitor.cli.session import reported

    with reported():
        app()


if __name__ == "__main__":
    main()
