"""`python -m symkan` is the console script `symkan`."""

from symkan.cli import main

if __name__ == "__main__":
    main()
