"""Management calls on their way, whatever form and way they come in.

Read `context` (what the script sees and decides), `case` (what is known of one call afterwards), `conduct` (from the
script's yes to the outcome), then `carriage` (from an HTTP request to its answer).
"""
