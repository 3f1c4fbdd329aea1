#!/bin/sh
# Runs once, when the database is created: the running system may read and write rows, and change no table.
set -eu
password=$(cat /run/secrets/database_password)
psql -v ON_ERROR_STOP=1 -v password="$password" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE hemvakt LOGIN PASSWORD :'password';
GRANT CONNECT ON DATABASE hemvakt TO hemvakt;
GRANT USAGE ON SCHEMA public TO hemvakt;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO hemvakt;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO hemvakt;
SQL
