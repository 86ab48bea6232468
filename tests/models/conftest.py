"""One thread for the arithmetic: there is a worker a core already, and threads would wait for threads."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported
