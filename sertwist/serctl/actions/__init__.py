"""What the commands do; each function takes the `Program` and what was given, and returns an exit status."""
