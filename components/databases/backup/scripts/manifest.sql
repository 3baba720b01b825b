-- The manifest of a backup, from the counts of contents.sql ($WORK/contents.json) and what the script knows.
SET search_path = pg_catalog;
\set contents `cat "$WORK/contents.json"`
WITH counted AS (
    SELECT line::json AS entry
    FROM regexp_split_to_table(:'contents', E'\n') AS line
    WHERE line <> ''
)
SELECT jsonb_pretty(jsonb_build_object(
    'format', 1,
    'team', :'team',
    'database', :'database',
    'name', :'name',
    'moment', :'moment',  -- of a recovered state, when that was; else empty
    'key', :'key',
    'bytes', :'bytes'::bigint,
    'sha256', :'sha256',
    'seconds', :'seconds'::bigint,
    'server', current_setting('server_version'),
    'client', :'client',
    'owner', (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()),
    'encoding', current_setting('server_encoding'),
    'size', pg_database_size(current_database()),
    'tables', (SELECT count(*) FROM counted WHERE entry ->> 'table' <> 'large objects'),
    'rows', (SELECT coalesce(sum((entry ->> 'rows')::bigint), 0) FROM counted WHERE entry ->> 'table' <> 'large objects'),
    'extensions', (SELECT coalesce(jsonb_agg(extname ORDER BY extname), '[]') FROM pg_extension WHERE extname <> 'plpgsql'),
    'roles', (SELECT jsonb_agg(rolname ORDER BY rolname) FROM pg_roles WHERE NOT rolsuper AND rolname !~ '^pg_'),
    'contents', (SELECT coalesce(jsonb_agg(entry), '[]') FROM counted)
));
