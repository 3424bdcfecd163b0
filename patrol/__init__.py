"""Patrol and surveillance coordination for a county police command centre."""
