-- The empty database for a restore: owner, encoding, locale, limits, settings and grants of the original. What an
-- earlier attempt left half-way, known by its mark, goes first.
SET search_path = pg_catalog;
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :"target" WITH (FORCE);
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L CONNECTION LIMIT %s',
    :'target', pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype, datconnlimit)
FROM pg_database WHERE datname = :'database'
\gexec
COMMENT ON DATABASE :"target" IS :'mark';
REVOKE ALL ON DATABASE :"target" FROM PUBLIC;
SELECT format('GRANT %s ON DATABASE %I TO %s', privilege_type, :'target',
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
FROM pg_database, aclexplode(datacl)
WHERE datname = :'database' AND grantee <> datdba
\gexec
SELECT format('ALTER DATABASE %I SET %s = %L', :'target', split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1))
FROM pg_db_role_setting, unnest(setconfig) AS setting
WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_database WHERE datname = :'database')
\gexec
\connect :"target"
SET search_path = pg_catalog;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SELECT format('CREATE EXTENSION %I SCHEMA public', name) FROM regexp_split_to_table(:'extensions', '\s+') AS name WHERE name <> ''
\gexec
