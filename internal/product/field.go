package product

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Field is what a column of a file can mean.
type Field string

// The fields. Columns that mean none of them become attributes.
const (
	FieldSKU            Field = "sku"
	FieldTitle          Field = "title"
	FieldDescription    Field = "description"
	FieldBrand          Field = "brand"
	FieldCategory       Field = "category"
	FieldPrice          Field = "price"
	FieldSalePrice      Field = "salePrice"
	FieldCompareAtPrice Field = "compareAtPrice"
	FieldCurrency       Field = "currency"
	FieldStock          Field = "stock"
	FieldGTIN           Field = "gtin"
	FieldImageURL       Field = "imageUrl"
	FieldHandle         Field = "handle"    // Shopify: groups the variants of a product; its rows share the first one's texts
	FieldAttribute      Field = "attribute" // kept under the column's name
	FieldIgnore         Field = "ignore"    // dropped
)

// aliases lists the headings of each field, normalised, the best first. They are those of the exports of Shopify,
// WooCommerce, Google Merchant Center, PrestaShop and Magento, and common German, French and Spanish ones.
func aliases() map[Field][]string {
	return map[Field][]string{
		FieldSKU: {
			"sku", "variantsku", "productsku", "itemsku", "stockkeepingunit", "articlenumber", "artikelnummer", "artikelnr",
			"artnr", "itemnumber", "itemno", "productcode", "productnumber", "partnumber", "referencia", "reference", "ref",
			"referenz", "productid", "itemid", "id", "mpn",
		},
		FieldTitle: {
			"title", "name", "productname", "producttitle", "itemname", "bezeichnung", "artikelname", "artikelbezeichnung",
			"produktname", "titel", "nom", "nomduproduit", "titre", "nombre", "titulo", "product", "produkt", "artikel",
		},
		FieldDescription: {
			"description", "bodyhtml", "body", "productdescription", "longdescription", "beschreibung", "artikelbeschreibung",
			"produktbeschreibung", "descripcion", "shortdescription", "summary", "kurzbeschreibung", "resume",
		},
		FieldBrand: {
			"brand", "brands", "vendor", "manufacturer", "marke", "hersteller", "marque", "fabricant", "marca", "fabricante", "maker",
		},
		FieldCategory: {
			"category", "categories", "productcategory", "producttype", "googleproductcategory", "kategorie", "kategorien",
			"warengruppe", "categorie", "categoria", "categorias", "type",
		},
		FieldPrice: {
			"price", "variantprice", "regularprice", "unitprice", "listprice", "pricetaxexcluded", "pricetaxincluded", "pricetaxexcl",
			"pricetaxincl", "msrp", "preis", "verkaufspreis", "bruttopreis", "nettopreis", "prix", "prixttc", "prixht", "precio",
		},
		FieldSalePrice:      {"saleprice", "specialprice", "discountedprice", "angebotspreis", "aktionspreis", "prixsolde", "preciooferta"},
		FieldCompareAtPrice: {"compareatprice", "variantcompareatprice", "oldprice", "wasprice", "uvp", "streichpreis"},
		FieldCurrency:       {"currency", "currencycode", "wahrung", "waehrung", "devise", "moneda"},
		FieldStock: {
			"stock", "quantity", "qty", "variantinventoryqty", "stockquantity", "stockqty", "inventory", "inventoryquantity",
			"inventoryqty", "onhand", "bestand", "lagerbestand", "menge", "anzahl", "quantite", "cantidad", "existencias",
		},
		FieldGTIN: {
			"gtin", "gtinupceanorisbn", "ean13", "ean", "upc", "variantbarcode", "barcode", "isbn", "gtin13", "gtin14", "gtin12", "gtin8",
		},
		FieldImageURL: {
			"imageurl", "imagesrc", "image", "images", "imagelink", "imageurls", "baseimage", "mainimage", "picture", "photo",
			"variantimage", "bild", "bildurl", "imagen",
		},
		FieldHandle: {"handle", "urlhandle"},
	}
}

// normaliseHeading reduces a heading to what aliases are compared by: NFKD, without marks, lower case, letters and digits.
func normaliseHeading(heading string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(heading) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// withoutUnit drops a part in brackets from a heading: "Price (EUR)" is a price.
func withoutUnit(heading string) (rest, unit string) {
	start := strings.IndexAny(heading, "([")
	if start < 0 {
		return heading, ""
	}
	end := strings.IndexAny(heading[start:], ")]")
	if end < 0 {
		return heading, ""
	}
	return heading[:start] + heading[start+end+1:], strings.TrimSpace(heading[start+1 : start+end])
}
