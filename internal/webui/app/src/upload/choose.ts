import { takeFiles } from './intake';

// Opens the browser's own dialog for files. The element stays in the page for as long: a browser may collect one that is not.
export function chooseFiles(): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.hidden = true;
  input.addEventListener('change', () => (input.remove(), takeFiles([...(input.files ?? [])])));
  input.addEventListener('cancel', () => input.remove());
  document.body.append(input);
  input.click();
}
