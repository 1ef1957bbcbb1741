-- For pages of a brand or a category.
CREATE INDEX products_brand ON products (brand, id);
CREATE INDEX products_category ON products (category, id);
