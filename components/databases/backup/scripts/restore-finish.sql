-- The restored database is whole from here on.
SELECT format('COMMENT ON DATABASE %I IS %L', :'target', 'restored from backup ' || :'backup')
\gexec
