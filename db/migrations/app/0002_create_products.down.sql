DROP TABLE product_updates;
DROP TABLE import_rows;
DROP TABLE products;
DROP FUNCTION product_text(text, text, text, text);
