"""`python -m farm`: the command line where no script was installed, as on a cluster's head."""

from farm.cli import main

if __name__ == "__main__":
    main()
