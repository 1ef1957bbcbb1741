package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	const dumped = `--
-- PostgreSQL database dump
--

\restrict 3vQ
-- Dumped from database version 15.18
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE SCHEMA public;


COMMENT ON SCHEMA public IS 'standard public schema';

--
-- Name: poke(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.poke() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
BEGIN
-- stays, as does public.this
SET LOCAL x = '$1';


END
$_$;


SET default_tablespace = '';

CREATE TABLE public.items (
    republic.x public.kind
);
\unrestrict 3vQ
`
	const want = `CREATE FUNCTION poke() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
BEGIN
-- stays, as does public.this
SET LOCAL x = '$1';


END
$_$;

CREATE TABLE items (
    republic.x kind
);
`
	require.Equal(t, want, string(normalize([]byte(dumped))))
}
