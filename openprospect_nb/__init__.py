"""Order companies from OpenProspect, hold them as frames, decide whom to contact, hand over a report."""
