package product

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The headings of the exports of common shop systems, and what they are to mean.
func TestHeadingsOfShopSystems(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		header string
		want   map[Field]string
	}{
		"Shopify": {
			"Handle|Title|Body (HTML)|Vendor|Product Category|Type|Tags|Option1 Name|Option1 Value|Variant SKU|Variant Grams|Variant Inventory Qty|Variant Price|Variant Compare At Price|Variant Barcode|Image Src|Google Shopping / MPN",
			map[Field]string{
				FieldHandle: "Handle", FieldTitle: "Title", FieldDescription: "Body (HTML)", FieldBrand: "Vendor", FieldCategory: "Product Category",
				FieldSKU: "Variant SKU", FieldStock: "Variant Inventory Qty", FieldPrice: "Variant Price",
				FieldCompareAtPrice: "Variant Compare At Price", FieldGTIN: "Variant Barcode", FieldImageURL: "Image Src",
			},
		},
		"WooCommerce": {
			"ID|Type|SKU|Name|Published|Short description|Description|In stock?|Stock|Sale price|Regular price|Categories|Images|Parent|GTIN, UPC, EAN, or ISBN|Brands",
			map[Field]string{
				FieldSKU: "SKU", FieldTitle: "Name", FieldDescription: "Description", FieldStock: "Stock", FieldSalePrice: "Sale price",
				FieldPrice: "Regular price", FieldCategory: "Categories", FieldImageURL: "Images", FieldGTIN: "GTIN, UPC, EAN, or ISBN", FieldBrand: "Brands",
			},
		},
		"Google": {
			"id|title|description|link|image_link|availability|price|sale_price|brand|gtin|mpn|google_product_category|item_group_id",
			map[Field]string{
				FieldSKU: "id", FieldTitle: "title", FieldDescription: "description", FieldImageURL: "image_link", FieldPrice: "price",
				FieldSalePrice: "sale_price", FieldBrand: "brand", FieldGTIN: "gtin", FieldCategory: "google_product_category",
			},
		},
		"PrestaShop": {
			"Product ID|Active (0/1)|Name *|Categories (x,y,z...)|Price tax excluded|Discount amount|Reference #|Manufacturer|EAN13|UPC|Quantity|Summary|Description|Image URLs (x,y,z...)",
			map[Field]string{
				FieldSKU: "Reference #", FieldTitle: "Name *", FieldCategory: "Categories (x,y,z...)", FieldPrice: "Price tax excluded",
				FieldBrand: "Manufacturer", FieldGTIN: "EAN13", FieldStock: "Quantity", FieldDescription: "Description",
				FieldImageURL: "Image URLs (x,y,z...)",
			},
		},
		"Magento": {
			"sku|store_view_code|attribute_set_code|product_type|categories|name|description|short_description|price|special_price|qty|base_image|additional_attributes",
			map[Field]string{
				FieldSKU: "sku", FieldCategory: "categories", FieldTitle: "name", FieldDescription: "description", FieldPrice: "price",
				FieldSalePrice: "special_price", FieldStock: "qty", FieldImageURL: "base_image",
			},
		},
		"German": {
			"Artikelnummer|Bezeichnung|Preis (EUR)|Währung|Lagerbestand|Größe|Hersteller",
			map[Field]string{
				FieldSKU: "Artikelnummer", FieldTitle: "Bezeichnung", FieldPrice: "Preis (EUR)", FieldCurrency: "Währung",
				FieldStock: "Lagerbestand", FieldBrand: "Hersteller",
			},
		},
		"French": {
			"Référence|Nom|Prix TTC|Quantité|Catégorie|Marque",
			map[Field]string{
				FieldSKU: "Référence", FieldTitle: "Nom", FieldPrice: "Prix TTC", FieldStock: "Quantité", FieldCategory: "Catégorie", FieldBrand: "Marque",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			columns, err := newColumns(strings.Split(test.header, "|"), nil, newHeadings(nil))
			require.NoError(t, err)
			require.Equal(t, test.want, columns.summary())
		})
	}
}

func TestCurrencyOfAHeading(t *testing.T) {
	t.Parallel()
	columns, err := newColumns([]string{"sku", "Price [EUR]"}, nil, newHeadings(nil))
	require.NoError(t, err)
	require.Equal(t, "EUR", columns.currency)
}

func TestAliasesNameOneFieldEach(t *testing.T) {
	t.Parallel()
	owner := map[string]Field{}
	for field, names := range aliases() {
		for _, name := range names {
			require.Empty(t, owner[name], "%s is a heading of two fields", name)
			require.Equal(t, name, normaliseHeading(name))
			owner[name] = field
		}
	}
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	for html, want := range map[string]string{
		"plain; text & more":                              "plain; text & more",
		"a < b and c > d":                                 "a < b and c > d",
		"<p>One</p><p>Two <b>bold</b>er</p>":              "One\nTwo bolder",
		"a<br>b<br/>c":                                    "a\nb\nc",
		"<ul><li>x</li><li>y</li></ul>":                   "x\ny",
		"Tom &amp; Jerry":                                 "Tom & Jerry",
		"<script>alert(1)</script>safe<style>x{}</style>": "safe",
		"<table><tr><td>a</td><td>b</td></tr></table>":    "a b",
		"two\n\nparagraphs":                               "two\n\nparagraphs",
	} {
		require.Equal(t, want, plainText(html))
	}
}
