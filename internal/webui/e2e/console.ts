import type { Locator, Page } from '@playwright/test';

import { expect } from './test.ts';

// The GraphiQL page as its user sees it.
export class Console {
  readonly editor: Locator;
  readonly result: Locator;
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    this.editor = page.getByRole('region', { name: 'Operation Editor' }).locator('.view-lines');
    this.result = page.getByRole('region', { name: 'Result Window' }).locator('.view-lines');
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await expect(this.editor).toContainText('query Tasks'); // before Monaco is there, GraphiQL ignores its tabs
  }

  async tabs(): Promise<string[]> {
    return this.page.getByRole('tab').allInnerTexts();
  }

  async tab(name: string): Promise<void> {
    await this.page.getByRole('tablist').getByRole('button', { name, exact: true }).click();
    await expect(this.editor).toContainText(` ${name} `);
  }

  async run(): Promise<void> {
    await this.page.getByRole('button', { name: /^Execute query/ }).click();
  }

  async stop(): Promise<void> {
    await this.page.getByRole('button', { name: /^Stop query/ }).click();
  }

  async typeHeaders(headers: Record<string, string>): Promise<void> {
    await this.page.getByRole('button', { name: 'Headers' }).click();
    const pane = this.page.getByRole('region', { name: 'Headers' });
    const lines = pane.locator('.graphiql-editor:not(.hidden) .view-lines');
    await lines.click();
    await this.page.keyboard.insertText(JSON.stringify(headers));
    await expect(lines).toContainText(JSON.stringify(headers));
  }
}
