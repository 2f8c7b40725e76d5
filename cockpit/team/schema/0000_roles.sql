-- The two group roles that logins are put into. Roles belong to the whole server: this takes CREATEROLE once.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cockpit_watcher') THEN
    CREATE ROLE cockpit_watcher NOLOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cockpit_operator') THEN
    CREATE ROLE cockpit_operator NOLOGIN;
  END IF;
END
$$;
