-- After a failed change of names: the original takes connections again.
SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS true', datname) FROM pg_catalog.pg_database WHERE datname = :'database'
\gexec
