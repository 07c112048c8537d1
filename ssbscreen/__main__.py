"""`python -m ssbscreen` is the command line."""

from ssbscreen.cli.main import main

if __name__ == "__main__":
    main()
