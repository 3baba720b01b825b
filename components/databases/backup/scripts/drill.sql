-- The drill's server before the restore: the original's roles, none of which can log in, its database and extensions.
SET search_path = pg_catalog;
\set manifest `cat "$MANIFEST"`
SELECT format('CREATE ROLE %I LOGIN BYPASSRLS', :'restorer')
UNION ALL SELECT format('CREATE ROLE %I NOLOGIN', name) FROM jsonb_array_elements_text(:'manifest'::jsonb -> 'roles') AS name
UNION ALL SELECT format('GRANT %I TO %I', name, :'restorer') FROM jsonb_array_elements_text(:'manifest'::jsonb -> 'roles') AS name
UNION ALL SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'manifest'::jsonb ->> 'owner')
\gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
\connect :"database"
SELECT format('CREATE EXTENSION %I', name) FROM regexp_split_to_table(:'extensions', '\s+') AS name WHERE name <> ''
\gexec
