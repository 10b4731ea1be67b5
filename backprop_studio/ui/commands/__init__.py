"""What the window's actions do, by menu; ``ui/actions.py`` names these methods."""
