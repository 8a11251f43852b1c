"""Tiny checkpoints: the true architectures, only narrow and shallow, with random weights.

A tiny checkpoint is a folder that looks like a published one, made in seconds from a committed description in `engine/export/tiny/`
and a seed. What it makes is noise, but noise that changes visibly when anything is computed wrongly: no weight is left near zero,
no output is cut off. The same seed gives the same bytes; another seed gives another checkpoint.
"""
