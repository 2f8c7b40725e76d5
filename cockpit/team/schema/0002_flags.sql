-- The second version: rollouts of flags have a space of their own (`production/flag:checkout`), with a lock of its own,
-- so that days of a rollout keep no deploy out. Who may do something in an environment may do it with its flags.

CREATE FUNCTION cockpit.environment_of(its_space text) RETURNS text
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_catalog.split_part(its_space, '/flag:', 1)
$$;

CREATE OR REPLACE FUNCTION cockpit.my_spaces(wanted text) RETURNS integer[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(s.space), '{}') FROM cockpit.spaces s WHERE EXISTS (
    SELECT FROM cockpit.members m JOIN pg_catalog.pg_roles r ON r.rolname = m.member
    WHERE pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER')
      AND m.project IN ('*', s.project) AND m.environment IN ('*', cockpit.environment_of(s.environment))
      AND (m.role = 'operator' OR m.role = wanted))
$$;

CREATE OR REPLACE FUNCTION cockpit.may_act(login name, its_space integer) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM cockpit.spaces s, cockpit.members m JOIN pg_catalog.pg_roles r ON r.rolname = m.member
    WHERE s.space = its_space AND m.role = 'operator' AND pg_catalog.pg_has_role(login, r.oid, 'MEMBER')
      AND m.project IN ('*', s.project) AND m.environment IN ('*', cockpit.environment_of(s.environment)))
$$;

CREATE OR REPLACE FUNCTION cockpit.space_of(its_project text, its_environment text) RETURNS integer
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE found_space integer;
BEGIN
  IF NOT EXISTS (
    SELECT FROM cockpit.members m JOIN pg_catalog.pg_roles r ON r.rolname = m.member
    WHERE pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER') AND m.role = 'operator'
      AND m.project IN ('*', its_project) AND m.environment IN ('*', cockpit.environment_of(its_environment))) THEN
    RAISE insufficient_privilege USING MESSAGE = pg_catalog.format(
      '%s is no operator of %s in %s', session_user, its_environment, its_project);
  END IF;
  INSERT INTO cockpit.spaces (project, environment) VALUES (its_project, its_environment)
    ON CONFLICT (project, environment) DO NOTHING;
  SELECT space INTO found_space FROM cockpit.spaces
    WHERE project = its_project AND environment = its_environment;
  INSERT INTO cockpit.locks (space) VALUES (found_space) ON CONFLICT (space) DO NOTHING;
  RETURN found_space;
END
$$;

REVOKE ALL ON FUNCTION cockpit.environment_of(text) FROM PUBLIC;
