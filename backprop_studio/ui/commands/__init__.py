"""What the window's actions do, by menu; ``ui/action_table`` names these methods."""
