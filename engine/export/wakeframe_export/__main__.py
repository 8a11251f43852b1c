"""python -m wakeframe_export"""

import os
import sys

# Progress bars of the libraries would bury the exporter's own lines.
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

from .command import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
