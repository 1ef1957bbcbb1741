import type { APIRequestContext } from '@playwright/test';

import { expect } from './test.ts';

// Talks to the server beside the page, as another program would.
export class Api {
  private readonly request: APIRequestContext;
  private readonly url: string;

  constructor(request: APIRequestContext, url: string) {
    this.request = request;
    this.url = url;
  }

  async query<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const response = await this.request.post(`${this.url}graphql`, { data: { query, variables } });
    const body = await response.json();
    expect(body.errors).toBeUndefined();
    return body.data as T;
  }

  async upload(name: string, content: string): Promise<void> {
    const file = { name, mimeType: 'text/plain', buffer: Buffer.from(content) };
    const response = await this.request.post(`${this.url}api/v1/documents/upload`, { multipart: { file } });
    expect(response.ok(), await response.text()).toBe(true);
  }

  // Tasks that wait for tomorrow, and so stand still.
  async createScheduled(count: number, description: string): Promise<string[]> {
    const scheduledAt = new Date(Date.now() + 86_400_000).toISOString();
    const ids: string[] = [];
    for (let done = 0; done < count; done += 250) {
      const tasks = Array.from({ length: Math.min(250, count - done) }, (_, i) => ({
        type: 'EMBEDDING_GENERATION',
        description: `${description} ${done + i}`,
        metadata: { target: 'PRODUCTS', batch: description },
        scheduledAt,
      }));
      const data = await this.query<{ createTasks: { tasks: { id: string }[]; userErrors: { message: string }[] } }>(
        'mutation ($tasks: [CreateTaskInput!]!) { createTasks(input: { tasks: $tasks }) { tasks { id } userErrors { message } } }',
        { tasks },
      );
      expect(data.createTasks.userErrors).toEqual([]);
      ids.push(...data.createTasks.tasks.map(({ id }) => id));
    }
    return ids;
  }

  async importProducts(csv: string): Promise<void> {
    const file = { name: 'products.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) };
    const response = await this.request.post(`${this.url}api/v1/import/products`, { multipart: { file } });
    expect(response.ok(), await response.text()).toBe(true);
  }

  // Waits until nothing runs, and nothing is about to.
  async idle(): Promise<void> {
    const busy = async () => {
      const { taskStats } = await this.query<{ taskStats: { waiting: { reason: string; count: number }[] } }>(
        '{ taskStats { waiting { reason count } } }',
      );
      const ready = taskStats.waiting.filter(({ reason }) => reason === 'READY' || reason === 'BLOCKED');
      return (await this.count({ statuses: ['RUNNING'] })) + ready.reduce((sum, { count }) => sum + count, 0);
    };
    await expect.poll(busy).toBe(0);
  }

  async cancel(ids: string[]): Promise<void> {
    await this.query('mutation ($ids: [ID!]!) { cancelTasks(input: { ids: $ids }) { affectedCount } }', { ids });
  }

  async count(filter: Record<string, unknown>): Promise<number> {
    const data = await this.query<{ tasks: { totalCount: number } }>(
      'query ($filter: TaskFilter) { tasks(filter: $filter) { totalCount } }',
      { filter },
    );
    return data.tasks.totalCount;
  }
}

export const longDocument = (words: string): string =>
  Array.from({ length: 400 }, (_, i) => `## Part ${i}\n\n${words}, part ${i}.\n`).join('\n');
