"""`python -m cockpit` and the `cockpit` command."""

from cockpit.cli import main

if __name__ == "__main__":
    main()
