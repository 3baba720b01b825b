-- The tables in which a restored database ($WORK/contents.json) and its backup's manifest ($MANIFEST) differ. Where only
-- rows were counted, only they are compared.
SET search_path = pg_catalog;
\set manifest `cat "$MANIFEST"`
\set contents `cat "$WORK/contents.json"`
WITH declared AS (
    SELECT entry ->> 'table' AS name, (entry ->> 'rows')::bigint AS rows, entry ->> 'checksum' AS checksum
    FROM jsonb_array_elements(:'manifest'::jsonb -> 'contents') AS entry
), found AS (
    SELECT line::jsonb ->> 'table' AS name, (line::jsonb ->> 'rows')::bigint AS rows, line::jsonb ->> 'checksum' AS checksum
    FROM regexp_split_to_table(:'contents', E'\n') AS line
    WHERE line <> ''
)
SELECT format('%s: %s when backed up, %s restored', coalesce(declared.name, found.name),
    coalesce(declared.rows || ' rows', 'absent'),
    CASE WHEN found.rows IS NULL THEN 'absent' WHEN found.rows = declared.rows THEN 'as many with other content'
         ELSE found.rows || ' rows' END)
FROM declared FULL JOIN found USING (name)
WHERE (declared.rows, declared.checksum) IS DISTINCT FROM (found.rows, coalesce(found.checksum, declared.checksum))
ORDER BY 1;
