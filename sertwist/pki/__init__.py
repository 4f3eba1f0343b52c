"""Certificates of one's own: an authority, what it issues and revokes, and a set to try the server with.

Read `authority` (signs what it is told), `names` (what it may be told), `folder` and `index` (what an authority has on
disk), `creating`, `issuing`, `crl` and `revoking` (what is done with it), then the commands (`sertwist pki`). `demo`
writes the set for trials.
"""
