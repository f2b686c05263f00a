"""An empty folder, and somebody who sets a shop up in it: by flags, or on a terminal."""
