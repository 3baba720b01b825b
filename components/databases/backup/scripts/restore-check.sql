-- What speaks against the restore, a line each; nothing is touched.
SET search_path = pg_catalog;
SELECT format('a database called %s exists; restore under another name, or remove it first', datname)
FROM pg_database
WHERE datname = :'target' AND coalesce(shobj_description(oid, 'pg_database'), '') !~ ('^' || :'mark');
SELECT format('the server holds no database %s, so its owner and grants are not known; run the deployment first', :'database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database');
