"""Modules: one class a SER module, and everything about it stands in that class.

Read `declare` (the class and its decorators), `host` (what the server gives to a module), `loader` (loadmodule,
modparam and global settings of a script to module objects), then any module: `sl` is the smallest.
"""
