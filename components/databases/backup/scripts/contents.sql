-- What a database holds: a line of JSON for each table, with its rows and a checksum over them that does not depend on
-- their order. Run before a dump in its snapshot, and after a restore; equal lines mean equal contents.
-- With the variable rows_only the rows alone, which is many times faster.
-- What decides how a value is written is pinned; names are resolved in pg_catalog alone.
SET search_path = pg_catalog;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET bytea_output = 'hex';
SET xmlbinary = 'base64';
SET extra_float_digits = 1;
SET row_security = off;

\set checksum ', ''checksum'', coalesce(sum(hashtextextended((each.*)::text, 0)::numeric), 0)::text'
\if :{?rows_only}
\set checksum ''
SET jit = off;  -- compiling takes longer than it saves
\endif

SELECT format(
    'SELECT json_build_object(''table'', %L, ''rows'', count(*)' || :'checksum' || ') FROM ONLY %I.%I AS each',
    quote_ident(nspname) || '.' || quote_ident(relname), nspname, relname)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND relpersistence <> 't' AND nspname <> 'information_schema' AND nspname !~ '^pg_'
    AND NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
ORDER BY nspname, relname
\gexec

-- Large objects as one more line, when there are any.
SELECT 'SELECT json_build_object(''table'', ''large objects'', ''rows'', count(*), ''checksum'', '
    'sum(oid::bigint * 31 + (''x'' || substr(md5(lo_get(oid)), 1, 15))::bit(60)::bigint::numeric)::text) '
    'FROM pg_largeobject_metadata'
WHERE EXISTS (SELECT FROM pg_largeobject_metadata)
\gexec
