-- Application entities that we ask for associations may listen with TLS.
ALTER TABLE application_entities ADD COLUMN tls boolean NOT NULL DEFAULT false;
