"""Measures of the shipped `wakeframe` program on photographs that `mini` was not trained on. Run by `make bench-mini`."""
