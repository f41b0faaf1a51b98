"""The command line, with processes of tables that do what the table says."""

from symkan.batch import runner
from symkan.cli import main

if __name__ == "__main__":
    runner.CHILD = "stub_child"
    main()
