"""The one error a user is meant to read."""


class ExportError(Exception):
    """What happened, to which file or value, and what to do next. Printed without a traceback."""
