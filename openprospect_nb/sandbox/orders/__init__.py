"""How the sandbox fulfils orders: lifecycles, packing, exclusion and the events it sends."""
