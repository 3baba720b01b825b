-- The outcome of a run, for the monitoring: one row each, at most a year of them.
SET search_path = pg_catalog;
SET client_min_messages = warning;
CREATE TABLE IF NOT EXISTS public.runs (
    kind text NOT NULL,          -- backup, drill or restore
    finished timestamptz NOT NULL DEFAULT now(),
    seconds double precision NOT NULL,
    succeeded boolean NOT NULL,
    backup text NOT NULL,        -- the name of the backup that was made, tried or restored
    bytes bigint NOT NULL,       -- of the encrypted dump
    rows bigint NOT NULL,        -- in all tables
    outcome text NOT NULL        -- "success", or what went wrong
);
GRANT SELECT ON public.runs TO pg_monitor;
INSERT INTO public.runs (kind, seconds, succeeded, backup, bytes, rows, outcome)
VALUES (:'kind', :'seconds', :'outcome' = 'success', :'backup', :'bytes', :'rows', :'outcome');
DELETE FROM public.runs WHERE finished < now() - interval '1 year';
