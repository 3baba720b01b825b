-- The restored database takes the original's name; the original stays beside it until someone drops it.
SET search_path = pg_catalog;
SELECT :'database' || '_before_' || lower(:'stamp') AS kept \gset
ALTER DATABASE :"database" ALLOW_CONNECTIONS false;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (:'database', :'target') \g (format=unaligned) /dev/null
BEGIN;
SELECT format('ALTER DATABASE %I RENAME TO %I', :'database', left(:'kept', 63)) \gexec
SELECT format('ALTER DATABASE %I RENAME TO %I', :'target', :'database') \gexec
SELECT format('COMMENT ON DATABASE %I IS %L', :'database', 'restored from backup ' || :'backup') \gexec
COMMIT;
\echo the original is kept as :kept
