"""What the gateway can say about controls by itself, one kind of fact a file. Says nothing it did not see.

What passes the gateway is all it knows: a confirmation covers the things it names, and no traffic is no evidence.
"""
