"""QtCore objects without widgets: everything the window talks to."""
