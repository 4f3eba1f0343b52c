"""The audit log's settings and RPC methods, for the modules that carry management calls."""
