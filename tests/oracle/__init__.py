"""The language once more, the slow and obvious way: a tree walker that compiled scripts must agree with."""
