-- Keys with which programs prove who they are. The key itself is shown once and kept nowhere: it has 160 random bits, so
-- its hash needs neither salt nor slowness.
CREATE TABLE api_keys (
    id           uuid        PRIMARY KEY,                        -- v7: in the order of creation
    name         text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100), -- of the principal; keys that replace one another share it
    hint         text        NOT NULL CHECK (char_length(hint) <= 16), -- how the key begins
    sha256       bytea       NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
    role         text        NOT NULL CHECK (role IN ('VIEWER', 'OPERATOR', 'ADMIN')),
    own_only     boolean     NOT NULL DEFAULT false,             -- sees only what it created
    created_at   timestamptz NOT NULL DEFAULT now(),
    created_by   text        NOT NULL,
    expires_at   timestamptz,                                    -- NULL: never
    last_used_at timestamptz,                                    -- to the minute
    revoked_at   timestamptz,
    revoked_by   text,
    CHECK (NOT (own_only AND role = 'ADMIN')),                   -- an admin can make itself any key
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
