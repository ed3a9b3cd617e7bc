"""`python -m xinzhi …` is `xinzhi …`."""

import sys

from xinzhi.cli import main

if __name__ == "__main__":
    sys.exit(main())
