"""What is dragged between parts of the window."""

OPERATION_MIME = "application/x-backprop-studio-operation"
"""MIME type of an operation dragged from the palette; the data is the operation's name in UTF-8."""
BLOCK_MIME = "application/x-backprop-studio-block"
"""MIME type of a block dragged from the palette; the data is the block's key in UTF-8."""
