-- Uploaded documents, their text, and the chunks that it is cut into.

-- What was found in a document is NULL until its task has read it. How far that is, and why it failed, the task tells.
CREATE TABLE documents (
    id                uuid        PRIMARY KEY,                  -- v7: the order of ids is the order of creation
    name              text        NOT NULL CHECK (name <> '' AND length(name) <= 255), -- of the uploaded file
    media_type        text        NOT NULL,                     -- by its content
    charset           text        NOT NULL DEFAULT '',          -- as the client states it; empty: to be detected
    size_bytes        bigint      NOT NULL CHECK (size_bytes >= 0),
    sha256            bytea       NOT NULL CHECK (length(sha256) = 32), -- names the blob
    metadata          jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'), -- the client's own
    task_id           uuid        NOT NULL,                     -- the latest DOCUMENT_PROCESSING task
    created_at        timestamptz NOT NULL DEFAULT now(),
    created_by        text,
    format            text,                                     -- as which it was read
    title             text,
    lang              text,                                     -- BCP 47, as the document states it
    page_count        integer,                                  -- NULL also for formats without pages
    char_count        integer,                                  -- of its text
    chunk_count       integer,
    warnings          text[]      NOT NULL DEFAULT '{}',        -- what could not be read, in sentences
    extractor_version text,                                     -- by which rules it was read …
    chunker_version   text,                                     -- … and cut
    embedder_id       text,                                     -- by which its chunks have vectors
    processed_at      timestamptz                               -- when all of this was complete
);
CREATE INDEX documents_task ON documents (task_id);
CREATE INDEX documents_sha256 ON documents (sha256);            -- what still needs a blob
CREATE INDEX documents_metadata ON documents USING gin (metadata jsonb_path_ops);

-- The normalised text apart from its document: most queries don't want it.
CREATE TABLE document_texts (
    document_id uuid PRIMARY KEY REFERENCES documents ON DELETE CASCADE,
    text        text NOT NULL
);

-- The text that a chunk is embedded by: its own under the headings above it.
CREATE FUNCTION chunk_text(heading_path text[], body text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN heading_path = '{}' THEN body ELSE array_to_string(heading_path, ' > ') || E'\n' || body END;

CREATE TABLE chunks (
    id             uuid    PRIMARY KEY,                         -- from the document, ordinal and content: equal after a repetition
    document_id    uuid    NOT NULL REFERENCES documents ON DELETE CASCADE,
    ordinal        integer NOT NULL CHECK (ordinal >= 0),
    char_start     integer NOT NULL CHECK (char_start >= 0),    -- in the document's text, in characters, from 0
    char_end       integer NOT NULL,                            -- behind the last
    page_from      integer,                                     -- from 1; NULL when the format has no pages
    page_to        integer,
    heading_path   text[]  NOT NULL,                            -- above the chunk, outermost first
    kind           text    NOT NULL CHECK (kind IN ('text', 'table', 'code')),
    token_estimate integer NOT NULL,
    content_sha256 bytea   NOT NULL CHECK (length(content_sha256) = 32), -- of chunk_text
    text           text    NOT NULL CHECK (text <> ''),         -- within a table with its header row before it
    UNIQUE (document_id, ordinal),
    CHECK (char_start < char_end)
);
