import type { UpdateProductsInput } from '../gql/graphql';

// The fields of the dialog, as they were typed. What is empty stays as it is.
export interface ChangeForm {
  price: string; // a change: +10%, -2.50
  stock: string; // a change: -3
  brand: string;
  category: string;
}

export const emptyForm: ChangeForm = { price: '', stock: '', brand: '', category: '' };

export const pricePattern = '[+\\-]?\\d+(\\.\\d+)?%?';
export const stockPattern = '[+\\-]?\\d+';

export function toInput(skus: string[], form: ChangeForm): UpdateProductsInput | undefined {
  const { price, stock, brand, category } = trim(form);
  const adjust = { ...(price && { price }), ...(stock && { stock }) };
  const set = { ...(brand && { brand }), ...(category && { category }) };
  const input: UpdateProductsInput = { skus };
  if (Object.keys(adjust).length > 0) {
    input.adjust = adjust;
  }
  if (Object.keys(set).length > 0) {
    input.set = set;
  }
  return input.adjust || input.set ? input : undefined;
}

const trim = (form: ChangeForm): ChangeForm =>
  Object.fromEntries(
    Object.entries(form).map(([name, text]: [string, string]) => [name, text.trim()]),
  ) as unknown as ChangeForm;
