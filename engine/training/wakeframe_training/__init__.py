"""Training of `mini`, the motion-field model that ships inside Wakeframe."""
