-- The state of mod_cepces: policies, certification authorities, templates, access, accounts, credentials, requests,
-- certificates, CRLs and the audit trail. docs/schema.md explains the tables; this file is never edited after release.
--
-- Rules that hold in every later migration too: the previous release must be able to work with the result (two
-- generations of server processes overlap during a graceful restart), names of constraints are part of the interface
-- (the library tells duplicates apart by them), and functions name their tables with the schema.

CREATE SCHEMA IF NOT EXISTS cepces;
REVOKE ALL ON SCHEMA cepces FROM PUBLIC;
SET LOCAL search_path = cepces, pg_temp;

CREATE TABLE schema_version (
    version     integer     PRIMARY KEY CHECK (version > 0),
    name        text        NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT now(),
    applied_by  text        NOT NULL DEFAULT session_user
);

-- Functions ---------------------------------------------------------------------------------------------------------

-- Dotted decimal with every arc below 2^31, the largest that Windows can handle.
CREATE FUNCTION is_template_oid(oid text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT oid ~ '^[0-2](\.(0|[1-9][0-9]{0,9})){1,31}$'
       AND NOT EXISTS (SELECT FROM unnest(string_to_array(oid, '.')) arc WHERE arc ~ '^[0-9]{1,10}$' AND arc::bigint >= 2147483648)
$$;

CREATE FUNCTION are_oids(list text[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT NOT EXISTS (SELECT FROM unnest(list) item
                        WHERE item IS NULL OR octet_length(item) > 255 OR item !~ '^[0-2](\.(0|[1-9][0-9]*))+$')
$$;

-- A list without holes whose items are not empty.
CREATE FUNCTION are_filled(list text[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT NOT EXISTS (SELECT FROM unnest(list) item WHERE item IS NULL OR item = '')
$$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of table % is not allowed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME;
END
$$;

-- Counters that move with every committed change, for processes that keep copies ---------------------------------------

CREATE TABLE change_counter (
    topic       text        PRIMARY KEY CHECK (topic IN ('catalogue', 'accounts', 'crls')),
    value       bigint      NOT NULL DEFAULT 1,
    changed_at  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO change_counter (topic) VALUES ('catalogue'), ('accounts'), ('crls');

-- With the rights of its owner, so that a role that may add a CRL need not be allowed to touch the counters.
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE cepces.change_counter SET value = value + 1, changed_at = clock_timestamp() WHERE topic = TG_ARGV[0];
    RETURN NULL;
END
$$;

-- Certification authorities ------------------------------------------------------------------------------------------

CREATE TABLE ca (
    id                 bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name               text    NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    enabled            boolean NOT NULL DEFAULT true,
    issues_to_clients  boolean NOT NULL DEFAULT true,
    cdp_urls           text[]  NOT NULL DEFAULT '{}' CHECK (are_filled(cdp_urls)),
    aia_urls           text[]  NOT NULL DEFAULT '{}' CHECK (are_filled(aia_urls)),
    crl_validity_secs  bigint  NOT NULL CHECK (crl_validity_secs > 0),
    crl_overlap_secs   bigint  NOT NULL,
    backdate_secs      bigint  NOT NULL CHECK (backdate_secs BETWEEN 0 AND 86400),
    CONSTRAINT ca_crl_overlap_check CHECK (crl_overlap_secs >= 0 AND crl_overlap_secs < crl_validity_secs)
);
-- Names are part of URLs, which clients write in any case.
CREATE UNIQUE INDEX ca_name_key ON ca (lower(name));

CREATE TABLE ca_generation (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ca_id        bigint      NOT NULL REFERENCES ca,
    number       integer     NOT NULL CHECK (number >= 0),
    certificate  bytea       NOT NULL CHECK (octet_length(certificate) > 0),
    key_sha256   bytea       NOT NULL CHECK (octet_length(key_sha256) = 32),
    chain        bytea[]     NOT NULL DEFAULT '{}' CHECK (array_position(chain, NULL) IS NULL),
    not_before   timestamptz NOT NULL,
    not_after    timestamptz NOT NULL,
    is_current   boolean     NOT NULL,
    revocations  bigint      NOT NULL DEFAULT 0 CHECK (revocations >= 0), -- ever made; a CRL is due when it covers fewer
    UNIQUE (ca_id, number),
    UNIQUE (ca_id, id),                                                   -- target of certificate's foreign key
    CONSTRAINT ca_generation_validity_check CHECK (not_after > not_before)
);
CREATE UNIQUE INDEX ca_generation_current_key ON ca_generation (ca_id) WHERE is_current;

-- Policies -----------------------------------------------------------------------------------------------------------

CREATE TABLE policy (
    id                 bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name               text    NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    guid               text    NOT NULL CONSTRAINT policy_guid_key UNIQUE
        CHECK (guid ~ '^\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}$'),
    friendly_name      text    NOT NULL CHECK (length(friendly_name) BETWEEN 1 AND 256),
    next_update_hours  integer NOT NULL CHECK (next_update_hours BETWEEN 1 AND 8760)
);
CREATE UNIQUE INDEX policy_name_key ON policy (lower(name));

CREATE TABLE policy_ca (
    policy_id  bigint  NOT NULL REFERENCES policy ON DELETE CASCADE,
    ca_id      bigint  NOT NULL REFERENCES ca,
    position   integer NOT NULL CHECK (position >= 1),
    PRIMARY KEY (policy_id, ca_id),
    UNIQUE (policy_id, position)
);

-- Certificate templates: what stays is here, what changes is in revisions, which are only ever added -------------------

CREATE TABLE template (
    id       bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     text    NOT NULL CHECK (name ~ '^[!-~]{1,64}$'),
    oid      text    NOT NULL CONSTRAINT template_oid_key UNIQUE CHECK (is_template_oid(oid)),
    enabled  boolean NOT NULL DEFAULT true
);
CREATE UNIQUE INDEX template_name_key ON template (lower(name));

CREATE TABLE template_revision (
    id                       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    template_id              bigint      NOT NULL REFERENCES template ON DELETE CASCADE,
    major                    integer     NOT NULL CHECK (major >= 1),
    minor                    integer     NOT NULL CHECK (minor >= 0),
    display_name             text        NOT NULL CHECK (length(display_name) BETWEEN 1 AND 256),
    schema_version           integer     NOT NULL CHECK (schema_version BETWEEN 1 AND 4),
    general_flags            bigint      NOT NULL CHECK (general_flags BETWEEN 0 AND 4294967295),
    enrollment_flags         bigint      NOT NULL CHECK (enrollment_flags BETWEEN 0 AND 4294967295),
    private_key_flags        bigint      NOT NULL CHECK (private_key_flags BETWEEN 0 AND 4294967295),
    subject_name_flags       bigint      NOT NULL CHECK (subject_name_flags BETWEEN 0 AND 4294967295),
    key_spec                 bigint      CHECK (key_spec IN (1, 2)),
    key_usage_property       bigint      CHECK (key_usage_property BETWEEN 0 AND 4294967295),
    key_permissions          text,
    key_algorithm            text        NOT NULL CHECK (key_algorithm ~ '^[!-~]{1,64}$'),
    minimal_key_length       integer     NOT NULL CHECK (minimal_key_length BETWEEN 0 AND 16384),
    hash_algorithm           text        CHECK (hash_algorithm ~ '^[!-~]{1,64}$'),
    crypto_providers         text[]      NOT NULL CHECK (are_filled(crypto_providers)),
    validity_secs            bigint      NOT NULL CHECK (validity_secs > 0),
    renewal_secs             bigint      NOT NULL,
    ekus                     text[]      NOT NULL CHECK (are_oids(ekus)),
    application_policies     text[]      NOT NULL CHECK (are_oids(application_policies)),
    issuance_policies        text[]      NOT NULL CHECK (are_oids(issuance_policies)),
    key_usage                integer     NOT NULL CHECK (key_usage BETWEEN 0 AND 65535),
    critical_extensions      text[]      NOT NULL CHECK (are_oids(critical_extensions)),
    superseded               text[]      NOT NULL CHECK (are_filled(superseded)),
    ra_signatures            integer     NOT NULL CHECK (ra_signatures >= 0),
    ra_application_policies  text[]      NOT NULL CHECK (are_oids(ra_application_policies)),
    ra_issuance_policies     text[]      NOT NULL CHECK (are_oids(ra_issuance_policies)),
    archival_algorithm       text        CHECK (archival_algorithm IN ('3DES', 'AES128', 'AES192', 'AES256')),
    archival_key_length      integer     NOT NULL CHECK (archival_key_length >= 0),
    sha1_requests            text        NOT NULL CHECK (sha1_requests IN ('by-schema', 'accept', 'refuse')),
    allow_wildcards          boolean     NOT NULL,
    strict_extensions        boolean     NOT NULL,
    changed_at               timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (template_id, major, minor),
    CONSTRAINT template_revision_renewal_check CHECK (renewal_secs >= 0 AND renewal_secs < validity_secs)
);

-- A revision goes only together with its template, and that only while nothing was requested of it. In the cascade the
-- row of the template is gone already.
CREATE FUNCTION refuse_revision_removal() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM cepces.template WHERE id = OLD.template_id) THEN
        RAISE EXCEPTION 'a revision of a template cannot be removed'
            USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER no_update BEFORE UPDATE ON template_revision FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_delete BEFORE DELETE ON template_revision FOR EACH ROW EXECUTE FUNCTION refuse_revision_removal();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON template_revision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- Certificates carry name and OID: neither ever means another template.
CREATE TRIGGER no_rename BEFORE UPDATE OF id, name, oid ON template FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Which templates a CA issues ("published").
CREATE TABLE ca_template (
    ca_id        bigint NOT NULL REFERENCES ca,
    template_id  bigint NOT NULL REFERENCES template ON DELETE CASCADE,
    PRIMARY KEY (ca_id, template_id)
);

-- Accounts, credentials, access ----------------------------------------------------------------------------------------

CREATE TABLE account (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text        NOT NULL CONSTRAINT account_name_key UNIQUE,
    kind            text        NOT NULL CHECK (kind IN ('user', 'computer', 'service')),
    enabled         boolean     NOT NULL DEFAULT true,
    common_name     text        CHECK (length(common_name) BETWEEN 1 AND 256),
    dns_names       text[]      NOT NULL DEFAULT '{}' CHECK (are_filled(dns_names)),
    upn             text        CHECK (upn LIKE '%_@_%' AND octet_length(upn) <= 1024),
    email           text        CHECK (email LIKE '%_@_%' AND octet_length(email) <= 254),
    directory_name  text        CHECK (directory_name LIKE '%_=%' AND octet_length(directory_name) <= 4096),
    guid            text        CHECK (guid ~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'),
    sid             text        CONSTRAINT account_sid_key UNIQUE CHECK (sid ~ '^S-1-[0-9]{1,15}(-[0-9]{1,10}){1,15}$'),
    changed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Canonical: lower case, without domain and realm. The test is on ASCII so that it does not depend on a locale.
    CONSTRAINT account_name_check CHECK (name <> '' AND octet_length(name) <= 256 AND name !~ '[A-Z@\\[:cntrl:][:space:]]')
);
-- Two accounts with one identity would be able to ask for each other's certificates.
CREATE UNIQUE INDEX account_upn_key ON account (lower(upn));
CREATE UNIQUE INDEX account_guid_key ON account (lower(guid));

CREATE TABLE credential (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id  bigint      NOT NULL CONSTRAINT credential_account_id_key UNIQUE REFERENCES account ON DELETE CASCADE,
    hash        text        NOT NULL CHECK (hash LIKE '$_%' AND octet_length(hash) <= 512),
    changed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE credential_scope (
    credential_id  bigint NOT NULL REFERENCES credential ON DELETE CASCADE,
    kind           text   NOT NULL CHECK (kind IN ('policy', 'ca', 'template', 'same-as-cep')),
    policy_id      bigint REFERENCES policy ON DELETE CASCADE,
    ca_id          bigint REFERENCES ca ON DELETE CASCADE,
    template_id    bigint REFERENCES template ON DELETE CASCADE,
    CONSTRAINT credential_scope_key UNIQUE NULLS NOT DISTINCT (credential_id, kind, policy_id, ca_id, template_id),
    CONSTRAINT credential_scope_target_check CHECK (
        (policy_id IS NOT NULL) = (kind = 'policy') AND
        (ca_id IS NOT NULL) = (kind = 'ca') AND
        (template_id IS NOT NULL) = (kind = 'template'))
);

CREATE TABLE access_entry (
    id             bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    template_id    bigint  REFERENCES template ON DELETE CASCADE,
    ca_id          bigint  REFERENCES ca ON DELETE CASCADE,
    grantee_kind   text    NOT NULL CHECK (grantee_kind IN ('account', 'group', 'authenticated')),
    account_id     bigint  REFERENCES account ON DELETE CASCADE,
    group_name     text    CHECK (group_name <> '' AND octet_length(group_name) <= 256),
    rights         integer NOT NULL CHECK (rights BETWEEN 1 AND 3),
    name_patterns  text[]  NOT NULL DEFAULT '{}' CHECK (are_filled(name_patterns)),
    CONSTRAINT access_entry_key UNIQUE NULLS NOT DISTINCT (template_id, ca_id, grantee_kind, account_id, group_name),
    CONSTRAINT access_entry_object_check CHECK (num_nonnulls(template_id, ca_id) = 1),
    CONSTRAINT access_entry_grantee_check CHECK (
        (account_id IS NOT NULL) = (grantee_kind = 'account') AND
        (group_name IS NOT NULL) = (grantee_kind = 'group'))
);

-- Requests and certificates --------------------------------------------------------------------------------------------

-- The type of |id| is the range of RequestIDs: 1 to 2^31-1. A request names its template through the revision that was
-- in force.
CREATE TABLE request (
    id                    integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ca_id                 bigint      NOT NULL REFERENCES ca,
    template_revision_id  bigint      REFERENCES template_revision,
    principal             text        NOT NULL,
    auth                  integer     NOT NULL CHECK (auth IN (0, 1, 2, 4, 8)),
    client_address        text,
    message_id            text,
    format                text        NOT NULL CHECK (format IN ('pkcs10', 'cmc', 'pkcs7', 'unknown')),
    raw                   bytea       NOT NULL CHECK (octet_length(raw) > 0),
    state                 text        NOT NULL CHECK (state IN ('issued', 'pending', 'denied', 'failed')),
    result_code           bigint      NOT NULL CHECK (result_code BETWEEN 0 AND 4294967295),
    rule                  text,
    reason                text,
    client_info           text,
    submitted_at          timestamptz NOT NULL,
    resolved_at           timestamptz,
    CONSTRAINT request_id_check CHECK (id >= 1),
    CONSTRAINT request_result_check CHECK (state <> 'issued' OR result_code = 0),
    CONSTRAINT request_resolved_check CHECK ((state = 'pending') = (resolved_at IS NULL))
);
-- DER does not compress.
ALTER TABLE request ALTER COLUMN raw SET STORAGE EXTERNAL;
CREATE INDEX request_template_revision_id_idx ON request (template_revision_id);
CREATE INDEX request_unresolved_idx ON request (ca_id, id) WHERE state = 'pending';

CREATE TABLE certificate (
    id                    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ca_id                 bigint      NOT NULL,
    generation_id         bigint      NOT NULL,
    serial                bytea       NOT NULL,
    request_id            integer     CONSTRAINT certificate_request_id_key UNIQUE REFERENCES request,
    template_revision_id  bigint      REFERENCES template_revision,
    principal             text        NOT NULL,
    subject               text        NOT NULL,
    der                   bytea       NOT NULL CHECK (octet_length(der) > 0),
    sha256                bytea       NOT NULL GENERATED ALWAYS AS (sha256(der)) STORED,
    not_before            timestamptz NOT NULL,
    not_after             timestamptz NOT NULL,
    state                 text        NOT NULL DEFAULT 'issued' CHECK (state IN ('issued', 'revoked')),
    revoked_at            timestamptz,
    reason                integer     NOT NULL DEFAULT 0 CHECK (reason IN (0, 1, 2, 3, 4, 5, 6, 9, 10)),
    CONSTRAINT certificate_generation_fkey FOREIGN KEY (ca_id, generation_id) REFERENCES ca_generation (ca_id, id),
    CONSTRAINT certificate_serial_key UNIQUE (ca_id, serial),
    CONSTRAINT certificate_sha256_key UNIQUE (sha256),
    -- Ours have 16 octets, positive and without a leading zero (rule S2); imported CA certificates may have others.
    CONSTRAINT certificate_serial_check CHECK (
        octet_length(serial) BETWEEN 1 AND 20 AND
        (request_id IS NULL OR (octet_length(serial) = 16 AND get_byte(serial, 0) BETWEEN 1 AND 127))),
    CONSTRAINT certificate_validity_check CHECK (not_after > not_before),
    CONSTRAINT certificate_revoked_check CHECK (
        (state = 'revoked') = (revoked_at IS NOT NULL) AND (state = 'revoked' OR reason = 0))
);
ALTER TABLE certificate ALTER COLUMN der SET STORAGE EXTERNAL;
CREATE INDEX certificate_principal_idx ON certificate (principal, id);
CREATE INDEX certificate_template_revision_id_idx ON certificate (template_revision_id);
CREATE INDEX certificate_revoked_idx ON certificate (generation_id, not_after) WHERE state = 'revoked';

-- What was issued stays what it was, and serials are never used again.
CREATE TRIGGER no_change BEFORE UPDATE OF id, ca_id, generation_id, serial, request_id, template_revision_id, principal,
    subject, der, not_before, not_after ON certificate FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_delete BEFORE DELETE ON certificate FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON certificate FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- CRLs -----------------------------------------------------------------------------------------------------------------

CREATE TABLE crl (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    generation_id  bigint      NOT NULL REFERENCES ca_generation,
    number         bigint      NOT NULL CHECK (number >= 1),
    der            bytea       NOT NULL CHECK (octet_length(der) > 0),
    this_update    timestamptz NOT NULL,
    next_update    timestamptz NOT NULL,
    covers         bigint      NOT NULL CHECK (covers >= 0), -- ca_generation.revocations when it was made
    CONSTRAINT crl_number_key UNIQUE (generation_id, number),
    CONSTRAINT crl_validity_check CHECK (next_update > this_update)
);
ALTER TABLE crl ALTER COLUMN der SET STORAGE EXTERNAL;

-- The audit trail: facts stand for themselves, so names are text and nothing refers to other tables -----------------------

CREATE TABLE audit_event (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    event       text        NOT NULL CHECK (event ~ '^[a-z][a-z-]*\.[a-z][a-z-]*$'),
    outcome     text        NOT NULL CHECK (outcome IN ('success', 'denied', 'failed')),
    principal   text,
    ca          text,
    template    text,
    request_id  integer,
    details     json        CHECK (json_typeof(details) = 'object')
);
CREATE INDEX audit_event_at_idx ON audit_event USING brin (at);
CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What moves which counter. A revocation moves that of the CRLs, because it makes one due.

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON ca
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('catalogue');
CREATE TRIGGER note_change AFTER INSERT OR DELETE OR UPDATE OF ca_id, number, certificate, key_sha256, chain, not_before,
    not_after, is_current ON ca_generation FOR EACH STATEMENT EXECUTE FUNCTION note_change('catalogue');
CREATE TRIGGER note_revocation AFTER UPDATE OF revocations ON ca_generation
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('crls');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON policy
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('catalogue');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON policy_ca
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('catalogue');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON template
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('catalogue');
CREATE TRIGGER note_change AFTER INSERT OR DELETE ON template_revision
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('catalogue');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON ca_template
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('catalogue');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON access_entry
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('catalogue');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON account
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('accounts');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON credential
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('accounts');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON credential_scope
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('accounts');
CREATE TRIGGER note_change AFTER INSERT ON crl
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('crls');
