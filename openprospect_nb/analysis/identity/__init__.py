"""Which company is which: keys, duplicates, people met twice, suppression, overlaps and changes between deliveries."""
