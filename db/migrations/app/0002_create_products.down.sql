DROP TABLE product_task_effects;
DROP TABLE import_rows;
DROP TABLE products;
DROP FUNCTION product_text(text, text, text, text);
