"""The only place that talks to Redis or Valkey: keys, connection, function library, embedded server.

Everything above calls the typed methods of `library.Library`; no other package formats a key, names a function or
imports the redis client.
"""
