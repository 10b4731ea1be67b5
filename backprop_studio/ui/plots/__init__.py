"""Plots of training; the only room that imports pyqtgraph."""
