import { takeFiles } from './intake';

// Opens the browser's own dialog for files.
export function chooseFiles(): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.addEventListener('change', () => takeFiles([...(input.files ?? [])]));
  input.click();
}
