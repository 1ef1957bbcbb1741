-- Products, the staging table of their import, and what tasks did to them.

-- The text that a product is embedded by. The one definition: products.content_sha256 and the queries for what is to be
-- embedded both call it.
CREATE FUNCTION product_text(title text, brand text, category text, description text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN title
        || CASE WHEN brand = '' THEN '' ELSE E'\n' || brand END
        || CASE WHEN category = '' THEN '' ELSE E'\n' || category END
        || CASE WHEN description = '' THEN '' ELSE E'\n' || left(description, 8000) END;

CREATE TABLE products (
    id               uuid          PRIMARY KEY,                -- v7: the order of ids is the order of creation
    sku              text          COLLATE "C" NOT NULL UNIQUE CHECK (length(sku) BETWEEN 1 AND 200),
    title            text          NOT NULL CHECK (title <> ''),
    description      text          NOT NULL DEFAULT '',        -- plain text
    brand            text          NOT NULL DEFAULT '',
    category         text          NOT NULL DEFAULT '',
    price            numeric(18,4) CHECK (price >= 0),
    sale_price       numeric(18,4) CHECK (sale_price >= 0),
    compare_at_price numeric(18,4) CHECK (compare_at_price >= 0), -- the old price, shown struck through
    currency         text          NOT NULL DEFAULT '' CHECK (currency ~ '^([A-Z]{3})?$'), -- ISO 4217
    stock            integer,                                  -- below zero: sold but not there yet
    gtin             text          NOT NULL DEFAULT '',        -- EAN, UPC or ISBN; not unique: exports repeat it
    image_url        text          NOT NULL DEFAULT '',
    attributes       jsonb         NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'), -- the other columns of its file
    -- Backslashes are doubled because they escape in a bytea's text form; convert_to is not immutable.
    content_sha256   bytea         GENERATED ALWAYS AS
        (sha256(replace(product_text(title, brand, category, description), '\', '\\')::bytea)) STORED,
    created_at       timestamptz   NOT NULL DEFAULT now(),
    updated_at       timestamptz   NOT NULL DEFAULT now(),
    last_import_task uuid                                      -- the DATA_IMPORT task that wrote it last
);

-- Rows of running imports. Unlogged: an import whose rows a crash has emptied starts again.
CREATE UNLOGGED TABLE import_rows (
    task_id          uuid          NOT NULL,
    lease            bigint        NOT NULL,                   -- keeps an attempt apart from one that was given up
    row_no           integer       NOT NULL,
    id               uuid          NOT NULL,                   -- for a product that is new
    sku              text          COLLATE "C" NOT NULL,
    title            text          NOT NULL,
    description      text          NOT NULL,
    brand            text          NOT NULL,
    category         text          NOT NULL,
    price            numeric(18,4),
    sale_price       numeric(18,4),
    compare_at_price numeric(18,4),
    currency         text          NOT NULL,
    stock            integer,
    gtin             text          NOT NULL,
    image_url        text          NOT NULL,
    attributes       jsonb         NOT NULL
);
CREATE INDEX import_rows_sku ON import_rows (task_id, lease, sku, row_no DESC);

-- What tasks did to products, written in the transaction that did it: a task that runs again neither imports twice nor
-- makes an adjustment twice. A row stays while its task may run again.
CREATE TABLE product_task_effects (
    task_id uuid    PRIMARY KEY,
    done    integer NOT NULL,                                  -- changes of an update that were dealt with
    result  jsonb   NOT NULL
);
