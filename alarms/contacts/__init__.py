"""The ways to reach a responder: which there are, and which their owner has proved to be theirs."""
