"""The picture of a hospital's network over its model: pure, the same values give the same bytes. Judges nothing.

`scene` says what is to be seen, `places` where roles stand, `routes` how lines run between them, `draw` makes the SVG.
"""
