"""The what-if view: move weights and limits, and see what is left."""
