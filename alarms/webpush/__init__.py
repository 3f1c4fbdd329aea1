"""Web push: messages that only the subscribed browser can read, handed to its maker's push service."""
