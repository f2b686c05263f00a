"""The picture of the statistics. Numbers come in, a PNG goes out."""
