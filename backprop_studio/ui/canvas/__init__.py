"""The graph picture: one widget that paints in layers."""
