import { type Id, idToUuid } from '#schema/ids.ts';
import { dispatchEvents } from '#services/events/dispatch-events.ts';
import { deliverDue } from '#services/webhooks/deliver-due.ts';
import type { TestKernel } from './kernel.ts';
import { type RecordedRequest, type ScriptedReceiver, startScriptedReceiver } from './receiver.ts';
import { openWebhookDesk, testOutbound, type WebhookDesk } from './webhook-desk.ts';

export const MINUTE_MS = 60_000;

type Row = Record<string, unknown>;

export interface SendingDesk extends WebhookDesk {
  receiver: ScriptedReceiver;
  /** The clock of dispatcher and sender, which a test turns. */
  clock: { now: number };
  /** An endpoint at the receiver for `ticket.updated`. */
  listening(more?: Row): ReturnType<WebhookDesk['createEndpoint']>;
  dispatch(): Promise<TestKernel>;
  deliver(permits?: number, lane?: 'quick' | 'slow'): Promise<TestKernel>;
  query(text: string, params?: unknown[]): Promise<Row[]>;
  deliveries(webhookId: Id<'whk'>): Promise<Row[]>;
  attempts(): Promise<Row[]>;
  health(webhookId: Id<'whk'>): Promise<Row>;
}

/** A workspace with a receiver of its own, and one step of dispatch or delivery at a time. */
export async function openSendingDesk(): Promise<SendingDesk> {
  const desk = await openWebhookDesk();
  const receiver = await startScriptedReceiver();
  const clock = { now: Date.now() };
  const query = (text: string, params: unknown[] = []): Promise<Row[]> => desk.db.query(text, params);
  return {
    ...desk,
    receiver,
    clock,
    query,
    listening: (more = {}) =>
      desk.createEndpoint({ url: `${receiver.url}/in`, types: ['ticket.updated'], audience: 'internal', ...more }),
    async dispatch() {
      const kernel = desk.kernel(new Date(clock.now));
      await dispatchEvents(kernel);
      return kernel;
    },
    async deliver(permits = 24, lane = 'quick') {
      const kernel = desk.kernel(new Date(clock.now));
      await deliverDue(
        kernel,
        testOutbound(() => clock.now),
        lane,
        permits,
      );
      return kernel;
    },
    deliveries: (webhookId) =>
      query(
        `select state, reason, attempts, round, last_outcome, last_status from deliveries where target_id = $1 order by position`,
        [idToUuid(webhookId)],
      ),
    attempts: () =>
      query(`select attempt, outcome, http_status, response_body from webhook_deliveries order by started_at, attempt`),
    health: async (webhookId) =>
      (await query(`select * from delivery_health where target_id = $1`, [idToUuid(webhookId)]))[0] ?? {},
    async reset() {
      await desk.reset();
      receiver.requests.length = 0;
      receiver.answerWith({ status: 204 });
      clock.now = Date.now();
    },
    async close() {
      await receiver.stop();
      await desk.close();
    },
  };
}

export const headersOf = (request: RecordedRequest | undefined): Record<string, string> =>
  (request?.headers ?? {}) as Record<string, string>;
export const textOf = (request: RecordedRequest | undefined): string => request?.body.toString('utf8') ?? '';
