"""Certificates to try and test the server with: a small authority, and the demonstration set made with it.

Read `authority` (issue and revoke), then `demo` (which files a set has), then `commands` (`sertwist pki`).
"""
