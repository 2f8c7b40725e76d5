-- Nobody writes into an environment that is not theirs, and every row says which login wrote it.
--
-- Until here a row named its space itself, and row level security asked about that word: an operator of staging could
-- put a row under a deploy of production by calling it one of staging. From here on the space is the deploy's own,
-- whatever the writer says, and a composite key holds it there. The login is the session's, and cannot be said otherwise.

-- What earlier versions let in under another space than its deploy's: kept, and out of everybody's way.
CREATE TABLE cockpit.set_aside (
  found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  from_table text NOT NULL,
  row jsonb NOT NULL
);
ALTER TABLE cockpit.set_aside ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE child text;
BEGIN
  FOREACH child IN ARRAY ARRAY['events', 'output', 'commands', 'watchers'] LOOP
    EXECUTE format('WITH gone AS (DELETE FROM cockpit.%1$I c USING cockpit.deploys d '
      'WHERE d.deploy = c.deploy AND d.space <> c.space RETURNING c.*) '
      'INSERT INTO cockpit.set_aside (from_table, row) SELECT %1$L, to_jsonb(gone) FROM gone', child);
  END LOOP;
END
$$;

ALTER TABLE cockpit.deploys ADD COLUMN login text NOT NULL DEFAULT '';   -- writes it; empty: from before this version
ALTER TABLE cockpit.events ADD COLUMN login text NOT NULL DEFAULT '';
ALTER TABLE cockpit.output ADD COLUMN login text NOT NULL DEFAULT '';
ALTER TABLE cockpit.locks ADD COLUMN login text NOT NULL DEFAULT '';
ALTER TABLE cockpit.watchers ADD COLUMN login text NOT NULL DEFAULT '';

ALTER TABLE cockpit.deploys ADD UNIQUE (deploy, space);
ALTER TABLE cockpit.events ADD FOREIGN KEY (deploy, space) REFERENCES cockpit.deploys (deploy, space) ON DELETE CASCADE;
ALTER TABLE cockpit.output ADD FOREIGN KEY (deploy, space) REFERENCES cockpit.deploys (deploy, space) ON DELETE CASCADE;
ALTER TABLE cockpit.commands ADD FOREIGN KEY (deploy, space) REFERENCES cockpit.deploys (deploy, space) ON DELETE CASCADE;
ALTER TABLE cockpit.watchers ADD FOREIGN KEY (deploy, space) REFERENCES cockpit.deploys (deploy, space) ON DELETE CASCADE;
ALTER TABLE cockpit.events DROP CONSTRAINT events_deploy_fkey;
ALTER TABLE cockpit.output DROP CONSTRAINT output_deploy_fkey;
ALTER TABLE cockpit.commands DROP CONSTRAINT commands_deploy_fkey;
ALTER TABLE cockpit.watchers DROP CONSTRAINT watchers_deploy_fkey;

-- True for who owns the schema: may do everything anyway (restore, prune, mend).
CREATE FUNCTION cockpit.is_owner() RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_catalog.pg_has_role(session_user, c.relowner, 'MEMBER') FROM pg_catalog.pg_class c
  WHERE c.oid = 'cockpit.deploys'::pg_catalog.regclass
$$;

-- The deploy's row: whose login opened it or took it over writes it, nobody else.
CREATE FUNCTION cockpit.deploy_kept() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.login := session_user;
    RETURN NEW;
  END IF;
  IF NEW.login IS DISTINCT FROM OLD.login THEN
    RETURN NEW;  -- nobody has the right to change this column but cockpit.go_on, and the owner of the schema
  END IF;
  IF NEW.epoch <> OLD.epoch THEN
    IF NEW.epoch <> OLD.epoch + 1 OR OLD.outcome IS NOT NULL THEN
      IF NOT cockpit.is_owner() THEN
        RAISE insufficient_privilege USING MESSAGE = format('deploy %s cannot be taken over like that', OLD.deploy);
      END IF;
    END IF;
    NEW.login := session_user;
    RETURN NEW;
  END IF;
  IF OLD.login = '' THEN
    NEW.login := session_user;
  ELSIF OLD.login <> session_user AND NOT cockpit.is_owner() THEN
    RAISE insufficient_privilege USING MESSAGE = format(
      'deploy %s is written by login %s, not by %s', OLD.deploy, OLD.login, session_user);
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER kept BEFORE INSERT OR UPDATE ON cockpit.deploys FOR EACH ROW EXECUTE FUNCTION cockpit.deploy_kept();

-- Events and output: the space is the deploy's, and only the login that writes the deploy adds any.
CREATE FUNCTION cockpit.record_kept() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE its_login text;
BEGIN
  SELECT d.space, d.login INTO NEW.space, its_login FROM cockpit.deploys d WHERE d.deploy = NEW.deploy;
  NEW.login := session_user;
  IF its_login NOT IN ('', session_user) AND NOT cockpit.is_owner() THEN
    RAISE insufficient_privilege USING MESSAGE = format(
      'deploy %s is written by login %s, not by %s', NEW.deploy, its_login, session_user);
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER kept BEFORE INSERT ON cockpit.events FOR EACH ROW EXECUTE FUNCTION cockpit.record_kept();
CREATE TRIGGER kept BEFORE INSERT ON cockpit.output FOR EACH ROW EXECUTE FUNCTION cockpit.record_kept();

CREATE FUNCTION cockpit.command_asked() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT d.space INTO NEW.space FROM cockpit.deploys d WHERE d.deploy = NEW.deploy;
  NEW.by_login := session_user;
  NEW.asked_at := clock_timestamp();
  RETURN NEW;
END
$$;
CREATE TRIGGER asked BEFORE INSERT ON cockpit.commands FOR EACH ROW EXECUTE FUNCTION cockpit.command_asked();

-- Who writes the deploy takes commands and answers them; who asked may take back what nobody has taken; once.
CREATE FUNCTION cockpit.command_answered() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF cockpit.is_owner() THEN
    RETURN NEW;
  END IF;
  IF OLD.answered_at IS NULL THEN
    IF EXISTS (SELECT FROM cockpit.deploys d WHERE d.deploy = OLD.deploy AND d.login IN ('', session_user)) THEN
      RETURN NEW;
    END IF;
    IF OLD.by_login = session_user AND OLD.taken_at IS NULL AND NEW.taken_at IS NULL AND NEW.refusal IS NOT NULL THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE insufficient_privilege USING MESSAGE = format('command %s is not for %s to answer', OLD.command, session_user);
END
$$;
CREATE TRIGGER answered BEFORE UPDATE ON cockpit.commands FOR EACH ROW EXECUTE FUNCTION cockpit.command_answered();

CREATE FUNCTION cockpit.watcher_seen() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT d.space INTO NEW.space FROM cockpit.deploys d WHERE d.deploy = NEW.deploy;
  NEW.login := session_user;
  NEW.seen_at := clock_timestamp();
  RETURN NEW;
END
$$;
CREATE TRIGGER seen BEFORE INSERT OR UPDATE ON cockpit.watchers FOR EACH ROW EXECUTE FUNCTION cockpit.watcher_seen();
DROP POLICY present ON cockpit.watchers;
CREATE POLICY seen ON cockpit.watchers FOR SELECT USING (space = ANY ((SELECT cockpit.my_spaces('watcher'))::integer[]));
CREATE POLICY came ON cockpit.watchers FOR INSERT
  WITH CHECK (space = ANY ((SELECT cockpit.my_spaces('watcher'))::integer[]));
CREATE POLICY stays ON cockpit.watchers FOR UPDATE
  USING (login = session_user AND space = ANY ((SELECT cockpit.my_spaces('watcher'))::integer[]));
CREATE POLICY leaves ON cockpit.watchers FOR DELETE USING (login = session_user);

-- The lock of a deploy that is open belongs to the login that writes it; no lock names a deploy of another space.
CREATE FUNCTION cockpit.lock_kept() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE its_login text;
BEGIN
  IF NOT cockpit.is_owner() THEN
    IF OLD.kind = 'deploy' THEN
      SELECT d.login INTO its_login FROM cockpit.deploys d
        WHERE d.deploy = OLD.deploy AND d.space = OLD.space AND d.outcome IS NULL;
      IF its_login NOT IN ('', session_user) THEN
        RAISE insufficient_privilege USING MESSAGE = format(
          'the lock is held by deploy %s, which login %s writes, not %s', OLD.deploy, its_login, session_user);
      END IF;
    END IF;
    IF NEW.epoch <> OLD.epoch + 1 THEN
      RAISE insufficient_privilege USING MESSAGE = 'a lock changes hands one at a time';
    END IF;
    IF EXISTS (SELECT FROM cockpit.deploys d WHERE d.deploy = NEW.deploy AND d.space <> NEW.space) THEN
      RAISE insufficient_privilege USING MESSAGE = format('deploy %s is one of another environment', NEW.deploy);
    END IF;
  END IF;
  NEW.login := session_user;
  RETURN NEW;
END
$$;
CREATE TRIGGER kept BEFORE UPDATE ON cockpit.locks FOR EACH ROW EXECUTE FUNCTION cockpit.lock_kept();

-- The same engine under a new login (a password manager that gives out logins for an hour): gives the one before. Who
-- wrote in between is found by that, and by the chain.
CREATE FUNCTION cockpit.go_on(its_deploy text, its_owner text, its_epoch bigint) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE before text;
BEGIN
  SELECT d.login INTO before FROM cockpit.deploys d
    WHERE d.deploy = its_deploy AND d.owner = its_owner AND d.epoch = its_epoch
      AND d.space = ANY (cockpit.my_spaces('operator')) FOR UPDATE;
  IF before IS NULL THEN
    RAISE insufficient_privilege USING MESSAGE = format('%s may not write deploy %s', session_user, its_deploy);
  END IF;
  UPDATE cockpit.deploys SET login = session_user WHERE deploy = its_deploy;
  RETURN before;
END
$$;

-- As before, but for a login that is gone: it may not act, and must not end in an error for everybody's commands.
CREATE OR REPLACE FUNCTION cockpit.may_act(login name, its_space integer) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM pg_catalog.pg_roles l, cockpit.spaces s, cockpit.members m
      JOIN pg_catalog.pg_roles r ON r.rolname = m.member
    WHERE l.rolname = login AND s.space = its_space AND m.role = 'operator'
      AND pg_catalog.pg_has_role(l.oid, r.oid, 'MEMBER')
      AND m.project IN ('*', s.project) AND m.environment IN ('*', cockpit.environment_of(s.environment)))
$$;

-- May this login see what goes on there? Where it may not, nothing that it does not see is free.
CREATE FUNCTION cockpit.may_see(its_project text, its_environment text) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT cockpit.is_owner() OR EXISTS (
    SELECT FROM cockpit.members m JOIN pg_catalog.pg_roles r ON r.rolname = m.member
    WHERE pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER')
      AND m.project IN ('*', its_project) AND m.environment IN ('*', cockpit.environment_of(its_environment)))
$$;

REVOKE ALL ON FUNCTION cockpit.may_see(text, text), cockpit.is_owner(), cockpit.deploy_kept(), cockpit.record_kept(), cockpit.command_asked(),
  cockpit.command_answered(), cockpit.watcher_seen(), cockpit.lock_kept(), cockpit.go_on(text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cockpit.may_see(text, text) TO cockpit_watcher, cockpit_operator;
GRANT EXECUTE ON FUNCTION cockpit.go_on(text, text, bigint) TO cockpit_operator;
