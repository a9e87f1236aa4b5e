"""How the token tagger was made: texts with spans, the network, its training and export."""
