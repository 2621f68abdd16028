"""`python -m pynenc.cli` is the program `pynenc`, for an interpreter whose scripts are not on the path."""

from pynenc.cli.main import main

if __name__ == "__main__":
    main()
