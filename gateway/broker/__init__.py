"""The broker that Hemvakt brings with it: nats-server, with an MQTT listener and a file store."""
