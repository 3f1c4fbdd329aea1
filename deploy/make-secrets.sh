#!/bin/sh
# Writes random passwords and a certificate authority of your own into deploy/secrets. Run once, before the first
# `docker compose up`. What is there already is kept. Usage: deploy/make-secrets.sh [BROKER-HOST-NAME]
set -eu
host=${1:-localhost}
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
cd secrets

password() { [ -s "$1" ] || openssl rand -hex 32 | tr -d '\n' >"$1"; }
password database_owner_password
password database_password
password mqtt_password
password devices_password

if [ ! -s tls_certificate.pem ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=Hemvakt" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -keyout tls_ca_key.pem -out tls_ca.pem 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$host" \
    -keyout tls_key.pem -out request.pem 2>/dev/null
  printf 'subjectAltName=DNS:%s,DNS:broker,DNS:localhost,IP:127.0.0.1\n' "$host" >extensions
  openssl x509 -req -in request.pem -CA tls_ca.pem -CAkey tls_ca_key.pem -CAcreateserial -days 825 \
    -extfile extensions -out tls_certificate.pem 2>/dev/null
  rm -f request.pem extensions
fi

# The gateway reads what devices say and answers them; devices the other way round. "." stands for "/" of MQTT.
# These are the topics of all device families, as SUPPORTED.md lists them.
up='"hemvakt.v1.*.up.*", "hemvakt.v1.*.status", "zigbee2mqtt", "zigbee2mqtt.>", "*.events.rpc", "*.online"'
up="$up"', "tele.*.SENSOR", "tele.*.STATE", "tele.*.LWT", "stat.*.RESULT", "esphome.*.status", "esphome.*.*.*.state"'
up="$up"', "v3.*.devices.*.up", "application.*.device.*.event.up", "application.*.device.*.event.status"'
up="$up"', "application.*.device.*.event.join", "senml", "senml.>", "home.*.BTtoMQTT.*"'
# What bridges announce of the devices behind them (Home Assistant's discovery).
up="$up"', "homeassistant.*.*.config", "homeassistant.*.*.*.config"'
[ -s broker_users.conf ] || cat >broker_users.conf <<EOF
authorization {
  users = [
    { user: "gateway", password: "$(cat mqtt_password)", allowed_connection_types: ["MQTT"], permissions: {
        subscribe: [$up, "hemvakt.ha", "hemvakt.ha.>", "\$MQTT.>"],
        publish: ["hemvakt.v1.*.down.*", "hemvakt.ha.>", "hemvakt.v1.hemvakt-canary.up.press", "\$MQTT.>"] } },
    { user: "devices", password: "$(cat devices_password)", allowed_connection_types: ["MQTT"], permissions: {
        subscribe: ["hemvakt.v1.*.down.*"],
        publish: [$up] } }
  ]
}
EOF
# The services run under other users and are handed these files one by one.
chmod 644 tls_ca.pem tls_certificate.pem tls_key.pem broker_users.conf database_password database_owner_password mqtt_password
password devices_password
chmod 700 .
