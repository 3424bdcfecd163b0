"""Gateways and devices that tell where a camera's stream is, and which cameras they have."""
