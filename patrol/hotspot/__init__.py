"""Hotspot maps: layers, blend, pick, explanation and honest evidence; arrays in, arrays out."""
