"""Headers value by value, which textops has had in SER 2 and textopsx since (reference language 9.5, 7.4)."""
