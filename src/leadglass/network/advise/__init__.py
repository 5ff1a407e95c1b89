"""Advice that follows from a comparison: what to do first, which gateways go, which VPN for whom. Changes nothing."""
