"""Keeps the libraries from talking while they are used as they should be."""

import warnings

import diffusers
import transformers


def quiet() -> None:
    """Errors only, no progress bars."""
    warnings.filterwarnings("ignore", category=FutureWarning)
    for library in (diffusers, transformers):
        library.logging.set_verbosity_error()
        library.logging.disable_progress_bar()
