-- Migration: 20260804_first_tables.sql
-- Author: Mira Lindqvist
-- Created: 2026-08-04
-- Estimated time: 1 second

CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL
);

CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers (id),
  placed_at timestamptz NOT NULL DEFAULT now(),
  total_cents integer NOT NULL CHECK (total_cents >= 0)
);

CREATE INDEX orders_placed_at ON orders (placed_at DESC);
