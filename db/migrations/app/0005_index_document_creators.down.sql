DROP INDEX documents_created_by;
