-- Migration: 20260922_inventory.sql
-- Author: Jonas Akande
-- Created: 2026-09-22
-- Estimated time: 1 second

CREATE TABLE inventory (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  stock integer NOT NULL DEFAULT 0 CHECK (stock >= 0)
);
