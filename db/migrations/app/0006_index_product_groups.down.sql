DROP INDEX products_category;
DROP INDEX products_brand;
