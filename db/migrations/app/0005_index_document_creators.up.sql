-- For principals that see only what they created.
CREATE INDEX documents_created_by ON documents (created_by, id) WHERE created_by IS NOT NULL;
