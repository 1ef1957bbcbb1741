/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
import { gql } from 'urql';
/** Tasks to cancel: either ids, or all that a filter selects. */
export type CancelTasksInput = {
  /** Not empty. */
  filter?: TaskFilter | null | undefined;
  /** At most 250. */
  ids?: Array<string | number> | null | undefined;
  /** For the history. */
  reason?: string | null | undefined;
};

/** A key to create. */
export type CreateApiKeyInput = {
  /** When it ends. Left out: never. */
  expiresAt?: string | null | undefined;
  /** Who or what uses it: 1 to 100 characters. */
  name: string;
  /** Whether it sees only what it created itself. Not for ADMIN. */
  ownOnly?: boolean;
  /** What it may do. */
  role?: Role;
};

/** A task to create. */
export type CreateTaskInput = {
  /** Names this task to others of the same createTasks. */
  clientRef?: string | null | undefined;
  /** What has to end first. */
  dependsOn?: Array<TaskDependencyInput> | null | undefined;
  /** For people. At most 2,000 characters. */
  description?: string;
  /** At most one task of a type has a key: creating it again returns the first. At most 255 characters. */
  idempotencyKey?: string | null | undefined;
  /** 1 to 1,000; 25 unless given. */
  maxAttempts?: number | null | undefined;
  /**
   * A JSON object: what the task is to do, and whatever you want to find it by.
   *
   * DOCUMENT_PROCESSING: {"documentId": "…"}, from Document.id.
   * EMBEDDING_GENERATION: {"target": "ALL" | "PRODUCTS" | "CHUNKS"}.
   */
  metadata?: unknown;
  /** -100 to 100; higher runs first. */
  priority?: number;
  /** Not before this moment. */
  scheduledAt?: string | null | undefined;
  /** How long one attempt may take. */
  timeoutSeconds?: number | null | undefined;
  /** What it does. */
  type: TaskType;
};

/** Moments from one, included, until another, not included. An end left out is open. */
export type DateTimeRange = {
  /** The earliest. */
  from?: string | null | undefined;
  /** The first moment that is too late. */
  until?: string | null | undefined;
};

/** Tasks to delete: either ids, or all that a filter selects. */
export type DeleteTasksInput = {
  /** Not empty. */
  filter?: TaskFilter | null | undefined;
  /** At most 250. */
  ids?: Array<string | number> | null | undefined;
  /** For the history. */
  reason?: string | null | undefined;
};

/** What happens to a task when one that it depends on fails or is cancelled. */
export type DependencyPolicy =
  /** It is cancelled too. */
  | 'CANCEL'
  /** It runs anyway. */
  | 'RUN';

/** Selects documents: those that meet every condition given. */
export type DocumentFilter = {
  /** Any of these: pdf, docx, html, markdown, text, csv, code. */
  formats?: Array<string> | null | undefined;
  /** An object that is contained in the document's metadata. */
  metadata?: unknown;
  /** Words, each found in the name or the title, in any case. At most 10, and 200 characters. */
  search?: string | null | undefined;
  /** Any of these, of the task that processes it. */
  statuses?: Array<TaskStatus> | null | undefined;
};

/** What vectors are generated of. */
export type EmbeddingTarget =
  /** Document chunks and products. */
  | 'ALL'
  /** Document chunks. */
  | 'CHUNKS'
  /** Products. */
  | 'PRODUCTS';

/** What to generate vectors of. */
export type GenerateEmbeddingsInput = {
  /** The same key again returns the first task. At most 255 characters. */
  idempotencyKey?: string | null | undefined;
  /** Only of these chunks or products, whichever the target is. At most 5,000. */
  ids?: Array<string | number> | null | undefined;
  /** -100 to 100; higher runs first. */
  priority?: number;
  /** Of which kind of things. */
  target?: EmbeddingTarget;
};

/** Whole numbers from min to max, both included. An end left out is open. */
export type IntRange = {
  /** The largest. */
  max?: number | null | undefined;
  /** The smallest. */
  min?: number | null | undefined;
};

/** Up or down. */
export type OrderDirection =
  /** Smallest, oldest first. */
  | 'ASC'
  /** Largest, newest first. */
  | 'DESC';

/** The type to pause. */
export type PauseTaskTypeInput = {
  /** All its tasks. */
  type: TaskType;
};

/** Changes relative to what is there: "+10%", "-2.50" or "5". Amounts are rounded to the decimals of their currency. */
export type ProductAdjustmentInput = {
  /** Of the old price. */
  compareAtPrice?: string | null | undefined;
  /** Of the regular price. */
  price?: string | null | undefined;
  /** Of the price for now. */
  salePrice?: string | null | undefined;
  /** Whole: "-3". */
  stock?: string | null | undefined;
};

/** A change of one product. */
export type ProductChangeInput = {
  /** Changes relative to what is there. */
  adjust?: ProductAdjustmentInput | null | undefined;
  /** New values. */
  set?: ProductFieldsInput | null | undefined;
  /** The product to change. */
  sku: string;
};

/** New values of a product's fields. What is left out stays; null clears a field, but not the title. */
export type ProductFieldsInput = {
  /** An object of texts, merged into those that there are; null removes one. */
  attributes?: unknown;
  /** Its brand. */
  brand?: string | null | undefined;
  /** Its category. */
  category?: string | null | undefined;
  /** The old price, shown struck through. */
  compareAtPrice?: string | null | undefined;
  /** In ISO 4217, such as EUR. */
  currency?: string | null | undefined;
  /** Plain text. */
  description?: string | null | undefined;
  /** EAN, UPC or ISBN. */
  gtin?: string | null | undefined;
  /** Where its picture is. */
  imageUrl?: string | null | undefined;
  /** The regular price. */
  price?: string | null | undefined;
  /** The price for now. */
  salePrice?: string | null | undefined;
  /** How many there are. */
  stock?: number | null | undefined;
  /** Its name. */
  title?: string | null | undefined;
};

/** Selects products: those that meet every condition given. */
export type ProductFilter = {
  /** Exactly this. */
  brand?: string | null | undefined;
  /** Exactly this. */
  category?: string | null | undefined;
  /** Words, each found in the SKU, title, brand, category or GTIN, in any case. At most 10, and 200 characters. */
  search?: string | null | undefined;
  /** Any of these. At most 1,000. */
  skus?: Array<string> | null | undefined;
};

/** The type to resume. */
export type ResumeTaskTypeInput = {
  /** All its tasks. */
  type: TaskType;
};

/** Tasks to retry: either ids, or all that a filter selects. */
export type RetryTasksInput = {
  /** Not empty. */
  filter?: TaskFilter | null | undefined;
  /** At most 250. */
  ids?: Array<string | number> | null | undefined;
  /** For the history. */
  reason?: string | null | undefined;
};

/** The key to revoke. */
export type RevokeApiKeyInput = {
  /** Its id. */
  id: string | number;
};

/** What someone may do. Each role may do what the ones before it may. */
export type Role =
  /** Everything, with the API keys of others. */
  | 'ADMIN'
  /** Create and change tasks. */
  | 'OPERATOR'
  /** Look. */
  | 'VIEWER';

/** Tasks to run sooner or later: either ids, or all that a filter selects. */
export type SetTaskPriorityInput = {
  /** Not empty. */
  filter?: TaskFilter | null | undefined;
  /** At most 250. */
  ids?: Array<string | number> | null | undefined;
  /** -100 to 100; higher runs first. */
  priority: number;
  /** For the history. */
  reason?: string | null | undefined;
};

/** The type to limit, as in {type: DATA_IMPORT, maxRunning: 2}. */
export type SetTaskTypeLimitInput = {
  /** At least 1; to hold back all, use pauseTaskType. Null, or left out, lifts the limit. */
  maxRunning?: number | null | undefined;
  /** All its tasks. */
  type: TaskType;
};

/** How far back statistics look. */
export type StatsWindow =
  /** 72 buckets of 20 minutes. */
  | 'DAY'
  /** 60 buckets of a minute. */
  | 'HOUR'
  /** 56 buckets of 3 hours. */
  | 'WEEK';

/** What a mutation did to one of several tasks. */
export type TaskBulkOutcome =
  /** It is done. */
  | 'CHANGED'
  /** There is no such task. */
  | 'MISSING'
  /** The task's status does not allow it: see message. */
  | 'REFUSED'
  /** It was so already. */
  | 'UNCHANGED';

/** A task that has to end first: an existing one by its id, or one of the same createTasks by its clientRef. */
export type TaskDependencyInput = {
  /** Of a task of the same createTasks. */
  clientRef?: string | null | undefined;
  /** Of an existing task. */
  id?: string | number | null | undefined;
  /** What to do when that task fails or is cancelled. */
  onFailure?: DependencyPolicy;
};

/** What an entry of a task's history tells of. */
export type TaskEventKind =
  /** Someone asked to cancel it while it was RUNNING. */
  | 'CANCEL_REQUESTED'
  /** The task was created. */
  | 'CREATED'
  /** It was deleted. */
  | 'DELETED'
  /** Its priority changed. */
  | 'PRIORITY'
  /** Its scheduledAt changed. */
  | 'SCHEDULE'
  /** Its status changed. */
  | 'TRANSITION'
  /** The last task that it depended on has ended. */
  | 'UNBLOCKED'
  /** Something else about it changed. */
  | 'UPDATED';

/**
 * Selects tasks: those that meet every condition given. Of a list, one element is enough; an empty list selects nothing.
 *
 * What failed today: {statuses: [FAILED], completedAt: {from: "2026-03-01T00:00:00Z"}}
 */
export type TaskFilter = {
  /** When it reached COMPLETED, FAILED or CANCELLED. Of many tasks fast in the order COMPLETED_AT only. */
  completedAt?: DateTimeRange | null | undefined;
  /** When it was created. */
  createdAt?: DateTimeRange | null | undefined;
  /** Who created it. */
  createdBy?: string | null | undefined;
  /** At most 250. */
  ids?: Array<string | number> | null | undefined;
  /** An object that is contained in the task's metadata: {"shop": {"id": 7}}. */
  metadata?: unknown;
  /** Within this range. */
  priority?: IntRange | null | undefined;
  /** Words that all occur in the description, in any case, also as parts of words. At most 200 characters. */
  search?: string | null | undefined;
  /** Any of these. */
  statuses?: Array<TaskStatus> | null | undefined;
  /** Any of these. */
  types?: Array<TaskType> | null | undefined;
};

/** The order of a list of tasks. Ties are broken by creation. */
export type TaskOrder = {
  /** Which way. */
  direction?: OrderDirection;
  /** By what. */
  field?: TaskOrderField;
};

/** What tasks can be ordered by. */
export type TaskOrderField =
  /** When they ended. Tasks that have not count as the latest. */
  | 'COMPLETED_AT'
  /** When they were created. */
  | 'CREATED_AT'
  /** Their priority. */
  | 'PRIORITY';

/**
 * Where a task stands: PENDING → RUNNING → COMPLETED or FAILED, and CANCELLED from PENDING or RUNNING. A RUNNING task goes
 * back to PENDING for its next attempt; FAILED and CANCELLED ones do when someone retries them.
 */
export type TaskStatus =
  /** Stopped because someone asked, or because a task that it depends on did not complete. */
  | 'CANCELLED'
  /** Done. */
  | 'COMPLETED'
  /** Out of attempts, or trying again cannot help: see errorMessage. */
  | 'FAILED'
  /** Waits; waitingFor says for what. */
  | 'PENDING'
  /** A worker is at it. */
  | 'RUNNING';

/** What a task does. */
export type TaskType =
  /** Cancels, retries, deletes or reprioritises many tasks: created by cancelTasks and its like alone. */
  | 'BULK_OPERATION'
  /** Imports products from a CSV file. */
  | 'DATA_IMPORT'
  /** Extracts a document's text, cuts it into chunks and generates their vectors. */
  | 'DOCUMENT_PROCESSING'
  /** Generates vectors of document chunks and products that have no current one. */
  | 'EMBEDDING_GENERATION'
  /** Changes fields of products. */
  | 'PRODUCT_UPDATE';

/** What an update tells of. */
export type TaskUpdateKind =
  /** A task was created. */
  | 'CREATED'
  /** A task was deleted, or is no longer selected by the filter. */
  | 'REMOVED'
  /** How a task stood when the subscription began. */
  | 'SNAPSHOT'
  /** A task changed, or began to be selected by the filter. */
  | 'UPDATED';

/**
 * Products to change: either changes, or one change (set and adjust) to all of some skus.
 *
 * Ten percent off, rounded to cents: {skus: ["A-1", "A-2"], adjust: {price: "-10%"}}
 */
export type UpdateProductsInput = {
  /** Changes relative to what is there, for all of skus. */
  adjust?: ProductAdjustmentInput | null | undefined;
  /** At most 10,000. */
  changes?: Array<ProductChangeInput> | null | undefined;
  /** The same key again returns the first task. At most 255 characters. */
  idempotencyKey?: string | null | undefined;
  /** -100 to 100; higher runs first. */
  priority?: number;
  /** New values for all of skus. */
  set?: ProductFieldsInput | null | undefined;
  /** At most 10,000. */
  skus?: Array<string> | null | undefined;
};

/** The kinds of mistakes that a caller can mend. */
export type UserErrorCode =
  /** A value is not acceptable. */
  | 'INVALID'
  /** What a value refers to is not there, or not for the caller to see. */
  | 'NOT_FOUND';

/** Why a PENDING task is not running. */
export type WaitReason =
  /** For the tasks that it depends on. */
  | 'BLOCKED'
  /** For its type to be resumed. */
  | 'PAUSED'
  /** For a free worker. */
  | 'READY'
  /** For its next attempt, after one that failed: see scheduledAt and errorMessage. */
  | 'RETRY'
  /** For its time: see scheduledAt. */
  | 'SCHEDULED';

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: { name: string, subject: string, role: Role, ownOnly: boolean, permissions: Array<string>, expiresAt: string | null } };

export type KeyRowFragment = { id: string, name: string, hint: string, role: Role, ownOnly: boolean, createdAt: string, createdBy: string, expiresAt: string | null, lastUsedAt: string | null, revokedAt: string | null, revokedBy: string | null };

export type KeysQueryVariables = Exact<{ [key: string]: never; }>;


export type KeysQuery = { apiKeys: Array<{ id: string, name: string, hint: string, role: Role, ownOnly: boolean, createdAt: string, createdBy: string, expiresAt: string | null, lastUsedAt: string | null, revokedAt: string | null, revokedBy: string | null }> };

export type CreateKeyMutationVariables = Exact<{
  input: CreateApiKeyInput;
}>;


export type CreateKeyMutation = { createApiKey: { secret: string | null, apiKey: { id: string, name: string, hint: string, role: Role, ownOnly: boolean, createdAt: string, createdBy: string, expiresAt: string | null, lastUsedAt: string | null, revokedAt: string | null, revokedBy: string | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type RevokeKeyMutationVariables = Exact<{
  input: RevokeApiKeyInput;
}>;


export type RevokeKeyMutation = { revokeApiKey: { apiKey: { id: string, name: string, hint: string, role: Role, ownOnly: boolean, createdAt: string, createdBy: string, expiresAt: string | null, lastUsedAt: string | null, revokedAt: string | null, revokedBy: string | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type DocumentListQueryVariables = Exact<{
  filter?: DocumentFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type DocumentListQuery = { documents: { nodes: Array<{ id: string, name: string, title: string | null, mediaType: string, format: string | null, size: number, pageCount: number | null, chunkCount: number | null, createdAt: string, processedAt: string | null, task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } } };

export type DocumentPageQueryVariables = Exact<{
  id: string | number;
}>;


export type DocumentPageQuery = { document: { id: string, name: string, title: string | null, mediaType: string, format: string | null, language: string | null, size: number, sha256: string, metadata: unknown, pageCount: number | null, characterCount: number | null, chunkCount: number | null, warnings: Array<string>, embedder: string | null, createdAt: string, createdBy: string | null, processedAt: string | null, task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null } | null };

export type DocumentTextQueryVariables = Exact<{
  id: string | number;
}>;


export type DocumentTextQuery = { document: { id: string, text: string | null } | null };

export type DocumentChunksQueryVariables = Exact<{
  id: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type DocumentChunksQuery = { document: { id: string, chunks: { nodes: Array<{ id: string, ordinal: number, pageFrom: number | null, pageTo: number | null, headings: Array<string>, kind: string, tokens: number, text: string }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } } } | null };

export type DocumentOutcomeQueryVariables = Exact<{
  id: string | number;
}>;


export type DocumentOutcomeQuery = { document: { id: string, name: string, title: string | null, format: string | null, size: number, pageCount: number | null, characterCount: number | null, chunkCount: number | null, warnings: Array<string>, embedder: string | null, processedAt: string | null } | null };

export type ProductListQueryVariables = Exact<{
  filter?: ProductFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type ProductListQuery = { products: { nodes: Array<{ id: string, sku: string, title: string, brand: string, category: string, price: string | null, salePrice: string | null, currency: string, stock: number | null, updatedAt: string }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } } };

export type ProductPageQueryVariables = Exact<{
  id: string | number;
}>;


export type ProductPageQuery = { product: { id: string, sku: string, title: string, description: string, brand: string, category: string, price: string | null, salePrice: string | null, compareAtPrice: string | null, currency: string, stock: number | null, gtin: string, imageUrl: string, attributes: unknown, createdAt: string, updatedAt: string, lastImport: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null } | null };

export type UpdateProductsMutationVariables = Exact<{
  input: UpdateProductsInput;
}>;


export type UpdateProductsMutation = { updateProducts: { task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type GenerateEmbeddingsMutationVariables = Exact<{
  input: GenerateEmbeddingsInput;
}>;


export type GenerateEmbeddingsMutation = { generateEmbeddings: { task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type StatsFragment = { at: string, oldestReadyAt: string | null, counts: Array<{ type: TaskType, status: TaskStatus, count: number }>, waiting: Array<{ reason: WaitReason, count: number }>, buckets: Array<{ startedAt: string, seconds: number, created: number, completed: number, failed: number, cancelled: number, retried: number, waitP50Seconds: number | null, waitP95Seconds: number | null, runP50Seconds: number | null, runP95Seconds: number | null }>, wait: { p50Seconds: number | null, p95Seconds: number | null }, run: { p50Seconds: number | null, p95Seconds: number | null }, failures: Array<{ type: TaskType, message: string, count: number, lastAt: string, exampleTaskId: string | null }> };

export type StatsQueryVariables = Exact<{
  types?: Array<TaskType> | TaskType | null | undefined;
  window: StatsWindow;
}>;


export type StatsQuery = { taskStats: { at: string, oldestReadyAt: string | null, counts: Array<{ type: TaskType, status: TaskStatus, count: number }>, waiting: Array<{ reason: WaitReason, count: number }>, buckets: Array<{ startedAt: string, seconds: number, created: number, completed: number, failed: number, cancelled: number, retried: number, waitP50Seconds: number | null, waitP95Seconds: number | null, runP50Seconds: number | null, runP95Seconds: number | null }>, wait: { p50Seconds: number | null, p95Seconds: number | null }, run: { p50Seconds: number | null, p95Seconds: number | null }, failures: Array<{ type: TaskType, message: string, count: number, lastAt: string, exampleTaskId: string | null }> } };

export type WatchStatsSubscriptionVariables = Exact<{
  types?: Array<TaskType> | TaskType | null | undefined;
  window: StatsWindow;
}>;


export type WatchStatsSubscription = { taskStatsUpdated: { at: string, oldestReadyAt: string | null, counts: Array<{ type: TaskType, status: TaskStatus, count: number }>, waiting: Array<{ reason: WaitReason, count: number }>, buckets: Array<{ startedAt: string, seconds: number, created: number, completed: number, failed: number, cancelled: number, retried: number, waitP50Seconds: number | null, waitP95Seconds: number | null, runP50Seconds: number | null, runP95Seconds: number | null }>, wait: { p50Seconds: number | null, p95Seconds: number | null }, run: { p50Seconds: number | null, p95Seconds: number | null }, failures: Array<{ type: TaskType, message: string, count: number, lastAt: string, exampleTaskId: string | null }> } };

export type TypeRatesQueryVariables = Exact<{ [key: string]: never; }>;


export type TypeRatesQuery = { DOCUMENT_PROCESSING: { run: { p50Seconds: number | null, p95Seconds: number | null }, buckets: Array<{ completed: number, failed: number }> }, DATA_IMPORT: { run: { p50Seconds: number | null, p95Seconds: number | null }, buckets: Array<{ completed: number, failed: number }> }, EMBEDDING_GENERATION: { run: { p50Seconds: number | null, p95Seconds: number | null }, buckets: Array<{ completed: number, failed: number }> }, PRODUCT_UPDATE: { run: { p50Seconds: number | null, p95Seconds: number | null }, buckets: Array<{ completed: number, failed: number }> }, BULK_OPERATION: { run: { p50Seconds: number | null, p95Seconds: number | null }, buckets: Array<{ completed: number, failed: number }> } };

export type RateFragment = { run: { p50Seconds: number | null, p95Seconds: number | null }, buckets: Array<{ completed: number, failed: number }> };

export type FeedHealthQueryVariables = Exact<{ [key: string]: never; }>;


export type FeedHealthQuery = { feedHealth: { problems: Array<string>, watchers: number, lagSeconds: number, listening: boolean, reconnects: number, statsLagSeconds: number, notificationQueueUsage: number, sockets: number } };

export type SystemQueryVariables = Exact<{ [key: string]: never; }>;


export type SystemQuery = { taskTypes: Array<{ type: TaskType, paused: boolean, maxRunning: number | null }>, workers: Array<{ id: string, host: string, version: string, startedAt: string, heartbeatAt: string, running: number }> };

export type RunningTasksQueryVariables = Exact<{ [key: string]: never; }>;


export type RunningTasksQuery = { tasks: { nodes: Array<{ id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null, worker: { id: string } | null }> } };

export type PauseTaskTypeMutationVariables = Exact<{
  input: PauseTaskTypeInput;
}>;


export type PauseTaskTypeMutation = { pauseTaskType: { taskType: { type: TaskType, paused: boolean, maxRunning: number | null } | null } };

export type LimitTaskTypeMutationVariables = Exact<{
  input: SetTaskTypeLimitInput;
}>;


export type LimitTaskTypeMutation = { setTaskTypeLimit: { taskType: { type: TaskType, paused: boolean, maxRunning: number | null } | null, userErrors: Array<{ message: string }> } };

export type ResumeTaskTypeMutationVariables = Exact<{
  input: ResumeTaskTypeInput;
}>;


export type ResumeTaskTypeMutation = { resumeTaskType: { taskType: { type: TaskType, paused: boolean, maxRunning: number | null } | null } };

export type TaskRowFragment = { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null };

export type TaskListQueryVariables = Exact<{
  filter?: TaskFilter | null | undefined;
  orderBy?: TaskOrder | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type TaskListQuery = { tasks: { nodes: Array<{ id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } } };

export type TaskCountQueryVariables = Exact<{
  filter?: TaskFilter | null | undefined;
}>;


export type TaskCountQuery = { tasks: { totalCount: number } };

export type TaskPageQueryVariables = Exact<{
  id: string | number;
}>;


export type TaskPageQuery = { task: { metadata: unknown, result: unknown, timeoutSeconds: number | null, id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null, worker: { id: string, host: string } | null, history: { nodes: Array<{ kind: TaskEventKind, from: TaskStatus | null, to: TaskStatus, at: string, attempt: number, actor: string, reason: string | null, errorMessage: string | null, version: number }>, pageInfo: { hasPreviousPage: boolean } } } | null };

export type TaskGraphQueryVariables = Exact<{
  id: string | number;
}>;


export type TaskGraphQuery = { task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null, dependsOn: { nodes: Array<{ id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null, dependsOn: { nodes: Array<{ id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null }> } }>, pageInfo: { hasNextPage: boolean } }, dependents: { nodes: Array<{ id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null, dependents: { nodes: Array<{ id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null }> } }>, pageInfo: { hasNextPage: boolean } } } | null };

export type TasksByIdQueryVariables = Exact<{
  ids: Array<string | number> | string | number;
}>;


export type TasksByIdQuery = { nodes: Array<
    | { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null }
    | Record<PropertyKey, never>
   | null> };

export type WatchTasksSubscriptionVariables = Exact<{
  ids: Array<string | number> | string | number;
  after?: string | null | undefined;
  snapshot: boolean;
}>;


export type WatchTasksSubscription = { taskUpdated: { kind: TaskUpdateKind, taskId: string, cursor: string, task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null, event: { kind: TaskEventKind } | null } };

export type WatchArrivalsSubscriptionVariables = Exact<{
  filter: TaskFilter;
  after?: string | null | undefined;
}>;


export type WatchArrivalsSubscription = { taskUpdated: { kind: TaskUpdateKind, taskId: string, cursor: string, event: { kind: TaskEventKind, from: TaskStatus | null, to: TaskStatus } | null } };

export type BulkOutcomeFragment = { affectedCount: number, results: Array<{ outcome: TaskBulkOutcome, message: string | null, task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null }>, task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> };

export type CancelTasksMutationVariables = Exact<{
  input: CancelTasksInput;
}>;


export type CancelTasksMutation = { cancelTasks: { affectedCount: number, results: Array<{ outcome: TaskBulkOutcome, message: string | null, task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null }>, task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type RetryTasksMutationVariables = Exact<{
  input: RetryTasksInput;
}>;


export type RetryTasksMutation = { retryTasks: { affectedCount: number, results: Array<{ outcome: TaskBulkOutcome, message: string | null, task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null }>, task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type SetTaskPriorityMutationVariables = Exact<{
  input: SetTaskPriorityInput;
}>;


export type SetTaskPriorityMutation = { setTaskPriority: { affectedCount: number, results: Array<{ outcome: TaskBulkOutcome, message: string | null, task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null }>, task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type DeleteTasksMutationVariables = Exact<{
  input: DeleteTasksInput;
}>;


export type DeleteTasksMutation = { deleteTasks: { affectedCount: number, results: Array<{ outcome: TaskBulkOutcome, message: string | null, task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null }>, task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type CreateTaskMutationVariables = Exact<{
  input: CreateTaskInput;
}>;


export type CreateTaskMutation = { createTask: { task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type UploadDocumentMutationVariables = Exact<{
  file: File;
  key?: string | null | undefined;
}>;


export type UploadDocumentMutation = { uploadDocuments: { documents: Array<{ id: string }>, tasks: Array<{ id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null }>, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type ImportProductsMutationVariables = Exact<{
  file: File;
  key?: string | null | undefined;
  dryRun: boolean;
}>;


export type ImportProductsMutation = { importProducts: { task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } };

export type UploadedTaskQueryVariables = Exact<{
  id: string | number;
}>;


export type UploadedTaskQuery = { task: { id: string, version: number, type: TaskType, status: TaskStatus, description: string, progress: number, progressMessage: string | null, estimatedCompletionAt: string | null, stalled: boolean, errorMessage: string | null, priority: number, attempt: number, maxAttempts: number, waitingFor: WaitReason | null, cancelRequestedAt: string | null, scheduledAt: string, createdAt: string, createdBy: string | null, startedAt: string | null, completedAt: string | null } | null };

export const KeyRowFragmentDoc = /*#__PURE__*/ gql`
    fragment KeyRow on ApiKey {
  id
  name
  hint
  role
  ownOnly
  createdAt
  createdBy
  expiresAt
  lastUsedAt
  revokedAt
  revokedBy
}
    ` as unknown as DocumentNode<KeyRowFragment, unknown>;
export const StatsFragmentDoc = /*#__PURE__*/ gql`
    fragment Stats on TaskStats {
  at
  counts {
    type
    status
    count
  }
  oldestReadyAt
  waiting {
    reason
    count
  }
  buckets {
    startedAt
    seconds
    created
    completed
    failed
    cancelled
    retried
    waitP50Seconds
    waitP95Seconds
    runP50Seconds
    runP95Seconds
  }
  wait {
    p50Seconds
    p95Seconds
  }
  run {
    p50Seconds
    p95Seconds
  }
  failures {
    type
    message
    count
    lastAt
    exampleTaskId
  }
}
    ` as unknown as DocumentNode<StatsFragment, unknown>;
export const RateFragmentDoc = /*#__PURE__*/ gql`
    fragment Rate on TaskStats {
  run {
    p50Seconds
    p95Seconds
  }
  buckets {
    completed
    failed
  }
}
    ` as unknown as DocumentNode<RateFragment, unknown>;
export const TaskRowFragmentDoc = /*#__PURE__*/ gql`
    fragment TaskRow on Task {
  id
  version
  type
  status
  description
  progress
  progressMessage
  estimatedCompletionAt
  stalled
  errorMessage
  priority
  attempt
  maxAttempts
  waitingFor
  cancelRequestedAt
  scheduledAt
  createdAt
  createdBy
  startedAt
  completedAt
}
    ` as unknown as DocumentNode<TaskRowFragment, unknown>;
export const BulkOutcomeFragmentDoc = /*#__PURE__*/ gql`
    fragment BulkOutcome on TaskBulkPayload {
  affectedCount
  results {
    outcome
    message
    task {
      ...TaskRow
    }
  }
  task {
    ...TaskRow
  }
  userErrors {
    code
    field
    message
  }
}
    ` as unknown as DocumentNode<BulkOutcomeFragment, unknown>;
export const ViewerDocument = /*#__PURE__*/ gql`
    query Viewer {
  viewer {
    name
    subject
    role
    ownOnly
    permissions
    expiresAt
  }
}
    ` as unknown as DocumentNode<ViewerQuery, ViewerQueryVariables>;
export const KeysDocument = /*#__PURE__*/ gql`
    query Keys {
  apiKeys {
    ...KeyRow
  }
}
    ${KeyRowFragmentDoc}` as unknown as DocumentNode<KeysQuery, KeysQueryVariables>;
export const CreateKeyDocument = /*#__PURE__*/ gql`
    mutation CreateKey($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    apiKey {
      ...KeyRow
    }
    secret
    userErrors {
      code
      field
      message
    }
  }
}
    ${KeyRowFragmentDoc}` as unknown as DocumentNode<CreateKeyMutation, CreateKeyMutationVariables>;
export const RevokeKeyDocument = /*#__PURE__*/ gql`
    mutation RevokeKey($input: RevokeApiKeyInput!) {
  revokeApiKey(input: $input) {
    apiKey {
      ...KeyRow
    }
    userErrors {
      code
      field
      message
    }
  }
}
    ${KeyRowFragmentDoc}` as unknown as DocumentNode<RevokeKeyMutation, RevokeKeyMutationVariables>;
export const DocumentListDocument = /*#__PURE__*/ gql`
    query DocumentList($filter: DocumentFilter, $first: Int, $after: String, $last: Int, $before: String) {
  documents(
    filter: $filter
    first: $first
    after: $after
    last: $last
    before: $before
  ) {
    nodes {
      id
      name
      title
      mediaType
      format
      size
      pageCount
      chunkCount
      createdAt
      processedAt
      task {
        ...TaskRow
      }
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
  }
}
    ${TaskRowFragmentDoc}` as unknown as DocumentNode<DocumentListQuery, DocumentListQueryVariables>;
export const DocumentPageDocument = /*#__PURE__*/ gql`
    query DocumentPage($id: ID!) {
  document(id: $id) {
    id
    name
    title
    mediaType
    format
    language
    size
    sha256
    metadata
    pageCount
    characterCount
    chunkCount
    warnings
    embedder
    createdAt
    createdBy
    processedAt
    task {
      ...TaskRow
    }
  }
}
    ${TaskRowFragmentDoc}` as unknown as DocumentNode<DocumentPageQuery, DocumentPageQueryVariables>;
export const DocumentTextDocument = /*#__PURE__*/ gql`
    query DocumentText($id: ID!) {
  document(id: $id) {
    id
    text
  }
}
    ` as unknown as DocumentNode<DocumentTextQuery, DocumentTextQueryVariables>;
export const DocumentChunksDocument = /*#__PURE__*/ gql`
    query DocumentChunks($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  document(id: $id) {
    id
    chunks(first: $first, after: $after, last: $last, before: $before) {
      nodes {
        id
        ordinal
        pageFrom
        pageTo
        headings
        kind
        tokens
        text
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
}
    ` as unknown as DocumentNode<DocumentChunksQuery, DocumentChunksQueryVariables>;
export const DocumentOutcomeDocument = /*#__PURE__*/ gql`
    query DocumentOutcome($id: ID!) {
  document(id: $id) {
    id
    name
    title
    format
    size
    pageCount
    characterCount
    chunkCount
    warnings
    embedder
    processedAt
  }
}
    ` as unknown as DocumentNode<DocumentOutcomeQuery, DocumentOutcomeQueryVariables>;
export const ProductListDocument = /*#__PURE__*/ gql`
    query ProductList($filter: ProductFilter, $first: Int, $after: String, $last: Int, $before: String) {
  products(
    filter: $filter
    first: $first
    after: $after
    last: $last
    before: $before
  ) {
    nodes {
      id
      sku
      title
      brand
      category
      price
      salePrice
      currency
      stock
      updatedAt
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
  }
}
    ` as unknown as DocumentNode<ProductListQuery, ProductListQueryVariables>;
export const ProductPageDocument = /*#__PURE__*/ gql`
    query ProductPage($id: ID!) {
  product(id: $id) {
    id
    sku
    title
    description
    brand
    category
    price
    salePrice
    compareAtPrice
    currency
    stock
    gtin
    imageUrl
    attributes
    createdAt
    updatedAt
    lastImport {
      ...TaskRow
    }
  }
}
    ${TaskRowFragmentDoc}` as unknown as DocumentNode<ProductPageQuery, ProductPageQueryVariables>;
export const UpdateProductsDocument = /*#__PURE__*/ gql`
    mutation UpdateProducts($input: UpdateProductsInput!) {
  updateProducts(input: $input) {
    task {
      ...TaskRow
    }
    userErrors {
      code
      field
      message
    }
  }
}
    ${TaskRowFragmentDoc}` as unknown as DocumentNode<UpdateProductsMutation, UpdateProductsMutationVariables>;
export const GenerateEmbeddingsDocument = /*#__PURE__*/ gql`
    mutation GenerateEmbeddings($input: GenerateEmbeddingsInput!) {
  generateEmbeddings(input: $input) {
    task {
      ...TaskRow
    }
    userErrors {
      code
      field
      message
    }
  }
}
    ${TaskRowFragmentDoc}` as unknown as DocumentNode<GenerateEmbeddingsMutation, GenerateEmbeddingsMutationVariables>;
export const StatsDocument = /*#__PURE__*/ gql`
    query Stats($types: [TaskType!], $window: StatsWindow!) {
  taskStats(types: $types, window: $window) {
    ...Stats
  }
}
    ${StatsFragmentDoc}` as unknown as DocumentNode<StatsQuery, StatsQueryVariables>;
export const WatchStatsDocument = /*#__PURE__*/ gql`
    subscription WatchStats($types: [TaskType!], $window: StatsWindow!) {
  taskStatsUpdated(types: $types, window: $window) {
    ...Stats
  }
}
    ${StatsFragmentDoc}` as unknown as DocumentNode<WatchStatsSubscription, WatchStatsSubscriptionVariables>;
export const TypeRatesDocument = /*#__PURE__*/ gql`
    query TypeRates {
  DOCUMENT_PROCESSING: taskStats(types: [DOCUMENT_PROCESSING], window: HOUR) {
    ...Rate
  }
  DATA_IMPORT: taskStats(types: [DATA_IMPORT], window: HOUR) {
    ...Rate
  }
  EMBEDDING_GENERATION: taskStats(types: [EMBEDDING_GENERATION], window: HOUR) {
    ...Rate
  }
  PRODUCT_UPDATE: taskStats(types: [PRODUCT_UPDATE], window: HOUR) {
    ...Rate
  }
  BULK_OPERATION: taskStats(types: [BULK_OPERATION], window: HOUR) {
    ...Rate
  }
}
    ${RateFragmentDoc}` as unknown as DocumentNode<TypeRatesQuery, TypeRatesQueryVariables>;
export const FeedHealthDocument = /*#__PURE__*/ gql`
    query FeedHealth {
  feedHealth {
    problems
    watchers
    lagSeconds
    listening
    reconnects
    statsLagSeconds
    notificationQueueUsage
    sockets
  }
}
    ` as unknown as DocumentNode<FeedHealthQuery, FeedHealthQueryVariables>;
export const SystemDocument = /*#__PURE__*/ gql`
    query System {
  taskTypes {
    type
    paused
    maxRunning
  }
  workers {
    id
    host
    version
    startedAt
    heartbeatAt
    running
  }
}
    ` as unknown as DocumentNode<SystemQuery, SystemQueryVariables>;
export const RunningTasksDocument = /*#__PURE__*/ gql`
    query RunningTasks {
  tasks(filter: {statuses: [RUNNING]}, first: 100) {
    nodes {
      ...TaskRow
      worker {
        id
      }
    }
  }
}
    ${TaskRowFragmentDoc}` as unknown as DocumentNode<RunningTasksQuery, RunningTasksQueryVariables>;
export const PauseTaskTypeDocument = /*#__PURE__*/ gql`
    mutation PauseTaskType($input: PauseTaskTypeInput!) {
  pauseTaskType(input: $input) {
    taskType {
      type
      paused
      maxRunning
    }
  }
}
    ` as unknown as DocumentNode<PauseTaskTypeMutation, PauseTaskTypeMutationVariables>;
export const LimitTaskTypeDocument = /*#__PURE__*/ gql`
    mutation LimitTaskType($input: SetTaskTypeLimitInput!) {
  setTaskTypeLimit(input: $input) {
    taskType {
      type
      paused
      maxRunning
    }
    userErrors {
      message
    }
  }
}
    ` as unknown as DocumentNode<LimitTaskTypeMutation, LimitTaskTypeMutationVariables>;
export const ResumeTaskTypeDocument = /*#__PURE__*/ gql`
    mutation ResumeTaskType($input: ResumeTaskTypeInput!) {
  resumeTaskType(input: $input) {
    taskType {
      type
      paused
      maxRunning
    }
  }
}
    ` as unknown as DocumentNode<ResumeTaskTypeMutation, ResumeTaskTypeMutationVariables>;
export const TaskListDocument = /*#__PURE__*/ gql`
    query TaskList($filter: TaskFilter, $orderBy: TaskOrder, $first: Int, $after: String, $last: Int, $before: String) {
  tasks(
    filter: $filter
    orderBy: $orderBy
    first: $first
    after: $after
    last: $last
    before: $before
  ) {
    nodes {
      ...TaskRow
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
  }
}
    ${TaskRowFragmentDoc}` as unknown as DocumentNode<TaskListQuery, TaskListQueryVariables>;
export const TaskCountDocument = /*#__PURE__*/ gql`
    query TaskCount($filter: TaskFilter) {
  tasks(filter: $filter, first: 1) {
    totalCount
  }
}
    ` as unknown as DocumentNode<TaskCountQuery, TaskCountQueryVariables>;
export const TaskPageDocument = /*#__PURE__*/ gql`
    query TaskPage($id: ID!) {
  task(id: $id) {
    ...TaskRow
    metadata
    result
    timeoutSeconds
    worker {
      id
      host
    }
    history(last: 100) {
      nodes {
        kind
        from
        to
        at
        attempt
        actor
        reason
        errorMessage
        version
      }
      pageInfo {
        hasPreviousPage
      }
    }
  }
}
    ${TaskRowFragmentDoc}` as unknown as DocumentNode<TaskPageQuery, TaskPageQueryVariables>;
export const TaskGraphDocument = /*#__PURE__*/ gql`
    query TaskGraph($id: ID!) {
  task(id: $id) {
    ...TaskRow
    dependsOn(first: 20) {
      nodes {
        ...TaskRow
        dependsOn(first: 10) {
          nodes {
            ...TaskRow
          }
        }
      }
      pageInfo {
        hasNextPage
      }
    }
    dependents(first: 20) {
      nodes {
        ...TaskRow
        dependents(first: 10) {
          nodes {
            ...TaskRow
          }
        }
      }
      pageInfo {
        hasNextPage
      }
    }
  }
}
    ${TaskRowFragmentDoc}` as unknown as DocumentNode<TaskGraphQuery, TaskGraphQueryVariables>;
export const TasksByIdDocument = /*#__PURE__*/ gql`
    query TasksById($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Task {
      ...TaskRow
    }
  }
}
    ${TaskRowFragmentDoc}` as unknown as DocumentNode<TasksByIdQuery, TasksByIdQueryVariables>;
export const WatchTasksDocument = /*#__PURE__*/ gql`
    subscription WatchTasks($ids: [ID!]!, $after: String, $snapshot: Boolean!) {
  taskUpdated(filter: {ids: $ids}, after: $after, snapshot: $snapshot) {
    kind
    taskId
    cursor
    task {
      ...TaskRow
    }
    event {
      kind
    }
  }
}
    ${TaskRowFragmentDoc}` as unknown as DocumentNode<WatchTasksSubscription, WatchTasksSubscriptionVariables>;
export const WatchArrivalsDocument = /*#__PURE__*/ gql`
    subscription WatchArrivals($filter: TaskFilter!, $after: String) {
  taskUpdated(filter: $filter, after: $after) {
    kind
    taskId
    cursor
    event {
      kind
      from
      to
    }
  }
}
    ` as unknown as DocumentNode<WatchArrivalsSubscription, WatchArrivalsSubscriptionVariables>;
export const CancelTasksDocument = /*#__PURE__*/ gql`
    mutation CancelTasks($input: CancelTasksInput!) {
  cancelTasks(input: $input) {
    ...BulkOutcome
  }
}
    ${BulkOutcomeFragmentDoc}
${TaskRowFragmentDoc}` as unknown as DocumentNode<CancelTasksMutation, CancelTasksMutationVariables>;
export const RetryTasksDocument = /*#__PURE__*/ gql`
    mutation RetryTasks($input: RetryTasksInput!) {
  retryTasks(input: $input) {
    ...BulkOutcome
  }
}
    ${BulkOutcomeFragmentDoc}
${TaskRowFragmentDoc}` as unknown as DocumentNode<RetryTasksMutation, RetryTasksMutationVariables>;
export const SetTaskPriorityDocument = /*#__PURE__*/ gql`
    mutation SetTaskPriority($input: SetTaskPriorityInput!) {
  setTaskPriority(input: $input) {
    ...BulkOutcome
  }
}
    ${BulkOutcomeFragmentDoc}
${TaskRowFragmentDoc}` as unknown as DocumentNode<SetTaskPriorityMutation, SetTaskPriorityMutationVariables>;
export const DeleteTasksDocument = /*#__PURE__*/ gql`
    mutation DeleteTasks($input: DeleteTasksInput!) {
  deleteTasks(input: $input) {
    ...BulkOutcome
  }
}
    ${BulkOutcomeFragmentDoc}
${TaskRowFragmentDoc}` as unknown as DocumentNode<DeleteTasksMutation, DeleteTasksMutationVariables>;
export const CreateTaskDocument = /*#__PURE__*/ gql`
    mutation CreateTask($input: CreateTaskInput!) {
  createTask(input: $input) {
    task {
      ...TaskRow
    }
    userErrors {
      code
      field
      message
    }
  }
}
    ${TaskRowFragmentDoc}` as unknown as DocumentNode<CreateTaskMutation, CreateTaskMutationVariables>;
export const UploadDocumentDocument = /*#__PURE__*/ gql`
    mutation UploadDocument($file: Upload!, $key: String) {
  uploadDocuments(input: {files: [$file], idempotencyKey: $key}) {
    documents {
      id
    }
    tasks {
      ...TaskRow
    }
    userErrors {
      code
      field
      message
    }
  }
}
    ${TaskRowFragmentDoc}` as unknown as DocumentNode<UploadDocumentMutation, UploadDocumentMutationVariables>;
export const ImportProductsDocument = /*#__PURE__*/ gql`
    mutation ImportProducts($file: Upload!, $key: String, $dryRun: Boolean!) {
  importProducts(input: {file: $file, idempotencyKey: $key, dryRun: $dryRun}) {
    task {
      ...TaskRow
    }
    userErrors {
      code
      field
      message
    }
  }
}
    ${TaskRowFragmentDoc}` as unknown as DocumentNode<ImportProductsMutation, ImportProductsMutationVariables>;
export const UploadedTaskDocument = /*#__PURE__*/ gql`
    query UploadedTask($id: ID!) {
  task(id: $id) {
    ...TaskRow
  }
}
    ${TaskRowFragmentDoc}` as unknown as DocumentNode<UploadedTaskQuery, UploadedTaskQueryVariables>;