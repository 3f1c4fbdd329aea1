"""A database for processes that are killed."""

import uuid

import psycopg
import pytest


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """An empty database on the real PostgreSQL of the session."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server.format(name="postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return postgres_server.format(name=name)
