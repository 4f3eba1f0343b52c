"""From a script's parameters and tls.cfg to a `DomainTable`, with every problem on the way said at once.

Read `parameters` (every setting there is), `rows` (the domains that a configuration names), `table` (how they become
the table), `domain` (how one of them is loaded), and what that needs: `protocol`, `own`, `verification`, `staple`.
"""
