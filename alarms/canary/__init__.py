"""The synthetic canary (L4): a press of nobody that proves every few minutes that the chain carries."""
