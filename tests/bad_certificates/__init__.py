"""The bad certificates of the reference (tls 11.1), made and with what must become of each."""
