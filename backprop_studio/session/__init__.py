"""QtCore objects without widgets: everything the window talks to."""

from backprop_studio.session.overrides import keep_exceptions_whole

keep_exceptions_whole()  # before any class is derived from one of Qt's
