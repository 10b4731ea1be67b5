"""Widgets and painting; nothing that computes."""
