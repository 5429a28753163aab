"""A frame as a picture, in the words and the order of PS3.4 N.2; pure."""
