"""The sandbox as an HTTP server: who may call what, which call meets a fault, and how it answers."""
