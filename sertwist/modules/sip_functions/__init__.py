"""Script functions that several modules have had over the years: each part is a mixin of theirs."""
