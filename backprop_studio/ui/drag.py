"""What is dragged between parts of the window."""

OPERATION_MIME = "application/x-backprop-studio-operation"
"""MIME type of an operation dragged from the palette; the data is the operation's name in UTF-8."""
