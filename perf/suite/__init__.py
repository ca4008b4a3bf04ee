"""The performance suite: proxies measured in turn, by the same load, in a network of their own."""
