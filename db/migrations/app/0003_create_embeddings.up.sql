-- Vectors of chunks and products, one for each embedder. A vector is current when its content_sha256 is that of its owner's
-- text. Vectors of different embedders are never compared.
CREATE TABLE embeddings (
    owner_kind     text        NOT NULL CHECK (owner_kind IN ('chunk', 'product')),
    owner_id       uuid        NOT NULL,
    embedder_id    text        NOT NULL,
    content_sha256 bytea       NOT NULL,                       -- of the text that was embedded
    embedding      real[]      NOT NULL,                       -- of length 1, or all zero
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (owner_kind, owner_id, embedder_id)
);
-- Compressing a vector takes three times as long as parsing it, and those of real models don't shrink.
ALTER TABLE embeddings ALTER COLUMN embedding SET STORAGE EXTERNAL;
-- Equal texts share their vector instead of being embedded again.
CREATE INDEX embeddings_content ON embeddings (embedder_id, content_sha256);
