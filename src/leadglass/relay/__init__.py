"""A relay worker: wires sockets, flow and journal together. Nothing clever here."""
